/** A look at a generator: its windows beside real ones, as numbers and as a sheet of pictures. */
import { SAMPLES } from '#shared/model/window.ts';
import type { Parameters } from '../../network/parameters.ts';
import { diceOf } from '../../synthetic/dice.ts';
import { make, type RawBatch, type RawPlan } from '../batches.ts';
import { COMPANDED } from '../companding.ts';
import { sheetOf } from '../sheet.ts';
import { drawZ, windowsOf } from './gradients.ts';
import {
  type Distances,
  type Diversity,
  distancesOf,
  diversityOf,
  isCollapsed,
  portraitOf,
  type WindowSet,
} from './monitors.ts';
import type { GanSettings } from './settings.ts';

/** A line of looks.jsonl. */
export interface GanLook {
  readonly step: number;
  readonly distances: Distances;
  /** The same between two sets of real windows: what there is to reach. */
  readonly yardstick: Distances;
  /** Geometric mean of the distances, each over its yardstick. */
  readonly unlikeness: number;
  readonly diversity: Diversity;
  readonly collapsed: boolean;
}

/** The last look, and the one that found least unlikeness without a collapse. */
export interface Looks {
  readonly last: GanLook;
  readonly best?: GanLook;
}

/** A generator begins with windows that are all alike; from this step on they should not be. */
const EARLY = 500;

/** What is to be said aloud after a look. */
export function newsOf(before: Looks | undefined, look: GanLook): string | undefined {
  const isNews = (step: number) => before?.best !== undefined || step >= EARLY;
  const fallen = before?.last.collapsed ? before.last.step : undefined;
  const was = fallen !== undefined && isNews(fallen);
  const is = look.collapsed && isNews(look.step);
  if (is === was) return undefined;
  if (!is) return `the generator has recovered at step ${look.step}`;
  const times = (share: number) => `${share.toFixed(2)} times`;
  const { pairs, nearest } = look.diversity;
  return (
    `the generator has collapsed at step ${look.step}: its windows differ ${times(pairs)} as much as real ones, ` +
    `nearest ones ${times(nearest)}; the training goes on`
  );
}

const Z_WORD = 9;
const [ACROSS, DOWN] = [8, 3];

/**
 * Real windows are cut once, from the shots that are learnt from.
 * @param count windows of each set that is compared
 */
export function looker(settings: GanSettings, plan: RawPlan, count: number) {
  const { seed, traces, latent } = settings;
  const cut = (k: number): WindowSet => ({
    traces,
    values: compandedOf(make({ ...plan, purpose: 'validation', windows: count }, k)),
  });
  let real: ReturnType<typeof realSide> | undefined;
  const realSide = () => {
    const [windows, others] = [cut(0), cut(1)];
    const portrait = portraitOf(windows);
    return { windows, portrait, yardstick: distancesOf(portrait, portraitOf(others)) };
  };
  return async (step: number, generator: Parameters): Promise<{ look: GanLook; sheet: Uint8Array }> => {
    real ??= realSide();
    const z = drawZ(count * latent, diceOf(seed, Z_WORD));
    const made: WindowSet = { traces, values: await windowsOf(z, generator, settings) };
    const portrait = portraitOf(made);
    const distances = distancesOf(portrait, real.portrait);
    const diversity = diversityOf(portrait, real.portrait);
    const look = {
      step,
      distances,
      yardstick: real.yardstick,
      unlikeness: unlikeness(distances, real.yardstick),
      diversity,
      collapsed: isCollapsed(diversity),
    };
    return { look, sheet: await samples(made, real.windows, step) };
  };
}

const MEASURES = ['spectrum', 'autocorrelation', 'moveout', 'coherence'] as const satisfies (keyof Distances)[];

const unlikeness = (distances: Distances, yardstick: Distances): number =>
  Math.exp(MEASURES.reduce((sum, name) => sum + Math.log(distances[name] / yardstick[name]), 0) / MEASURES.length);

/** The companded channel of a batch. [window, trace, sample] */
export function compandedOf({ shape: [, , , channels], features }: RawBatch): Float32Array {
  return Float32Array.from({ length: features.length / channels }, (_, i) => features[i * channels + COMPANDED]);
}

const samples = (made: WindowSet, real: WindowSet, step: number): Promise<Uint8Array> =>
  sheetOf(
    [
      { title: `generated, step ${step}`, set: made },
      { title: 'real', set: real },
    ].flatMap(({ title, set: { values, traces } }) =>
      Array.from({ length: DOWN }, (_, row) => ({
        title: row === 0 ? title : '',
        windows: Array.from({ length: ACROSS }, (_, i) => {
          const size = traces * SAMPLES;
          const at = (row * ACROSS + i) * size;
          return values.subarray(at, at + size);
        }),
      })),
    ),
    { perTrace: 5 },
  );
