/** What the synthetic field promises: the same shot for the same seed, labels that are true, kinds of shots as often as asked for. */
import { describe, expect, it } from 'vitest';
import { row } from '#shared/gather.ts';
import { pickClassical } from '#shared/picking/classical.ts';
import { diceOf, fillNormal, smoothLine } from '../../training/synthetic/dice.ts';
import { type SyntheticGather, syntheticGather } from '../../training/synthetic/gather.ts';
import { HIDDEN_BELOW, RECIPE, type Recipe, type Setting } from '../../training/synthetic/recipe.ts';
import { canBeSeen, visibleShare } from '../../training/synthetic/visible.ts';
import {
  firstLobe,
  makeWavelet,
  ONSET_SHARE,
  TABLE_RATE,
  type WaveletKind,
} from '../../training/synthetic/wavelets.ts';
import { type Arrival, addArrival } from '../../training/synthetic/waves.ts';

const only = (setting: Setting): Recipe['settings'] => ({
  'near-surface': 0,
  'hard-rock': 0,
  'ocean-bottom': 0,
  [setting]: 1,
});
const quiet = (setting: Setting): Partial<Recipe> => ({
  settings: only(setting),
  later: { strong: 0, weak: 1 },
  signalToNoise: [30, 40],
  mostSamples: 120_000,
});
const small: Partial<Recipe> = { mostSamples: 60_000, channels: [24, 48] };
const seeds = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);
const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('dice', () => {
  it('repeat for a seed and differ for another', () => {
    const five = (...seed: number[]) => {
      const dice = diceOf(...seed);
      return Array.from({ length: 5 }, () => dice.uniform());
    };
    expect(five(1)).toEqual(five(1));
    expect(five(1)).not.toEqual(five(2));
    expect(five(1, 2)).not.toEqual(five(2, 1));
    expect(five(7)).not.toEqual(five(7 + 2 ** 32));
  });

  it('have the distributions their names say', () => {
    const dice = diceOf(3);
    const normal = new Float32Array(100_000);
    fillNormal(dice, normal);
    expect(rms(normal)).toBeCloseTo(1, 1);
    expect(normal.reduce((sum, value) => sum + value, 0) / normal.length).toBeCloseTo(0, 1);
    const exact = Float32Array.from({ length: 20_000 }, () => dice.normal(2));
    expect(rms(exact)).toBeCloseTo(2, 1);
    const below = Array.from({ length: 10_000 }, () => dice.logUniform(1, 100)).filter((value) => value < 10).length;
    expect(below / 10_000).toBeCloseTo(0.5, 1);
    const counts = { a: 0, b: 0, never: 0 };
    for (let i = 0; i < 4000; i++) counts[dice.share({ a: 3, b: 1, never: 0 })]++;
    expect(counts.a / 4000).toBeCloseTo(0.75, 1);
    expect(counts.never).toBe(0);
    const line = Float32Array.from(smoothLine(dice, 20_000, 5));
    expect(rms(line)).toBeCloseTo(1, 0);
  });
});

describe('wavelets', () => {
  const kinds: readonly WaveletKind[] = ['berlage', 'impulse', 'hammer', 'weight-drop', 'airgun', 'ricker', 'klauder'];

  it.each(kinds)('%s: the onset is where the first lobe reaches 5 %%', (kind) => {
    for (const seed of seeds(20)) {
      const { table, onset, lobe } = makeWavelet(kind, diceOf(seed), 64);
      expect(table.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeCloseTo(1, 6);
      const at = onset * TABLE_RATE;
      const before = Math.abs(table[Math.floor(at)]);
      const after = Math.abs(table[Math.ceil(at)]);
      // Between these two entries the lobe passes its 5 %, or starts above it.
      expect(after).toBeGreaterThanOrEqual(ONSET_SHARE * lobe * (1 - 1e-6));
      if (at > 1)
        expect(Math.min(before, after)).toBeLessThanOrEqual(Math.max(ONSET_SHARE * lobe * (1 + 1e-6), before));
      expect(lobe).toBeGreaterThanOrEqual(0.2);
      // Nothing as high as a side lobe may be earlier.
      for (let k = 0; k < Math.floor(at); k++) expect(Math.abs(table[k])).toBeLessThan(0.2 + 1e-6);
    }
  });

  it('finds the onset of a shape drawn by hand', () => {
    const table = new Float32Array(640);
    for (let k = 100; k < 200; k++) table[k] = Math.min(1, (k - 100) / 50) * (k < 150 ? 1 : 3 - k / 75);
    const { onset, lobe } = firstLobe(table, false);
    expect(lobe).toBeCloseTo(1, 2);
    expect(onset * TABLE_RATE).toBeCloseTo(102.5, 1);
    // Of another share: the ramp rises to 1 over 50 entries.
    for (const share of [0.1, 0.3, 0.5])
      expect(firstLobe(table, false, share).onset * TABLE_RATE).toBeCloseTo(100 + 50 * share, 1);
  });

  it('take a small lobe ahead of the first for a ripple in sweeps only', () => {
    const table = new Float32Array(640);
    const bell = (k: number, middle: number) => Math.max(0, 1 - Math.abs(k - middle) / 40);
    for (let k = 0; k < 640; k++) table[k] = bell(k, 300) - 0.15 * bell(k, 200);
    // 5 % of 1 on a lobe of 0.15, 40 entries long, that begins at 160; or on one of 1 that begins at 260.
    expect(firstLobe(table, false).onset * TABLE_RATE).toBeCloseTo(160 + 40 / 3, 1);
    expect(firstLobe(table, true).onset * TABLE_RATE).toBeCloseTo(262, 1);
  });

  it('hold nothing above the Nyquist frequency of a coarse record', () => {
    // Two samples apart at four a period: the sum of every other difference stays small against the wave.
    const { table } = makeWavelet('hammer', diceOf(4), 4);
    const power = (cycles: number) => {
      const part = (wave: (angle: number) => number) =>
        table.reduce((sum, value, k) => sum + value * wave((2 * Math.PI * cycles * k) / TABLE_RATE), 0);
      return Math.hypot(part(Math.cos), part(Math.sin));
    };
    expect(power(6) / Math.max(power(0.5), power(1))).toBeLessThan(0.05);
  });
});

describe('rendering', () => {
  it('places a wave between samples', () => {
    const wavelet = makeWavelet('berlage', diceOf(1), 64);
    const at = (start: number, interval: number): Float32Array => {
      const x = new Float32Array(400);
      const arrival: Arrival = {
        wavelet,
        start: Float64Array.of(start),
        strength: Float64Array.of(1),
        period: Float64Array.of(20),
      };
      addArrival(x, { first: -10, interval, samples: x.length }, arrival, 0);
      return x;
    };
    const [whole, finer] = [at(30, 0.5), at(30.25, 0.25)];
    // Sample k of the one is sample 2k + 1 of the other: −10 + 0.5 k − 30 = −10 + 0.25 (2k + 1) − 30.25.
    for (let k = 0; k < 199; k++) expect(whole[k]).toBeCloseTo(finer[2 * k + 1], 6);
    expect(whole.findIndex((value) => value !== 0)).toBeGreaterThanOrEqual(80);
  });
});

describe('synthetic gathers', () => {
  it('are the same for the same seed, and different for others', () => {
    const [one, again, other] = [syntheticGather(11, small), syntheticGather(11, small), syntheticGather(12, small)];
    expect(again.shot).toEqual(one.shot);
    expect(again.labels).toEqual(one.labels);
    expect(other.shot.amplitudes).not.toEqual(one.shot.amplitudes);
  });

  it('hold finite samples, one label a trace, and onsets inside the record', () => {
    for (const seed of seeds(60)) {
      const { shot, labels, onsets, breaks } = syntheticGather(seed, small);
      expect(shot.amplitudes.every(Number.isFinite)).toBe(true);
      expect(labels.length).toBe(shot.traces.length);
      expect(shot.amplitudes.length).toBe(shot.traces.length * shot.samples);
      const end = shot.firstSample.time + (shot.samples - 1) * shot.sampleInterval;
      onsets.forEach((onset, i) => {
        expect(onset === undefined).toBe(labels[i].kind !== 'onset');
        if (onset === undefined) return;
        expect(onset).toBe(breaks[i]);
        expect(onset).toBeGreaterThan(shot.firstSample.time);
        expect(onset).toBeLessThan(end);
      });
    }
  });

  it('come in the shares asked for', () => {
    const made = seeds(150).map((seed) => syntheticGather(seed, { mostSamples: 8000, channels: [24, 32] }).about);
    const share = (holds: (about: SyntheticGather['about']) => boolean) => made.filter(holds).length / made.length;
    for (const setting of Object.keys(RECIPE.settings) as Setting[])
      expect(Math.abs(share((about) => about.setting === setting) - RECIPE.settings[setting])).toBeLessThan(0.12);
    const land = made.filter(({ setting }) => setting !== 'ocean-bottom');
    const weak = land.filter(({ later }) => later === 'weak').length / land.length;
    expect(Math.abs(weak - RECIPE.later.weak)).toBeLessThan(0.12);
  });

  it('cover intervals from 1/32 to 4 ms, pre-trigger and none, 24 to several hundred traces', () => {
    const shots = seeds(120, 500).map((seed) => syntheticGather(seed, { mostSamples: 100_000 }).shot);
    const intervals = new Set(shots.map(({ sampleInterval }) => sampleInterval as number));
    for (const interval of [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4]) expect(intervals).toContain(interval);
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(1 / 32);
    expect(Math.max(...intervals)).toBe(4);
    const before = shots.filter(({ firstSample }) => firstSample.time < 0).length;
    expect(before).toBeGreaterThan(10);
    expect(before).toBeLessThan(60);
    const traces = shots.map((shot) => shot.traces.length);
    expect(Math.min(...traces)).toBe(24);
    expect(Math.max(...traces)).toBeGreaterThan(200);
  });

  it.each(['near-surface', 'hard-rock'] as const)(
    '%s: a picker that knows nothing of them finds the onsets of quiet shots',
    (setting) => {
      const errors = seeds(16, 900).flatMap((seed) => {
        const { shot, onsets, about } = syntheticGather(seed, quiet(setting));
        return pickClassical(shot).flatMap((pick, i) =>
          onsets[i] === undefined || pick.kind !== 'picked' ? [] : [(pick.time - onsets[i]) / about.period],
        );
      });
      const sorted = errors.sort((a, b) => a - b);
      expect(sorted.length).toBeGreaterThan(300);
      // In periods of the wave.
      expect(Math.abs(sorted[sorted.length >> 1])).toBeLessThan(0.1);
      expect(errors.filter((error) => Math.abs(error) < 0.25).length / errors.length).toBeGreaterThan(0.55);
    },
  );

  it('keep the ground still until the break: without noise nothing stands before the onset', () => {
    for (const seed of seeds(25, 300)) {
      const { shot, onsets, about } = syntheticGather(seed, { ...quiet('near-surface'), signalToNoise: [140, 150] });
      if (about.waveform === 'klauder') continue;
      shot.traces.forEach((_, i) => {
        const onset = onsets[i];
        if (onset === undefined || about.channels[i].kind !== 'sound') return;
        const x = row(shot, i);
        const at = Math.floor((onset - shot.firstSample.time) / shot.sampleInterval);
        const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const offset = x[0];
        const early = x.subarray(0, at).reduce((most, value) => Math.max(most, Math.abs(value - offset)), 0);
        expect(early / largest).toBeLessThan(0.06);
      });
    }
  });
});

describe('hidden breaks', () => {
  it('are asked for the less the louder the noise', () => {
    const shares = ([from, to]: readonly [number, number]) => {
      const labels = seeds(25, 40).flatMap(
        (seed) => syntheticGather(seed, { ...small, settings: only('near-surface'), signalToNoise: [from, to] }).labels,
      );
      const live = labels.filter(({ kind }) => kind !== 'dead');
      return live.filter(({ kind }) => kind === 'unknown').length / live.length;
    };
    const [loud, usual, still] = [shares([-25, -20]), shares([-10, 10]), shares([35, 40])];
    expect(loud).toBeGreaterThan(0.8);
    expect(usual).toBeGreaterThan(still);
    expect(still).toBeLessThan(0.1);
  });

  const axis = { first: 0, interval: 1, samples: 400 };
  const wave = { lobe: 1, onset: 200, period: 20 };
  const still = () => ({ unrest: new Float32Array(400), coherent: new Float32Array(400) });

  it.each([
    [170, 1.01, false],
    [170, 0.99, true], // lower than the break
    [201, 1.01, false], // on it
    [210, 5, true], // behind it
    [130, 5, true], // long before it
  ])('behind a crest at %d of height %d: seen %s', (at, height, seen) => {
    const noise = still();
    noise.coherent[at] = -height;
    expect(canBeSeen(wave, noise, axis)).toBe(seen);
  });

  it('are those below the level of the noise around them, within the band of the wave', () => {
    const slow = (decibels: number) =>
      Float32Array.from(
        { length: 400 },
        (_, k) => Math.SQRT2 * 10 ** (decibels / 20) * Math.sin((2 * Math.PI * k) / 20),
      );
    expect(canBeSeen(wave, { ...still(), unrest: slow(HIDDEN_BELOW * -1 - 1) }, axis)).toBe(true);
    expect(canBeSeen(wave, { ...still(), unrest: slow(HIDDEN_BELOW * -1 + 1) }, axis)).toBe(false);
    // Twice as high, but every second sample: averaged away.
    const quick = Float32Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? 8 : -8));
    expect(canBeSeen(wave, { ...still(), unrest: quick }, axis)).toBe(true);
  });

  describe('the share of its lobe at which a wave is seen', () => {
    /** Unit deviation, at the period of the wave. */
    const hum = (height: number, from = 0, to = 400) =>
      Float32Array.from({ length: 400 }, (_, k) =>
        k >= from && k < to ? height * Math.SQRT2 * Math.sin((2 * Math.PI * k) / 20) : 0,
      );
    const share = (height: number, lobe = 1) => visibleShare({ ...wave, lobe }, hum(height), axis);

    it('is 5 % where the noise is low', () => {
      expect(share(0)).toBe(ONSET_SHARE);
      expect(share(0.05)).toBe(ONSET_SHARE); // 26 dB
    });

    it('is six tenths of the deviation of the noise where that is more', () => {
      for (const height of [0.1, 0.2, 0.4, 0.7]) expect(share(height) / height).toBeCloseTo(0.58, 1);
      expect(share(0.4, 2)).toBeCloseTo(share(0.2), 6);
      expect(share(0.4)).toBeCloseTo(2 * share(0.2), 6);
    });

    it('is never more than half', () => {
      for (const height of [1, 3, 1e6]) expect(share(height)).toBe(0.5);
    });

    it('depends on the noise right before and on the break alone', () => {
      const far = hum(5);
      far.fill(0, 160, 220);
      expect(visibleShare(wave, far, axis)).toBe(ONSET_SHARE);
      expect(visibleShare(wave, hum(0.4, 160, 220), axis)).toBe(share(0.4));
    });

    it('does not depend on noise far above the band of the wave', () => {
      const quick = Float32Array.from({ length: 400 }, (_, k) => (k % 2 === 0 ? 0.2 : -0.2));
      expect(share(0.2)).toBeGreaterThan(2 * ONSET_SHARE);
      expect(visibleShare(wave, quick, axis)).toBe(ONSET_SHARE);
    });
  });

  it.each([0, 0.5, 399, 450, -20])('are those at sample %d, outside the record or at its ends', (onset) => {
    expect(canBeSeen({ ...wave, onset }, still(), axis)).toBe(false);
  });
});

it('louder noise on the same shot: the label moves behind the arrival, by less than a period', () => {
  const later: number[] = [];
  for (const seed of seeds(20)) {
    const [still, usual, loud] = [60, 20, 0].map((decibels) =>
      syntheticGather(seed, { ...small, settings: only('near-surface'), signalToNoise: [decibels, decibels] }),
    );
    expect(usual.shot.traces).toEqual(still.shot.traces);
    expect(loud.about.channels).toEqual(still.about.channels);
    still.breaks.forEach((time, i) => {
      if (time === undefined) return;
      expect(usual.breaks[i]).toBeGreaterThanOrEqual(time);
      expect(loud.breaks[i]).toBeGreaterThanOrEqual(usual.breaks[i]!);
      later.push((loud.breaks[i]! - time) / still.about.period);
    });
  }
  later.sort((a, b) => a - b);
  expect(later[later.length >> 1]).toBeGreaterThan(0.04);
  expect(later[later.length >> 1]).toBeLessThan(0.15);
  expect(later.at(-1)).toBeLessThan(1);
});

describe('damaged channels', () => {
  it('say what is wrong with them', () => {
    const kinds = new Map<string, number>();
    /** Whether more than two samples stand at the largest value. A single spike that is cut off leaves one. */
    const [clipped, sound]: readonly boolean[][] = [[], []];
    for (const seed of seeds(120, 700)) {
      const { shot, labels, about } = syntheticGather(seed, { mostSamples: 20_000, channels: [24, 40] });
      about.channels.forEach((channel, i) => {
        kinds.set(channel.kind, (kinds.get(channel.kind) ?? 0) + 1);
        expect(labels[i].kind === 'dead').toBe(channel.kind === 'dead');
        const x = row(shot, i);
        if (channel.kind === 'dead' && channel.shows === 'zeros') expect(x.every((value) => value === 0)).toBe(true);
        if (channel.kind === 'dead' && channel.shows === 'constant')
          expect(x.every((value) => value === x[0])).toBe(true);
        const most = x.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const level = x.filter((value) => Math.abs(value) > 0.999 * most).length > 2;
        if (channel.kind === 'clipped') clipped.push(level);
        if (channel.kind === 'sound') sound.push(level);
      });
    }
    for (const kind of ['sound', 'dead', 'weak', 'noisy', 'clipped', 'cross-talk', 'swapped'])
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(0);
    const share = (of: readonly boolean[]) => of.filter(Boolean).length / of.length;
    expect(share(clipped)).toBeGreaterThan(0.9);
    expect(share(sound)).toBeLessThan(0.02);
  });
});

describe('ocean-bottom gathers', () => {
  it('have a weak first break seconds before a far stronger wave, and little moveout', () => {
    let [stronger, flat, count] = [0, 0, 0];
    for (const seed of seeds(30, 60)) {
      const { shot, onsets, breaks, about } = syntheticGather(seed, {
        settings: only('ocean-bottom'),
        signalToNoise: [15, 30],
      });
      const known = breaks.filter((time) => time !== undefined);
      expect(Math.min(...known)).toBeGreaterThan(250);
      const ratios = onsets.flatMap((onset, i) => {
        if (onset === undefined || about.channels[i].kind !== 'sound') return [];
        const x = row(shot, i);
        const at = Math.round((onset - shot.firstSample.time) / shot.sampleInterval);
        const few = Math.round(about.period / shot.sampleInterval);
        const peak = (from: number, to: number) =>
          x.subarray(from, to).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        return [peak(at + 3 * few, x.length) / peak(at, at + few)];
      });
      if (ratios.length === 0) continue;
      count++;
      if (ratios.sort((a, b) => a - b)[ratios.length >> 1] > 4) stronger++;
      const length = shot.samples * shot.sampleInterval;
      if (Math.max(...known) - Math.min(...known) < 0.2 * length) flat++;
    }
    expect(count).toBeGreaterThan(20);
    expect(stronger / count).toBeGreaterThan(0.6);
    expect(flat / count).toBeGreaterThan(0.6);
  });
});
