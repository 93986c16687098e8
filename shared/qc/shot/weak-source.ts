/** A shot much weaker than the others of the line at the same distances, in noise no weaker: less energy, or a plate that did not couple. */
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { columnsOf } from '../line/columns.ts';
import type { ShotSummary, TraceSummary } from '../line/summary.ts';
import { middle } from '../middle.ts';
import { rememberedJudge } from '../remembered.ts';
import { grossFault } from './gross.ts';
import { tenths } from './numbers.ts';
import { ownSummary } from './own-summary.ts';

const LEAST_SHOTS = 3;
const LEAST_TRACES = 5;
/** What noise leaves unseen of a signal: half of its amplitude. */
const UNSEEN = 0.5;
/** dB that noise must have fallen less than the signal: down together is a gain that was changed. */
const APART = 3;

export const weakSource: Judge = rememberedJudge((facts, profile): readonly Remark[] => {
  const { shots = [] } = facts.line ?? {};
  if (shots.length < LEAST_SHOTS || grossFault(facts, profile)) return [];
  const own = ownSummary(facts);
  const alike = shots.filter(({ unit }) => unit === own.unit);
  if (alike.length < LEAST_SHOTS) return [];
  const { bins, signals, noises } = levelsOf(own);
  const usual = usualLevels(alike, new Set(bins));
  const below = own.traces.flatMap((_, k) => {
    const at = usual.get(bins[k]);
    const [signal, noise] = [ratio(signals[k], at?.signal), ratio(noises[k], at?.noise)];
    return signal === undefined || noise === undefined ? [] : [{ signal, noise }];
  });
  if (below.length < LEAST_TRACES) return [];
  const signal = middle(below.map((one) => one.signal))!;
  const noise = middle(below.map((one) => one.noise))!;
  const limit = profile.limits['weak-source.below-line'];
  if (signal > -limit || noise - signal < APART) return [];
  return [
    {
      code: 'weak-source',
      severity: 'warn',
      traces: [],
      value: tenths(signal),
      unit: 'dB',
      threshold: -limit,
      cause:
        'a light or glancing blow, fewer stacks, a plate or shot hole that did not couple, a detonator without its charge',
      advice: 'shoot again if the far traces matter; check plate, hole and count of stacks',
      says: `the source was ${tenths(-signal)} dB weaker than the line’s`,
    },
  ];
});

/** About the same distance: fifths of an octave; by channel, behind all distances, where distances are not known. */
const binOf = ({ distance, channel }: TraceSummary): number =>
  distance === undefined ? BEYOND + channel : Math.round(5 * Math.log2(Math.max(distance, 1)));

const BEYOND = 1e6;

interface Levels {
  readonly bins: Float64Array;
  /** What is above the noise: of a weak shot noise would be half of the rest. [trace] */
  readonly signals: Float64Array;
  readonly noises: Float64Array;
}

/** Kept: many later shots are held against the same shot. */
function levelsOf(shot: Pick<ShotSummary, 'traces'>): Levels {
  const known = levels.get(shot.traces);
  if (known) return known;
  const { signal, noise } = columnsOf(shot);
  const made = {
    bins: Float64Array.from(shot.traces, binOf),
    signals: signal.map((value, k) => Math.sqrt(Math.max(value ** 2 - noise[k] ** 2, (UNSEEN * noise[k]) ** 2))),
    noises: noise,
  };
  levels.set(shot.traces, made);
  return made;
}

const levels = new WeakMap<readonly TraceSummary[], Levels>();

/** Median of each of these bins over the shots. */
function usualLevels(shots: readonly ShotSummary[], wanted: ReadonlySet<number>) {
  const found = new Map([...wanted].map((bin) => [bin, { signal: [] as number[], noise: [] as number[] }]));
  for (const shot of shots) {
    const { bins, signals, noises } = levelsOf(shot);
    for (let k = 0; k < bins.length; k++) {
      const at = found.get(bins[k]);
      if (at === undefined) continue;
      if (signals[k] > 0) at.signal.push(signals[k]);
      if (noises[k] > 0) at.noise.push(noises[k]);
    }
  }
  return new Map([...found].map(([bin, { signal, noise }]) => [bin, { signal: middle(signal), noise: middle(noise) }]));
}

/** dB. */
const ratio = (own: number, usual: number | undefined): number | undefined =>
  !(own > 0) || usual === undefined ? undefined : 20 * Math.log10(own / usual);
