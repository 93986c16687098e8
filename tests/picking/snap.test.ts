/** A click lands on the onset it is near, and stays where there is none. */
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { snap } from '#shared/picking/snap.ts';
import { metres, ms } from '#shared/units.ts';

describe('snap', () => {
  it.each([{ period: undefined }, { period: ms(20) }])(
    'finds the onset within a few ms of a click, period $period',
    ({ period }) => {
      const misses: number[] = [];
      for (const ffid of [1, 2, 3]) {
        const { shot, onsets } = syntheticShot({ ffid, source: metres(13 * ffid - 6), firstSample: ms(-10) });
        for (const [trace, onset] of onsets.entries())
          for (const off of [-5, -2, 2, 5])
            misses.push(Math.abs(snap(shot, trace, ms(onset! + off), { period }) - onset!));
      }
      misses.sort((a, b) => a - b);
      expect(misses[Math.floor(0.5 * misses.length)]).toBeLessThan(0.75);
      expect(misses[Math.floor(0.8 * misses.length)]).toBeLessThan(1.1);
    },
  );

  it('stays on a dead trace and outside of the record', () => {
    const { shot } = syntheticShot({ ffid: 1, source: metres(3), dead: [5] });
    expect(snap(shot, 4, ms(30))).toBe(30);
    expect(snap(shot, 3, ms(-200))).toBe(-200);
    expect(snap(shot, 3, ms(1e6))).toBe(1e6);
  });
});
