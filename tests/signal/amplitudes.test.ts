/** Offset, gain and scale: what each promises of every trace, whatever its size, length and gaps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agc } from '#shared/signal/agc.ts';
import { finiteMean, removeDc } from '#shared/signal/dc.ts';
import { median, periodBehind, zeroCrossingPeriod } from '#shared/signal/period.ts';
import { scaleGather, scaleTraces } from '#shared/signal/scale.ts';
import { ms } from '#shared/units.ts';
import { filled, madeShot, noiseOf, rowsOf } from './made-shot.ts';

const rms = (x: ArrayLike<number>) => Math.sqrt(Array.from(x, (v) => v * v).reduce((a, b) => a + b, 0) / x.length);

describe('removeDc', () => {
  it('takes the mean of each trace away, over what was recorded', () => {
    const shot = madeShot([filled(100, (k) => 5 + Math.sin(k)), filled(100, () => -3)], {
      starts: [20, 0],
      counts: [60, 100],
    });
    const out = removeDc(shot);
    const [x, y] = rowsOf(out);
    expect(x.slice(20, 80).reduce((a, b) => a + b, 0) / 60).toBeCloseTo(0, 6);
    expect([...x.slice(0, 20), ...x.slice(80), ...y].every((v) => v === 0)).toBe(true);
    expect(out.traces).toBe(shot.traces);
  });

  it('leaves samples alone that are not finite', () => {
    const [x] = rowsOf(removeDc(madeShot([[1, Number.NaN, 3, Number.POSITIVE_INFINITY]])));
    expect([...x]).toEqual([-1, Number.NaN, 1, Number.POSITIVE_INFINITY]);
    expect(finiteMean(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY))).toBe(0);
  });
});

describe('agc', () => {
  it('brings a decaying trace to one level', () => {
    const shot = madeShot([filled(2000, (k) => Math.exp(-k / 150) * Math.sin(k))]);
    const [x] = rowsOf(agc(shot, { window: ms(100) }));
    for (let from = 100; from < 1900; from += 100) expect(rms(x.subarray(from, from + 100))).toBeCloseTo(1, 1);
  });

  it('equals the division by the window, sample by sample', () => {
    const noise = noiseOf(11);
    const x = Float32Array.from(filled(300, noise));
    const [y] = rowsOf(agc(madeShot([x], { interval: 2 }), { window: ms(40) }));
    x.forEach((v, k) => {
      expect(y[k]).toBeCloseTo(v / rms(x.subarray(Math.max(0, k - 10), k + 11)), 4);
    });
  });

  it('does not depend on the unit', () => {
    const noise = noiseOf(12);
    const x = filled(300, noise);
    const [plain] = rowsOf(agc(madeShot([x])));
    for (const unit of [1e-12, 1e12]) {
      const [other] = rowsOf(agc(madeShot([x.map((v) => v * unit)])));
      other.forEach((v, k) => {
        expect(v).toBeCloseTo(plain[k], 4);
      });
    }
  });

  it('never exceeds what a window allows, whatever comes before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noDefaultInfinity: true, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (x) => {
          const [y] = rowsOf(agc(madeShot([x]), { window: ms(10) }));
          return y.every((v) => Math.abs(v) <= Math.sqrt(11) * 1.0001);
        },
      ),
    );
  });

  it('looks at nothing beyond the recording, and gaps stay gaps', () => {
    const x = filled(100, () => 7);
    x[50] = Number.NaN;
    const [y] = rowsOf(agc(madeShot([x], { starts: [30], counts: [40] })));
    y.forEach((v, k) => {
      if (k === 50) expect(v).toBeNaN();
      else expect(v).toBeCloseTo(k >= 30 && k < 70 ? 1 : 0, 6);
    });
  });

  it('leaves silence silent and refuses a window of nothing', () => {
    expect(agc(madeShot([filled(50, () => 0)])).amplitudes.every((v) => v === 0)).toBe(true);
    for (const window of [0, -1, Number.NaN])
      expect(() => agc(madeShot([[1, 2]]), { window: ms(window) })).toThrow(`found ${window} ms`);
  });
});

describe('scale', () => {
  const shot = madeShot(
    [filled(80, (k) => 4 * Math.sin(k)), filled(80, (k) => -0.01 * Math.cos(k)), filled(80, () => 0)],
    {
      starts: [0, 40, 0],
      counts: [80, 40, 80],
    },
  );

  it('traces: each to one, over what was recorded', () => {
    const [a, b, flat] = rowsOf(scaleTraces(shot));
    expect(rms(a)).toBeCloseTo(1, 5);
    expect(rms(b.slice(40))).toBeCloseTo(1, 5);
    expect(flat.every((v) => v === 0)).toBe(true);
    for (const x of rowsOf(scaleTraces(shot, { by: 'max' })).slice(0, 2))
      expect(Math.max(...x.map(Math.abs))).toBeCloseTo(1, 6);
  });

  it('gather: one factor for all', () => {
    const scaled = scaleGather(shot, { by: 'max' });
    expect(Math.max(...scaled.amplitudes.map(Math.abs))).toBeCloseTo(1, 6);
    const factor = scaled.amplitudes[1] / shot.amplitudes[1];
    scaled.amplitudes.forEach((v, k) => {
      expect(v).toBeCloseTo(shot.amplitudes[k] * factor, 6);
    });
    const [a, b, c] = rowsOf(scaleGather(shot));
    expect(rms([...a, ...b.slice(40), ...c])).toBeCloseTo(1, 5);
  });

  it('samples that are not finite neither count nor change', () => {
    const [x] = rowsOf(scaleTraces(madeShot([[3, Number.NaN, -3, Number.NEGATIVE_INFINITY]])));
    expect([...x]).toEqual([1, Number.NaN, -1, Number.NEGATIVE_INFINITY]);
    const [y] = rowsOf(scaleGather(madeShot([[3, Number.NaN, -6]]), { by: 'max' }));
    expect([...y]).toEqual([0.5, Number.NaN, -1]);
  });
});

describe('period', () => {
  it.each([7, 12.5, 40])('of a sinusoid with a period of %d samples', (period) => {
    const x = filled(1000, (k) => 100 + Math.sin((2 * Math.PI * k) / period));
    expect(Math.abs(zeroCrossingPeriod(x, 0, 1000) / period - 1)).toBeLessThan(0.1);
    expect(Math.abs(zeroCrossingPeriod(x, 300, 700) / period - 1)).toBeLessThan(0.15);
  });

  it('does not depend on amplitude, and a trace that never crosses is one period', () => {
    const x = filled(400, (k) => Math.sin(k / 3) * Math.exp(-k / 50));
    expect(
      zeroCrossingPeriod(
        x.map((v) => v * 1e-20),
        0,
        400,
      ),
    ).toBe(zeroCrossingPeriod(x, 0, 400));
    expect(zeroCrossingPeriod(new Float32Array(50), 0, 50)).toBe(100);
  });

  it('behind a sample is that of the wave there, not of what follows later', () => {
    const wave = (k: number, period: number) => Math.sin((2 * Math.PI * k) / period);
    const x = filled(1200, (k) => (k < 300 ? 0 : k < 500 ? wave(k - 300, 20) : 5 * wave(k - 500, 60)));
    expect(Math.abs(periodBehind(x, 300)! / 20 - 1)).toBeLessThan(0.25);
    expect(Math.abs(periodBehind(x, 500)! / 60 - 1)).toBeLessThan(0.25);
    expect([periodBehind(x, -1), periodBehind(x, 1195)]).toEqual([undefined, undefined]);
  });

  it('median: the middle, of two the upper', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (values) => {
        const sorted = Float64Array.from(values).sort();
        expect(median(Float64Array.from(values))).toBe(sorted[Math.floor(values.length / 2)]);
      }),
    );
    expect(median(new Float64Array(0))).toBeNaN();
  });
});
