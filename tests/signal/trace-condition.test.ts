/** What is said of single traces: dead, flat, clipped, spiky, not finite. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridged, reopened } from '#shared/signal/gaps.ts';
import { conditionOf, traceConditions } from '#shared/signal/trace-condition.ts';
import { filled, madeShot, noiseOf } from './made-shot.ts';

const noise = noiseOf(5);
const healthy = Float32Array.from(filled(600, (k) => 20 * Math.sin(k / 6) + noise() + 3));

describe('condition of a trace', () => {
  it('a healthy one', () => {
    const { dc, rms, ...rest } = conditionOf(healthy);
    expect(rest).toEqual({ dead: false, flat: false, clipped: 0, spikes: 0, nonFinite: 0 });
    expect(dc).toBeCloseTo(3, 0);
    expect(rms).toBeCloseTo(Math.sqrt(200 + 1), 0);
  });

  it('flat is dead, at zero or elsewhere', () => {
    for (const level of [0, -17.5])
      expect(conditionOf(new Float32Array(100).fill(level))).toMatchObject({
        dead: true,
        flat: true,
        dc: level,
        rms: 0,
      });
  });

  it('without a finite sample it is dead but not flat', () => {
    expect(conditionOf(new Float32Array(10).fill(Number.NaN))).toMatchObject({
      dead: true,
      flat: false,
      nonFinite: 10,
    });
    expect(conditionOf(new Float32Array(0))).toMatchObject({ dead: true, flat: false, nonFinite: 0 });
  });

  it('counts what is not finite and measures the rest', () => {
    const x = healthy.slice();
    x[3] = Number.NaN;
    x[77] = Number.POSITIVE_INFINITY;
    expect(conditionOf(x)).toMatchObject({ dead: false, nonFinite: 2 });
    expect(conditionOf(x).rms).toBeCloseTo(conditionOf(healthy).rms, 1);
  });

  it('clipped is the share of samples in runs at the extremes', () => {
    const x = healthy.map((v) => Math.max(-10, Math.min(10, v)));
    const stuck = healthy.reduce((n, v) => n + (Math.abs(v) >= 10 ? 1 : 0), 0);
    expect(conditionOf(x).clipped).toBeCloseTo(stuck / 600, 1);
    expect(conditionOf(Float32Array.of(0, 1, 9, 9, 9, 1, 0, -2)).clipped).toBeCloseTo(3 / 8);
    expect(conditionOf(Float32Array.of(0, 1, 9, 9, 1, 0, -2, 3)).clipped).toBe(0); // two in a row happen
  });

  it('counts spikes of one and two samples, not waves', () => {
    const x = healthy.slice();
    for (const at of [100, 250, 400]) x[at] += 900;
    x[500] -= 900;
    x[501] -= 900;
    expect(conditionOf(x).spikes).toBe(4);
    expect(conditionOf(healthy.map((v) => v * 1e6)).spikes).toBe(0);
  });

  it('looks at what was recorded only, and believes the recorder', () => {
    const rows = [healthy, healthy, healthy];
    const [cut, dead, aux] = traceConditions(
      madeShot(rows, { starts: [200, 0, 0], counts: [300, 600, 600], kinds: [undefined, 'dead', 'auxiliary'] }),
    );
    expect(cut).toEqual(conditionOf(healthy.subarray(200, 500)));
    expect(dead).toEqual({ ...conditionOf(healthy), dead: true });
    expect(aux.dead).toBe(false);
  });

  it('shares and counts stay in range whatever the samples', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 60 }), (values) => {
        const { dead, flat, clipped, spikes, nonFinite, dc, rms } = conditionOf(Float32Array.from(values));
        expect(clipped).toBeGreaterThanOrEqual(0);
        expect(clipped).toBeLessThanOrEqual(1);
        expect(spikes).toBeLessThanOrEqual(values.length);
        expect(nonFinite).toBe(values.filter((v) => !Number.isFinite(v)).length);
        expect([dc, rms].every(Number.isFinite)).toBe(true);
        expect(flat && !dead).toBe(false);
      }),
    );
  });
});

describe('gaps', () => {
  it('hold the value before them; at the start, the first one', () => {
    const x = Float32Array.of(Number.NaN, 2, Number.POSITIVE_INFINITY, Number.NaN, 5);
    expect([...bridged(x)]).toEqual([2, 2, 2, 2, 5]);
    expect([...bridged(new Float32Array(2).fill(Number.NaN))]).toEqual([0, 0]);
    const sound = Float32Array.of(1, 2);
    expect(bridged(sound)).toBe(sound);
  });

  it('come back where they were', () => {
    const x = Float32Array.of(Number.NaN, 2, Number.NEGATIVE_INFINITY);
    const y = Float32Array.of(7, 8, 9);
    reopened(x, y);
    expect([...y]).toEqual([Number.NaN, 8, Number.NEGATIVE_INFINITY]);
  });
});
