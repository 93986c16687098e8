/** `firstbreak pick --picker classical`, end to end: a SEG-Y file of many shots of 1,000-sample traces on disk, to a table on disk. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { csvHeader, csvRows } from '#shared/report/csv.ts';
import { metres, ms } from '#shared/units.ts';
import { BINARY, onOneCore, reportsUsage, run } from './child.ts';
import { type BenchResult, measure } from './result.ts';

const CHANNELS = 120;
const SAMPLES = 1000;
const SHOTS = 200;
const TRACES = CHANNELS * SHOTS;

export async function* pick(): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const path = join(folder, 'line.sgy');
    const megabytes = Math.round((await writeLine(path)) / 1e6);
    const context = { traces: TRACES, samples: SAMPLES, shots: SHOTS, megabytes };
    const table = join(folder, 'picks.csv');
    const [command, args] = onOneCore(process.execPath, [
      BINARY,
      'pick',
      '--picker',
      'classical',
      path,
      '--out',
      table,
    ]);
    const cores = command === process.execPath ? 'any' : '1';
    yield await measure('pick', 'traces/s', 5, async () => TRACES / (await commandSeconds(command, args, table)), {
      context: { ...context, cores, as: 'command, with its start' },
    });
    const counted = [...reportsUsage, BINARY, 'pick', '--picker', 'classical', path, '--out', table];
    yield await measure(
      'pick-processor',
      'traces/s',
      3,
      async () => TRACES / (await processorSeconds(counted, table)),
      {
        context: { ...context, as: 'command, by the processor time of all its threads' },
      },
    );
    yield await measure('pick-in-process', 'traces/s', 5, async () => TRACES / (await inProcess(path)), {
      context: { ...context, cores: 'any', as: 'functions, no start' },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function commandSeconds(command: string, args: readonly string[], table: string): Promise<number> {
  const { seconds } = await run(command, args);
  expectRows(readFileSync(table, 'utf8'));
  return seconds;
}

async function processorSeconds(args: readonly string[], table: string): Promise<number> {
  const { usage } = await run(process.execPath, args);
  if (!usage) throw new Error('the command did not tell its processor time');
  expectRows(readFileSync(table, 'utf8'));
  return usage.processorSeconds;
}

async function inProcess(path: string): Promise<number> {
  const started = performance.now();
  const source = openFile(path);
  let table = csvHeader;
  for await (const shot of (await open(source)).shots()) table += csvRows(await pickShot(path, shot, classicalPicker));
  source.close();
  const seconds = (performance.now() - started) / 1000;
  expectRows(table);
  return seconds;
}

/** A run that picked nothing would be fast. */
function expectRows(table: string): void {
  const picked = table.split(',picked,').length - 1;
  if (picked !== TRACES) throw new Error(`expected ${TRACES} picks in the table, found ${picked}`);
}

/** Four different shots, over and over, under numbers of their own. */
async function writeLine(path: string): Promise<number> {
  const made = [10, 31, 58, 90].map(
    (at, i) =>
      syntheticShot({
        ffid: i + 1,
        source: metres(2 * at + 1),
        channels: CHANNELS,
        sampleInterval: ms(0.5),
        length: ms(0.5 * SAMPLES),
      }).shot,
  );
  const shots = Array.from({ length: SHOTS }, (_, i) => ({
    ...made[i % made.length],
    ffid: i + 1,
    sourcePoint: i + 1,
  }));
  const file = openSync(path, 'w');
  let bytes = 0;
  for await (const chunk of writeSegy(shots)) bytes += writeSync(file, chunk);
  closeSync(file);
  return bytes;
}
