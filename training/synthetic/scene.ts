/** A shot before anything is recorded: where and when, over which ground, with what source, at which interval. All times in ms. */
import { metres } from '#shared/units.ts';
import { type Dice, smoothLine } from './dice.ts';
import { timeAt, travelTimes } from './eikonal.ts';
import { type Extent, type Ground, hardRockGround, nearSurfaceGround, seaGround } from './ground.ts';
import type { Later, Recipe, Setting } from './recipe.ts';
import { oceanBottomSpread, randomSpread, type Spread } from './spread.ts';
import type { WaveletKind } from './wavelets.ts';
import type { Axis } from './waves.ts';

export interface Scene {
  readonly setting: Setting;
  readonly later: Later;
  readonly spread: Spread;
  readonly ground: Ground;
  readonly axis: Axis;
  /** Of the first arrival near the shot. */
  readonly period: number;
  readonly waveform: WaveletKind;
  /** When the first wave reaches each receiver on the recorder's clock. */
  readonly arrival: Float64Array;
  /** What to add to times after the shot: the recorder's clock starts late or early, and receivers differ. */
  readonly delay: Float64Array;
  /** Depth of the water, ocean-bottom only. */
  readonly water: number;
}

export function randomScene(dice: Dice, recipe: Recipe): Scene {
  const setting = dice.share(recipe.settings);
  const later = setting === 'ocean-bottom' ? 'strong' : dice.share(recipe.later);
  const [least, most] = recipe.channels;
  const within = (from: number, to: number) =>
    Math.round(dice.logUniform(clamp(from, least, most), clamp(to, least, most)));
  const plan = {
    'near-surface': { channels: () => within(24, 144), spacing: [0.5, 6] },
    'hard-rock': { channels: () => within(48, 320), spacing: [5, 50] },
    'ocean-bottom': { channels: () => within(24, 64), spacing: [12, 180] },
  }[setting];
  const channels = setting === 'near-surface' && dice.chance(0.4) ? clamp(24, least, most) : plan.channels();
  const spread =
    setting === 'ocean-bottom'
      ? oceanBottomSpread(dice, channels)
      : randomSpread(
          dice,
          channels,
          dice.logUniform(plan.spacing[0], Math.min(plan.spacing[1], LONGEST_SPREAD / channels)),
        );
  const water = dice.logUniform(150, 3500);
  const { ground, times } = firstArrivals(dice, setting, spread, water);
  const { period, axis, delay } = clock(dice, setting, times, recipe.mostSamples / channels);
  return {
    setting,
    later,
    spread,
    ground,
    axis,
    period,
    waveform: dice.share(WAVEFORMS[setting]),
    arrival: times.map((time, i) => time + delay[i]),
    delay,
    water,
  };
}

/** Metres. */
const LONGEST_SPREAD = 8000;

const WAVEFORMS: Readonly<Record<Setting, Partial<Record<WaveletKind, number>>>> = {
  'near-surface': { berlage: 0.33, impulse: 0.22, hammer: 0.25, 'weight-drop': 0.12, ricker: 0.03, klauder: 0.05 },
  'hard-rock': { berlage: 0.25, impulse: 0.28, 'weight-drop': 0.12, ricker: 0.08, klauder: 0.27 },
  'ocean-bottom': { airgun: 0.7, berlage: 0.2, impulse: 0.1 },
};

/** Receivers beside the line are reached as if they stood on it at their distance from the shot. */
function firstArrivals(dice: Dice, setting: Setting, { x, offset, source }: Spread, water: number) {
  const along = x.map((value, i) => source.x + (value < source.x ? -offset[i] : offset[i]));
  const reach = Math.max(...offset);
  const extent: Extent = { from: Math.min(source.x, ...along), to: Math.max(source.x, ...along), reach };
  const ground =
    setting === 'ocean-bottom'
      ? seaGround(dice, extent, water)
      : setting === 'hard-rock'
        ? hardRockGround(dice, extent)
        : nearSurfaceGround(dice, extent);
  // Dynamite in a hole; the station under the sea stands for the source, as times are the same both ways.
  const hole = setting === 'hard-rock' && dice.chance(0.3) ? dice.uniform(2, 15) : 0;
  const depth = setting === 'ocean-bottom' ? water : hole;
  const field = travelTimes(ground.earth, { x: metres(source.x), depth: metres(depth) });
  return { ground, times: along.map((value) => timeAt(field, metres(value), metres(0))) };
}

const INTERVALS: Readonly<Record<Setting, readonly number[]>> = {
  'near-surface': [1 / 32, 1 / 16, 1 / 8, 1 / 8, 1 / 4, 1 / 4, 1 / 2, 1],
  'hard-rock': [0.5, 1, 2, 2, 4],
  'ocean-bottom': [2, 4, 4],
};
const FREQUENCIES: Readonly<Record<Setting, readonly [number, number]>> = {
  'near-surface': [18, 140],
  'hard-rock': [12, 70],
  'ocean-bottom': [6, 62],
};
/** Cut-out ocean-bottom records are at least this long, ms. */
const SHORTEST_CUT = 5000;
/** ms. */
const COARSEST = 4;
/** A shape needs this many samples a period to be recorded at all. */
const LEAST_SAMPLES_A_PERIOD = 4;

/** Period, time axis, and how far the recorder's clock is off. */
function clock(dice: Dice, setting: Setting, times: Float64Array, mostSamples: number) {
  const latest = Math.max(...times);
  const earliest = Math.min(...times);
  const [low, high] = FREQUENCIES[setting];
  // Waves from far on land have lost their high frequencies.
  const shortest = { 'near-surface': latest / 50, 'hard-rock': latest / 120, 'ocean-bottom': 0 }[setting];
  const wanted = Math.min(Math.max(1000 / dice.logUniform(low, high), shortest), Math.max(latest / 1.2, 1));
  const cap = Math.min(16_000, Math.floor(mostSamples));
  const span = setting === 'ocean-bottom' ? SHORTEST_CUT : (latest + 4 * wanted) * 1.1;
  const usable = INTERVALS[setting].filter(
    (interval) => wanted >= LEAST_SAMPLES_A_PERIOD * interval && span <= cap * interval,
  );
  // A spread too long for the samples allowed leaves its far end without breaks.
  const interval = usable.length > 0 ? dice.pick(usable) : Math.min(COARSEST, roundUp(span / cap));
  const period = Math.max(wanted, LEAST_SAMPLES_A_PERIOD * interval);
  const delay = delays(dice, times, period);
  if (setting === 'ocean-bottom') {
    // Cut out around the break: the axis begins at no particular time.
    const lead = dice.uniform(0.6, 5) * 1000 * dice.uniform(0.5, 1);
    const samples = Math.min(cap, Math.round((lead + dice.uniform(2500, 8000)) / interval));
    const shift = Math.min(lead, 0.8 * samples * interval) - earliest;
    return { period, axis: { first: 0, interval, samples }, delay: delay.map((value) => value + shift) };
  }
  const last = Math.max(...times.map((time, i) => time + delay[i]));
  const length = Math.max((last + 3 * period) * 1.05, latest / dice.logUniform(0.03, 0.95));
  const before = dice.chance(0.3) ? dice.logUniform(0.05, 2) * (0.3 * latest + 2 * period) : 0;
  const after = before === 0 && dice.chance(0.05) ? 0.6 * Math.max(0, earliest - 2 * period) : 0;
  const needed = Math.ceil((last + 3 * period) / interval);
  const lead = Math.min(Math.round(before / interval), Math.max(0, cap - needed));
  const samples = clamp(Math.round((length - after) / interval) + lead, Math.min(250, cap), cap);
  return {
    period,
    axis: { first: after > 0 ? roundTo(after, interval) : 0 - lead * interval, interval, samples },
    delay,
  };
}

/** The ground right under each receiver, nodes that drift, and a recorder that was triggered early or late. */
function delays(dice: Dice, times: Float64Array, period: number): Float64Array {
  const n = times.length;
  const rough = dice.chance(0.85) ? dice.logUniform(0.004, 0.2) * period : 0;
  const smooth = dice.chance(0.5)
    ? dice.logUniform(0.02, 0.6) * period * Math.min(1, Math.max(...times) / (8 * period))
    : 0;
  const line = smoothLine(dice, n, dice.uniform(2, 9));
  const trigger = dice.chance(0.3) ? dice.normal(0.3 * period) : dice.chance(0.05) ? dice.uniform(0, 6) * period : 0;
  return times.map((time, i) => {
    const local = dice.normal(rough) + smooth * line[i] + trigger;
    return Math.max(0.02 * period, time + local) - time;
  });
}

const roundTo = (value: number, step: number) => Math.round(value / step) * step;
/** Intervals are 1, 2, 4, 8 … times 1/32 ms. */
const roundUp = (value: number) => 2 ** Math.ceil(Math.log2(Math.max(value, 1 / 32)));
const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
