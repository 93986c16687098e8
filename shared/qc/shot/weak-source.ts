/** A shot much weaker than the others of the line at the same distances, in noise no weaker: less energy, or a plate that did not couple. */
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
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
  const usual = usualLevels(alike);
  const below = own.traces.flatMap((trace) => {
    const at = usual.get(binOf(trace));
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

/** About the same distance: fifths of an octave; by channel where distances are not known. */
const binOf = ({ distance, channel }: TraceSummary): string =>
  distance === undefined ? `channel ${channel}` : `${Math.round(5 * Math.log2(Math.max(distance, 1)))}`;

/** Median of each bin over the shots. */
function usualLevels(shots: readonly ShotSummary[]) {
  const bins = Map.groupBy(
    shots.flatMap(({ traces }) => traces),
    binOf,
  );
  const usual = (traces: readonly TraceSummary[], of: 'signal' | 'noise') =>
    middle(traces.flatMap((trace) => (trace[of] !== undefined && trace[of] > 0 ? [trace[of]] : [])));
  return new Map(
    [...bins].map(([bin, traces]) => [bin, { signal: usual(traces, 'signal'), noise: usual(traces, 'noise') }]),
  );
}

/** dB. */
const ratio = (own: number | undefined, usual: number | undefined): number | undefined =>
  own === undefined || !(own > 0) || usual === undefined ? undefined : 20 * Math.log10(own / usual);
