/** The parts of the pickers by themselves, against plain calculations. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecordError } from '#shared/errors.ts';
import { pickAic } from '#shared/picking/aic.ts';
import { binMeans, smooth } from '#shared/picking/bins.ts';
import { CONVENTIONS, type Convention, toConvention } from '#shared/picking/convention.ts';
import { logOf } from '#shared/picking/fast-log.ts';
import { liveRows } from '#shared/picking/live-rows.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { ridge } from '#shared/picking/ridge.ts';
import { pickStaLta } from '#shared/picking/sta-lta.ts';
import type { Pick } from '#shared/picks.ts';
import { ms } from '#shared/units.ts';
import { filled, madeShot, noiseOf, randomOf } from '../signal/made-shot.ts';
import { timesOf } from './known-gather.ts';

describe('ridge', () => {
  const images = fc
    .record({ traces: fc.integer({ min: 1, max: 5 }), bins: fc.integer({ min: 1, max: 6 }) })
    .chain(({ traces, bins }) =>
      fc.record({
        traces: fc.constant(traces),
        bins: fc.constant(bins),
        scores: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: traces * bins, maxLength: traces * bins }),
        step: fc.constantFrom(0, 1, 3, 8),
        jump: fc.constantFrom(1, 6, 20, 100),
        trend: fc.option(fc.array(fc.integer({ min: -3, max: 8 }), { minLength: traces, maxLength: traces }), {
          nil: undefined,
        }),
      }),
    );

  it('is the best of all paths', () => {
    fc.assert(
      fc.property(images, ({ traces, bins, scores, step, jump, trend }) => {
        // A step is counted from where the trend leads; that place stays within the image.
        const cost = (t: number, from: number, to: number) => {
          const led = Math.min(bins - 1, Math.max(0, to - (trend ? trend[t] - trend[t - 1] : 0)));
          return Math.min(jump, step * Math.abs(led - from));
        };
        const total = (path: ArrayLike<number>) => {
          let sum = 0;
          for (let t = 0; t < traces; t++) sum += scores[t * bins + path[t]] - (t ? cost(t, path[t - 1], path[t]) : 0);
          return sum;
        };
        let best = Number.NEGATIVE_INFINITY;
        for (let code = 0; code < bins ** traces; code++)
          best = Math.max(best, total(Array.from({ length: traces }, (_, t) => Math.floor(code / bins ** t) % bins)));
        const path = ridge({ scores: Float32Array.from(scores), traces, bins }, { step, jump }, trend);
        expect(path).toHaveLength(traces);
        expect(path.every((bin) => bin >= 0 && bin < bins)).toBe(true);
        expect(total(path)).toBe(best);
      }),
      { numRuns: 300 },
    );
  });

  it('pays for one jump rather than for many steps', () => {
    const [traces, bins] = [10, 40];
    const scores = new Float32Array(traces * bins);
    for (let t = 0; t < traces; t++) scores[t * bins + (t < 5 ? 3 : 35)] = 10;
    const path = ridge({ scores, traces, bins }, { step: 1, jump: 8 });
    expect([...path]).toEqual([3, 3, 3, 3, 3, 35, 35, 35, 35, 35]);
  });

  it('is empty for nothing', () => {
    expect(ridge({ scores: new Float32Array(0), traces: 0, bins: 5 }, { step: 1, jump: 1 })).toHaveLength(0);
    expect([...ridge({ scores: new Float32Array(0), traces: 3, bins: 0 }, { step: 1, jump: 1 })]).toEqual([0, 0, 0]);
  });
});

describe('fast logarithm', () => {
  it('is within 1e-3 over all of float32', () => {
    const x = new Float32Array(200_000);
    for (let i = 0; i < x.length; i++) x[i] = 10 ** (-37 + (75 * i) / x.length);
    const found = new Float64Array(x.length);
    logOf(new Int32Array(x.buffer), 0, x.length, found);
    let worst = 0;
    found.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - Math.log(x[i])));
    });
    expect(worst).toBeLessThan(1e-3);
  });

  it('touches its range only', () => {
    const found = Float64Array.of(7, 7, 7, 7);
    logOf(new Int32Array(Float32Array.of(2, 2, 2, 2).buffer), 1, 3, found);
    expect([found[0], found[3]]).toEqual([7, 7]);
    expect(found[1]).toBeCloseTo(Math.LN2, 3);
  });
});

describe('bins', () => {
  it('are the means of their samples, repeated beyond the trace', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 0, maxLength: 60 }),
        fc.integer({ min: -70, max: 70 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        (values, from, width, count) => {
          const bins = new Float32Array(count);
          binMeans(Float32Array.from(values), from, width, bins);
          const means = Array.from({ length: count }, (_, b) => {
            const [a, z] = [from + b * width, from + (b + 1) * width];
            if (a < 0 || z > values.length) return undefined;
            return Math.fround(values.slice(a, z).reduce((sum, v) => sum + v, 0) / width);
          });
          const whole = means.filter((mean) => mean !== undefined);
          means.forEach((mean, b) => {
            const nearest = b < means.findIndex((m) => m !== undefined) ? whole[0] : whole.at(-1);
            expect(bins[b]).toBeCloseTo(mean ?? nearest ?? 0, 2);
          });
        },
      ),
    );
  });

  it('smoothing keeps constants and weighs neighbours by a quarter', () => {
    const x = Float32Array.of(0, 0, 4, 0, 0);
    smooth(x, 1);
    expect([...x]).toEqual([0, 1, 2, 1, 0]);
    const constant = new Float32Array(9).fill(3);
    smooth(constant, 5);
    expect([...constant]).toEqual([...new Float32Array(9).fill(3)]);
  });
});

describe('live rows', () => {
  it('are views where sound, repaired copies where not', () => {
    const sound = filled(40, (k) => k);
    const shot = madeShot([sound, sound.map((v, k) => (k === 0 || k === 20 ? Number.NaN : v)), filled(40, () => 1)], {
      starts: [4, 0, 0],
    });
    const live = liveRows(shot);
    expect([live.at, live.from, live.to]).toEqual([
      [0, 1],
      [4, 0],
      [40, 40],
    ]);
    expect(live.rows[0].buffer).toBe(shot.amplitudes.buffer);
    expect([live.rows[1][0], live.rows[1][20]]).toEqual([1, 19]);
    expect(live.skipped).toEqual([undefined, undefined, { kind: 'skipped', reason: 'dead' }]);
  });
});

describe('textbook onset: noise, then a wave thirty times as strong', () => {
  const noise = noiseOf(17);
  const period = 20;
  const onsets = [300, 350, 420];
  const rows = onsets.map((onset) =>
    filled(1000, (k) => {
      const wave = k < onset ? 0 : 30 * Math.sin((2 * Math.PI * (k - onset)) / period) * Math.exp((onset - k) / 200);
      return wave + noise();
    }),
  );
  const shot = madeShot(rows, { interval: 0.5, firstSample: -100 });
  const truth = onsets.map((onset) => -100 + 0.5 * onset);

  it('AIC divides there, to two samples', () => {
    timesOf(pickAic(shot)).forEach((time, i) => {
      expect(Math.abs(time - truth[i])).toBeLessThanOrEqual(1);
    });
  });

  it('STA/LTA triggers just after it', () => {
    timesOf(pickStaLta(shot)).forEach((time, i) => {
      expect(time - truth[i]).toBeGreaterThan(0);
      expect(time - truth[i]).toBeLessThan(0.5 * period * 0.5);
    });
  });

  it('STA/LTA does not trigger before the shot, and says so when it never does', () => {
    const early = pickStaLta({ ...shot, firstSample: { time: ms(-190), from: 'test' } });
    for (const time of timesOf(early)) expect(Number.isNaN(time) || time >= 0).toBe(true);
    const steady = madeShot([filled(1000, (k) => Math.sin(k / 3))]);
    expect(pickStaLta(steady)).toEqual([{ kind: 'skipped', reason: 'low-confidence' }]);
  });

  it('without a model are named as on the command line, and ask for none', async () => {
    const model = () => Promise.reject(new Error('asked for a model'));
    for (const name of ['classical', 'sta-lta', 'aic'] as const)
      expect((await PICKERS[name]({ model })).name).toBe(name);
    await expect(PICKERS.neural({ model })).rejects.toThrow('asked for a model');
  });
});

describe('convention', () => {
  const period = 40; // samples
  const onset = 200.3;
  const wave = (sign: number) =>
    filled(800, (k) =>
      k < onset ? 0 : sign * Math.sin((2 * Math.PI * (k - onset)) / period) * Math.exp((onset - k) / 2000),
    );
  const interval = 0.5;
  const at = (shot: ReturnType<typeof madeShot>, convention: Convention) => {
    const pick: Pick = { kind: 'picked', time: ms(-20 + interval * onset), confidence: 0.7 };
    const [moved] = toConvention(shot, [pick], convention);
    expect(moved).toMatchObject({ kind: 'picked', confidence: 0.7 });
    return (timesOf([moved])[0] + 20) / interval - onset;
  };
  const of = (row: ArrayLike<number>, options = {}) => madeShot([row], { interval, firstSample: -20, ...options });

  it.each([
    ['peak', 1, 0.25],
    ['zero-crossing', 1, 0.5],
    ['trough', 1, 0.75],
    ['trough', -1, 0.25],
    ['zero-crossing', -1, 0.5],
    ['peak', -1, 0.75],
  ] as const)('%s of a wave that begins with sign %d: %d periods after the onset', (convention, sign, periods) => {
    expect(Math.abs(at(of(wave(sign)), convention) - periods * period)).toBeLessThan(0.6);
  });

  it('does not care for offset, gaps elsewhere and padding', () => {
    const shifted = wave(1).map((v) => v + 30);
    expect(Math.abs(at(of(shifted), 'peak') - period / 4)).toBeLessThan(0.6);
    const gap = wave(1);
    gap[700] = Number.NaN;
    gap[10] = Number.POSITIVE_INFINITY;
    expect(Math.abs(at(of(gap), 'peak') - period / 4)).toBeLessThan(0.6);
    const padded = of(shifted, { starts: [100], counts: [500] });
    for (const convention of ['peak', 'zero-crossing', 'trough'] as const) {
      const periods = { peak: 0.25, 'zero-crossing': 0.5, trough: 0.75 }[convention];
      expect(Math.abs(at(padded, convention) - periods * period)).toBeLessThan(0.6);
    }
  });

  it('leaves onsets and reasons as they are, and a pick with nothing to move to', () => {
    const picks: Pick[] = [{ kind: 'skipped', reason: 'dead' }];
    const shot = of(wave(1));
    expect(toConvention(shot, picks, 'peak')).toEqual(picks);
    expect(toConvention(shot, picks, 'onset')).toBe(picks);
    expect(at(of(filled(800, () => 3)), 'trough')).toBeCloseTo(0, 9);
    for (const time of [-20, 379.5]) {
      const end: Pick[] = [{ kind: 'picked', time: ms(time), confidence: 1 }];
      const [moved] = timesOf(toConvention(shot, end, 'zero-crossing'));
      expect(Number.isFinite(moved)).toBe(true);
    }
  });
});

describe('the dominant arrival', () => {
  const period = 40; // samples
  const onset = 200;
  /** Where a sine that begins at 0 stands at 15 % of its height. */
  const foot = (Math.asin(0.15) / (2 * Math.PI)) * period;
  /** Half a period of a weak wave, then rest, then a strong wave from `begin` on. */
  const wave = (begin: number, { sign = 1, precursor = 0.1 } = {}) =>
    filled(800, (k) => {
      const sine = (from: number) => Math.sin((2 * Math.PI * (k - from)) / period);
      if (k >= begin) return sign * sine(begin) * Math.exp((begin - k) / 400);
      return k >= onset && k < onset + period / 2 ? precursor * sine(onset) : 0;
    });
  const interval = 0.25;
  const moved = (rows: readonly ArrayLike<number>[], at = onset, options = {}) => {
    const shot = madeShot(rows, { interval, firstSample: -10, ...options });
    const picks = rows.map((): Pick => ({ kind: 'picked', time: ms(-10 + interval * at), confidence: 0.7 }));
    return timesOf(toConvention(shot, picks, 'dominant')).map((time) => (time + 10) / interval);
  };

  it.each([1, -1])('begins with a lobe of sign %d, found between samples', (sign) => {
    const begins = [224, 230, 230.25, 230.5, 230.8, 234];
    moved(begins.map((begin) => wave(begin, { sign }))).forEach((at, i) => {
      expect(Math.abs(at - begins[i] - foot)).toBeLessThan(0.06);
    });
  });

  it('is where the onset is when nothing stronger follows', () => {
    const [strong, alone] = moved([wave(230, { precursor: 0.6 }), wave(onset)]);
    expect(Math.abs(strong - onset - foot)).toBeLessThan(0.3);
    expect(Math.abs(alone - onset - foot)).toBeLessThan(0.06);
  });

  it('is gone back to from the flank of its lobe, but not from behind it', () => {
    const rows = [wave(230), wave(230)];
    for (const late of [0.1, 0.2])
      for (const at of moved(rows, 230 + late * period)) expect(Math.abs(at - 230 - foot)).toBeLessThan(0.06);
    expect(moved(rows, 230 + 0.3 * period)).toEqual([230 + 0.3 * period, 230 + 0.3 * period]);
  });

  it('does not care for offset, gaps elsewhere and padding', () => {
    const shifted = wave(230).map((v) => v + 30);
    const gap = wave(230);
    gap[700] = Number.NaN;
    gap[10] = Number.POSITIVE_INFINITY;
    const rows = [shifted, gap, wave(230)];
    for (const at of moved(rows, onset, { starts: [100, 0, 0], counts: [500, 800, 800] }))
      expect(Math.abs(at - 230 - foot)).toBeLessThan(0.2);
  });

  it('stays where there is nothing to move to', () => {
    const constant = filled(800, () => 3);
    expect(moved([constant, constant])).toEqual([onset, onset]);
    for (const at of [-3, 799, 820]) expect(moved([wave(230), wave(230)], at)).toEqual([at, at]);
    const shot = madeShot([wave(230)]);
    const skipped: Pick[] = [{ kind: 'skipped', reason: 'dead' }];
    expect(toConvention(shot, skipped, 'dominant')).toEqual(skipped);
  });
});

describe('every convention', () => {
  it.each(CONVENTIONS)('%s: a pick within the record stays there, whatever was recorded', (convention) => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          length: fc.integer({ min: 1, max: 90 }),
          at: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        ({ seed, length, at }) => {
          const random = randomOf(seed);
          const value = () => (random() < 0.02 ? Number.NaN : Math.round(6 * random() - 3));
          const shot = madeShot([filled(length, value), filled(length, value)], { interval: 0.5 });
          const pick: Pick = { kind: 'picked', time: ms(0.5 * at * (length - 1)), confidence: 0.5 };
          for (const time of timesOf(toConvention(shot, [pick, pick], convention))) {
            expect(time).toBeGreaterThanOrEqual(0);
            expect(time).toBeLessThanOrEqual(0.5 * (length - 1));
          }
        },
      ),
    );
  });
});

describe('pickShot', () => {
  const shot = madeShot([filled(100, (k) => k), filled(100, (k) => k), filled(100, (k) => k)]);
  const picks: Pick[] = [
    { kind: 'picked', time: ms(10), confidence: 0.2 },
    { kind: 'picked', time: ms(20), confidence: 0.5 },
    { kind: 'skipped', reason: 'dead' },
  ];
  const picker: Picker = { name: 'fixed', pick: async () => picks };

  it('keeps what is trusted enough', async () => {
    expect(await pickShot('a.dat', shot, picker)).toEqual({ file: 'a.dat', shot, picks, model: 'fixed' });
    const strict = await pickShot('a.dat', shot, picker, { minConfidence: 0.5 });
    expect(strict.picks).toEqual([{ kind: 'skipped', reason: 'low-confidence' }, picks[1], picks[2]]);
  });

  it('needs a sample interval', async () => {
    const unknown = { ...shot, sampleInterval: undefined };
    const error = await pickShot('a.dat', unknown, picker).catch((cause: unknown) => cause);
    expect(isRecordError(error, 'no-sample-interval')).toBe(true);
    expect((error as Error).message).toContain('a.dat');
  });
});
