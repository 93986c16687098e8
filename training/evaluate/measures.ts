/** The numbers of one picker on one site, from what it made of each shot. Shares are 0–1, `undefined` where there was nothing to count. */
import { abstention, atCoverage } from '#shared/report/abstention.ts';
import { type Reliability, reliability } from '#shared/report/reliability.ts';
import type { Agreement } from '#shared/report/score.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import { agree, COARSER, type Coarser, DEAD, type Dead } from './changed-shots.ts';
import { agreementOf, askedOf, isHit, judgedPicks, judgedTraces, type PickedGather } from './outcomes.ts';
import type { SiteFacts } from './sites.ts';
import type { Observed } from './trials.ts';

export interface Measures {
  readonly agreement: Agreement;
  /** Of the onsets as they were picked, where people went by another convention. */
  readonly onsets?: Agreement;
  readonly bySignalToNoise: readonly SignalToNoiseBin[];
  /** Hit rate within the site's tolerance: as recorded, and with noise. */
  readonly noise: { readonly without: number | undefined; readonly with: number | undefined };
  readonly coarser: readonly Consistency[];
  readonly dead: readonly { readonly how: Dead | 'left unpicked'; readonly traces: number; readonly skipped: number }[];
  readonly reliability: Reliability;
  readonly abstention: {
    /** Hit rates of the picks that are kept, within the site's tolerance. */
    readonly curve: readonly { readonly coverage: number; readonly hitRate: number }[];
    /** The least confident picks are left out until 95 % of the traces keep one; undefined when fewer were picked. */
    readonly hitRateAt95: number | undefined;
  };
  /** Share of the labelled traces by error, picked later is positive; the rest is further away or not picked. */
  readonly errors: { readonly widthMs: number; readonly from: number; readonly shares: readonly number[] };
}

export interface SignalToNoiseBin {
  /** dB; undefined: no limit. Both undefined: the record begins too near before the break to tell. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly traces: number;
  readonly hitRateMs: Agreement['hitRateMs'];
}

export interface Consistency {
  readonly how: Coarser;
  /** Traces that a person picked, in records that hold their first breaks. */
  readonly traces: number;
  /** Of those, the picks of both records agree within half a sample of the coarser one … */
  readonly withinHalfSample: number | undefined;
  /** … and within 1 ms. */
  readonly withinOneMs: number | undefined;
}

/** dB. */
const LIMITS = [undefined, 0, 5, 10, 20, 30, undefined] as const;
/** Points of an abstention curve, and the picks that the first one stands for. */
const POINTS = 50;
const LEAST_KEPT = 5;
/** Bins of the error histogram, on each side. */
const ERROR_BINS = 15;

export function measure(observed: readonly Observed[], { toleranceMs, convention }: SiteFacts): Measures {
  const gathers = observed.map(({ gather }) => gather);
  const asked = askedOf(gathers);
  const curve = abstention(judgedTraces(asked, toleranceMs));
  return {
    agreement: agreementOf(gathers),
    ...(convention !== 'onset' && {
      onsets: agreementOf(gathers.map((gather) => ({ ...gather, picks: gather.onsets }))),
    }),
    bySignalToNoise: bySignalToNoise(observed),
    noise: {
      without: hitRate(gathers, toleranceMs),
      with: hitRate(
        observed.flatMap(({ noisy }) => noisy),
        toleranceMs,
      ),
    },
    coarser: COARSER.map((how) => consistency(observed, how)),
    dead: [leftUnpicked(observed), ...DEAD.map((how) => planted(observed, how))],
    reliability: reliability(judgedPicks(asked, toleranceMs)),
    abstention: {
      curve: curve
        .filter(({ coverage }) => Math.round(coverage * asked.length) >= LEAST_KEPT)
        .filter((_, i, kept) => i === kept.length - 1 || i % Math.ceil(kept.length / POINTS) === 0)
        .map(({ coverage, hitRate }) => ({ coverage, hitRate })),
      hitRateAt95: atCoverage(curve, 0.95)?.hitRate,
    },
    errors: errorsOf(gathers, toleranceMs),
  };
}

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

function hitRate(gathers: readonly PickedGather[], tolerance: Milliseconds): number | undefined {
  const asked = askedOf(gathers);
  return share(asked.filter((each) => isHit(each, tolerance)).length, asked.length);
}

function bySignalToNoise(observed: readonly Observed[]): readonly SignalToNoiseBin[] {
  const levels = new Map(observed.map(({ gather, signalToNoise }) => [gather, signalToNoise]));
  const gathers = [...levels.keys()];
  const bin = (from: number | undefined, to: number | undefined, holds: (level: number | undefined) => boolean) => {
    const { referencePicks, hitRateMs } = agreementOf(gathers, (gather, trace) => holds(levels.get(gather)![trace]));
    return { from, to, traces: referencePicks, hitRateMs };
  };
  return [
    ...LIMITS.slice(1).map((to, i) =>
      bin(LIMITS[i], to, (level) => level !== undefined && level >= (LIMITS[i] ?? -1e9) && level < (to ?? 1e9)),
    ),
    bin(undefined, undefined, (level) => level === undefined),
  ];
}

function consistency(observed: readonly Observed[], how: Coarser): Consistency {
  let [traces, half, one] = [0, 0, 0];
  for (const { gather, coarser } of observed) {
    const other = coarser.find((each) => each.how === how)?.gather;
    if (!other) continue;
    const { shot } = gather.labelled;
    const place = new Map(shot.traces.map(({ index }, i) => [index, i]));
    other.labelled.shot.traces.forEach(({ index }, i) => {
      if (other.labelled.labels[i].kind !== 'onset') return;
      const [a, b] = [gather.picks[place.get(index)!], other.picks[i]];
      traces++;
      if (agree(a, b, ms(other.labelled.shot.sampleInterval / 2))) half++;
      if (agree(a, b, ms(1))) one++;
    });
  }
  return { how, traces, withinHalfSample: share(half, traces), withinOneMs: share(one, traces) };
}

function leftUnpicked(observed: readonly Observed[]) {
  const picks = observed.flatMap(({ gather, leftAsDead }) => leftAsDead.map((i) => gather.picks[i]));
  return {
    how: 'left unpicked' as const,
    traces: picks.length,
    skipped: picks.filter(({ kind }) => kind === 'skipped').length,
  };
}

function planted(observed: readonly Observed[], how: Dead) {
  const picks = observed
    .flatMap(({ dead }) => dead.filter((each) => each.how === how))
    .flatMap(({ gather }) => gather.picks.filter((_, i) => gather.labelled.labels[i].kind === 'dead'));
  return { how, traces: picks.length, skipped: picks.filter(({ kind }) => kind === 'skipped').length };
}

function errorsOf(gathers: readonly PickedGather[], tolerance: Milliseconds): Measures['errors'] {
  const widthMs = tolerance / 5;
  const asked = askedOf(gathers);
  const counts = new Array<number>(2 * ERROR_BINS).fill(0);
  for (const { pick, truth } of asked) {
    if (pick.kind !== 'picked') continue;
    const bin = Math.floor((pick.time - truth) / widthMs) + ERROR_BINS;
    if (bin >= 0 && bin < counts.length) counts[bin]++;
  }
  return { widthMs, from: -ERROR_BINS * widthMs, shares: counts.map((count) => count / Math.max(1, asked.length)) };
}
