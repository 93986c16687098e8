/** From pressing return to the first picks of a small SEG-2 shot: as installed, and through npx. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { BINARY, run } from './child.ts';
import { type BenchResult, measure } from './result.ts';

const CHANNELS = 24;

export async function* start(model: string | undefined): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const path = join(folder, 'shot.sg2');
    const { shot } = syntheticShot({ ffid: 1, source: metres(-1), channels: CHANNELS, length: ms(500) });
    writeFileSync(path, writeSeg2(shot));
    const context = { traces: CHANNELS, samples: shot.samples };
    const neural = ['pick', path, '--picker', 'neural', ...(model ? ['--model', model] : [])];
    for (const [name, words] of [
      ['start-node', neural],
      ['start-node-classical', ['pick', path, '--picker', 'classical']],
    ] as const)
      yield await measure(name, 's', 10, () => firstPicks(process.execPath, [BINARY, ...words]), {
        context: { ...context, command: `node firstbreak.ts ${words.filter((word) => word !== path).join(' ')}` },
        better: 'lower',
      });
    // What npx takes to start a program that does nothing is npm's, not ours; the number beside it tells how much that is.
    const alone = await measure('npx', 's', 5, async () => (await run('npx', ['node', '--version'])).firstOutput, {
      better: 'lower',
    });
    yield await measure('start-npx', 's', 10, () => firstPicks('npx', ['firstbreak', ...neural]), {
      context: { ...context, command: 'npx firstbreak pick', npxAlone: Number(alone.value.toFixed(3)) },
      better: 'lower',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstPicks(command: string, args: readonly string[]): Promise<number> {
  const { firstOutput, out } = await run(command, args, { keep: true });
  const rows = out.trim().split('\n').length - 1;
  if (rows !== CHANNELS) throw new Error(`expected ${CHANNELS} picks, found ${rows}`);
  return firstOutput;
}
