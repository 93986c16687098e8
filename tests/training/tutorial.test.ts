/** The tutorial of docs/training.md, line by line, with a smaller network, fewer shots and a dozen steps. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPicksCsv } from '#shared/report/csv.ts';
import { firstbreak, scratch } from '../cli/run.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/training.md'), 'utf8');
const [, tutorial] = /^## From nothing to a picker\n\n```sh\n([\s\S]*?)^```/m.exec(page)!;

/** What of the page is made smaller; each must be there. */
const SMALLER: readonly (readonly [page: RegExp, here: string])[] = [
  [/--count \d+/, '--count 2'],
  [/--steps \d+/, '--steps 12 --widths 4,4,4,4 --windows 2 --traces 8 --validation-batches 1 --backend wasm'],
];

describe('the tutorial in miniature', () => {
  const folder = scratch();
  afterAll(() => folder.remove());
  const small = SMALLER.reduce((text, [from, to]) => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  }, tutorial);
  const read = (file: string) => readFileSync(join(folder.path, file), 'utf8');

  it('leads from nothing to picks and their score', async () => {
    let said = '';
    for (const line of small.trim().split('\n')) {
      const { code, out, err } = await firstbreak(line.replace(/^npx firstbreak /, '').split(/\s+/), {
        cwd: folder.path,
      });
      expect(code, `${line}\n${err}`).toBe(0);
      said += out;
    }
    const truth = readPicksCsv(read('shots/picks.csv'));
    for (const table of ['picks.csv', 'classical.csv']) expect(readPicksCsv(read(table))).toHaveLength(truth.length);
    expect(read('picks.csv').split('\n')[1]).toMatch(/,model$/);
    expect(said).toMatch(/model: \d+ weights, 12 steps/);
    const { training } = JSON.parse(read('model/manifest.json'));
    expect(training).toMatchObject({ sites: [], steps: 12, windows: 24, machine: 'backend wasm' });
    expect(training.hours).toBeGreaterThan(0);
    expect(read('run/plot.svg')).toContain('learning, smoothed');
  }, 180_000);
});
