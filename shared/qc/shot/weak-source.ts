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

export const weakSource: Judge = rememberedJudge((facts, profile): readonly Remark[] => {
  const { shots = [] } = facts.line ?? {};
  if (shots.length < LEAST_SHOTS || grossFault(facts, profile)) return [];
  const own = ownSummary(facts);
  const alike = shots.filter(({ unit }) => unit === own.unit);
  if (alike.length < LEAST_SHOTS) return [];
  const usual = usualLevels(alike, new Set(binsOf(own.traces)));
  const below = own.traces.flatMap((trace, k) => {
    const at = usual.get(binsOf(own.traces)[k]);
    const [signal, noise] = [ratio(trace.signal, at?.signal), ratio(trace.noise, at?.noise)];
    return signal === undefined || noise === undefined ? [] : [{ signal, noise }];
  });
  if (below.length < LEAST_TRACES) return [];
  const signal = middle(below.map((one) => one.signal))!;
  const noise = middle(below.map((one) => one.noise))!;
  const limit = profile.limits['weak-source.below-line'];
  // Signal and noise down together is a gain that was changed.
  if (signal > -limit || noise - signal < limit / 2) return [];
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

/** Kept: many later shots are held against the same shot. */
function binsOf(traces: readonly TraceSummary[]): Float64Array {
  const known = bins.get(traces);
  if (known) return known;
  const made = Float64Array.from(traces, binOf);
  bins.set(traces, made);
  return made;
}

const bins = new WeakMap<readonly TraceSummary[], Float64Array>();

/** Median of each of these bins over the shots. */
function usualLevels(shots: readonly ShotSummary[], wanted: ReadonlySet<number>) {
  const found = new Map([...wanted].map((bin) => [bin, { signal: [] as number[], noise: [] as number[] }]));
  for (const shot of shots) {
    const bins = binsOf(shot.traces);
    const { signal, noise } = columnsOf(shot);
    for (let k = 0; k < bins.length; k++) {
      const at = found.get(bins[k]);
      if (at === undefined) continue;
      if (signal[k] > 0) at.signal.push(signal[k]);
      if (noise[k] > 0) at.noise.push(noise[k]);
    }
  }
  return new Map([...found].map(([bin, { signal, noise }]) => [bin, { signal: middle(signal), noise: middle(noise) }]));
}

/** dB. */
const ratio = (own: number | undefined, usual: number | undefined): number | undefined =>
  own === undefined || !(own > 0) || usual === undefined ? undefined : 20 * Math.log10(own / usual);
