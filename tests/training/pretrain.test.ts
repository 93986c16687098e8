/** `train pretrain` as it is called: what it lists, and one line for what cannot work. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { main } from '../../training/cli.ts';
import { CLEAR, madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-pretrain-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let out = '';
let err = '';
beforeEach(() => {
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
});

const TINY = ['--widths', '4,4,4,4', '--traces', '8', '--windows', '2', '--look-batches', '1', '--backend', 'wasm'];

describe('train pretrain', () => {
  it('lists what there is, and each says more of itself', async () => {
    expect(await main(['pretrain', '--help'])).toBe(0);
    expect(out).toMatch(/usage: firstbreak train pretrain SUBCOMMAND …[\s\S]* {2}autoencoder {3}/);
    expect(await main(['pretrain', 'autoencoder', '--help'])).toBe(0);
    expect(out).toContain('usage: firstbreak train pretrain autoencoder [FILE|DIR…] --out DIR');
    expect(await main(['pretrain'])).toBe(2);
    expect(await main(['pretrain', 'nothing'])).toBe(2);
    expect(err).toMatch(
      /unknown subcommand 'nothing'; there are autoencoder.* \(see firstbreak train pretrain --help\)/,
    );
  });

  it('calls that cannot work are answered in one line', async () => {
    const run = join(scratch, 'run');
    const calls = [
      [[], /expected --out DIR, found none/],
      [['--out', run, '--variant', 'odd'], /--variant: expected plain, masked, denoise, found 'odd'/],
      [['--out', run, '--skips'], /--skips: expected --variant masked with it/],
      [['--out', run, '--synthetic', '0.2'], /--synthetic: expected files or folders of shots with it, found none/],
      [['--out', run, '--traces', '10'], /--traces: expected a multiple of 4, found '10'/],
      [
        ['--out', run, '--code-sizes', '8,x'],
        /--code-sizes: expected different whole numbers from 1 to 4096, found '8,x'/,
      ],
      [
        ['--out', run, '--resume', '--steps', '9'],
        /--steps: a run goes on with the settings it began with; leave it out/,
      ],
    ] as const;
    for (const [args, line] of calls) {
      err = '';
      expect(await main(['pretrain', 'autoencoder', ...args]), args.join(' ')).toBe(2);
      expect(err).toMatch(line);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    const empty = join(scratch, 'empty');
    mkdirSync(empty);
    err = '';
    expect(await main(['pretrain', 'autoencoder', empty, '--out', run])).toBe(1);
    expect(err).toMatch(/^firstbreak train: .*expected at least 2 gathers to learn from, found none\n$/);
  });

  it('one run for each size of the code, and their table; a size that is done is not begun again', async () => {
    const site = join(scratch, 'site');
    mkdirSync(site);
    for (const { file, shot } of madeShots('site', [1, 2, 5], { ...CLEAR, mostSamples: 4000 }))
      writeFileSync(join(site, file), writeSeg2(shot));
    const run = join(scratch, 'sizes');
    const args = ['pretrain', 'autoencoder', site, '--out', run, '--steps', '3', '--variant', 'masked', ...TINY];
    expect(await main([...args, '--code-sizes', '4'])).toBe(0);
    expect(err).toMatch(/site: \d gathers, \d+ traces/);
    expect(err).toMatch(/done: 3 steps, best at step 3: \d+\.\d % of the variance/);
    const first = readFileSync(join(run, 'code-4', 'metrics.jsonl'), 'utf8');
    expect(await main([...args, '--code-sizes', '4,8', '--resume'])).toBe(0);
    expect(readFileSync(join(run, 'code-4', 'metrics.jsonl'), 'utf8')).toBe(first);
    expect(out).toMatch(/\n +4 +256 × [\s\S]*\n +8 +128 × /);
    const { sizes } = JSON.parse(readFileSync(join(run, 'code-sizes.json'), 'utf8'));
    expect(sizes.map(({ code }: { code: number }) => code)).toEqual([4, 8]);
  });
});
