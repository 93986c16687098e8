/** Linear moveout there and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimedShot } from '#shared/gather.ts';
import { apply, reduction, undo } from '#shared/signal/lmo.ts';
import { recorded } from '#shared/signal/with-amplitudes.ts';
import { metres } from '#shared/units.ts';
import { filled, madeShot } from './made-shot.ts';

/** When each trace was recorded, and what. */
const contents = (shot: TimedShot) =>
  shot.traces.map((trace, i) => ({
    ...trace,
    start: shot.firstSample.time + trace.start * shot.sampleInterval,
    values: [...recorded(shot, i)],
  }));

describe('linear moveout', () => {
  it('makes an arrival of its velocity flat', () => {
    const offsets = [-40, -20, 0, 20, 40, 60];
    const rows = offsets.map((offset) => filled(200, (k) => (k === 30 + Math.abs(offset) ? 1 : 0)));
    const flat = apply(madeShot(rows, { offsets, firstSample: -5 }), 1000);
    const times = flat.traces.map(({ start }, i) => {
      const at = start + recorded(flat, i).indexOf(1);
      return flat.firstSample.time + at * flat.sampleInterval;
    });
    expect(times).toEqual(offsets.map(() => 25));
    expect(flat.firstSample.time).toBe(-5 - 60);
  });

  const gathers = fc
    .record({
      traces: fc.array(
        fc.record({
          offset: fc.option(fc.double({ min: -500, max: 500, noNaN: true }), { nil: undefined }),
          start: fc.nat(20),
          count: fc.integer({ min: 1, max: 20 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      interval: fc.constantFrom(0.125, 0.25, 1, 2),
      velocity: fc.double({ min: 100, max: 8000, noNaN: true }),
    })
    .map(({ traces, interval, velocity }) => ({
      velocity,
      shot: madeShot(
        traces.map((_, i) => filled(40, (k) => 100 * i + k + 1)),
        {
          interval,
          firstSample: -8,
          offsets: traces.map(({ offset }) => offset),
          starts: traces.map(({ start }) => start),
          counts: traces.map(({ count }) => count),
        },
      ),
    }));

  it('undo gives back every sample at its time', () => {
    fc.assert(
      fc.property(gathers, ({ shot, velocity }) => {
        expect(contents(undo(apply(shot, velocity), velocity))).toEqual(contents(shot));
        expect(contents(apply(undo(shot, velocity), velocity))).toEqual(contents(shot));
      }),
    );
  });

  it('undo gives back the very shot where the row holds no more than its traces', () => {
    fc.assert(
      fc.property(gathers, ({ shot, velocity }) => {
        const tight = apply(shot, 1e12);
        expect(undo(apply(tight, velocity), velocity)).toEqual(tight);
      }),
    );
  });

  it('moves each trace by its reduction, to the nearest sample', () => {
    fc.assert(
      fc.property(gathers, ({ shot, velocity }) => {
        const before = contents(shot);
        contents(apply(shot, velocity)).forEach(({ start, values, offset }, i) => {
          expect(values).toEqual(before[i].values);
          const moved = before[i].start - start;
          const wanted = offset === undefined ? 0 : reduction(metres(offset), velocity);
          expect(Math.abs(moved - wanted)).toBeLessThanOrEqual(shot.sampleInterval / 2 + 1e-9);
        });
      }),
    );
  });

  it('works on headers alone, on no traces, and on 150,000 of them', () => {
    const headers = { ...madeShot([filled(50, () => 1)], { offsets: [100] }), amplitudes: new Float32Array(0) };
    expect(apply(headers, 1000)).toMatchObject({ samples: 50, amplitudes: new Float32Array(0) });
    const none = madeShot([]);
    expect(apply(none, 1000)).toBe(none);
    const many = madeShot(
      Array.from({ length: 150_000 }, () => [1]),
      { offsets: [3] },
    );
    expect(undo(apply(many, 1000), 1000)).toEqual(many);
  });

  it.each([0, -1500, Number.NaN, 1e-300])('refuses %d m/s', (velocity) => {
    const shot = madeShot([filled(10, () => 1), filled(10, () => 1)], { offsets: [0, 100] });
    expect(() => apply(shot, velocity)).toThrow(`found ${velocity} m/s`);
  });
});
