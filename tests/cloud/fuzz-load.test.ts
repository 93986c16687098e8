/** A short run of the damaged files at full load; `fuzz-load.ts` by itself is the long one. */
import { expect, it } from 'vitest';
import { fuzzLoad, MOST_MIB } from './fuzz-load.ts';

it('answers damaged files at full load with picks or a problem, and stays up', async () => {
  const run = await fuzzLoad({ seconds: 8, seed: 7 });
  expect(run.wrong).toEqual([]);
  expect(run.sent).toBeGreaterThan(20);
  expect(run.answers['200']).toBeGreaterThan(0);
  expect(run.mostMemory).toBeLessThan(MOST_MIB);
  expect(Object.keys(run.answers).some((kind) => kind.startsWith('4'))).toBe(true);
}, 120_000);
