/** What a picker makes of labelled shots, trace by trace, and how that becomes rows for a score. */
import { type Convention, toConvention } from '#shared/picking/convention.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { type Pick, recordedSample } from '#shared/picks.ts';
import type { JudgedTrace } from '#shared/report/abstention.ts';
import type { JudgedPick } from '#shared/report/reliability.ts';
import { type Agreement, type PickRow, score } from '#shared/report/score.ts';
import { conditionOf } from '#shared/signal/trace-condition.ts';
import { recorded } from '#shared/signal/with-amplitudes.ts';
import type { Milliseconds } from '#shared/units.ts';
import type { LabelledShot } from '../data/labelled.ts';

export interface PickedGather {
  readonly labelled: LabelledShot;
  /** In the convention of the site; `picks[i]` belongs to `labelled.shot.traces[i]`. */
  readonly picks: readonly Pick[];
  /** As the picker gave them. */
  readonly onsets: readonly Pick[];
}

const NOTHING = new Float32Array(0);

/** The amplitudes are not kept: there may be many shots. */
export async function picked(labelled: LabelledShot, picker: Picker, convention: Convention): Promise<PickedGather> {
  const onsets = await picker.pick(labelled.shot);
  return {
    labelled: { ...labelled, shot: { ...labelled.shot, amplitudes: NOTHING } },
    picks: toConvention(labelled.shot, onsets, convention),
    onsets,
  };
}

/** The shot with labels of traces that recorded nothing taken away: a person who drew a line through them saw no break. */
export function withoutFlat(labelled: LabelledShot): LabelledShot {
  const labels = labelled.labels.map((label, i) =>
    label.kind === 'onset' && conditionOf(recorded(labelled.shot, i)).dead ? { kind: 'dead' as const } : label,
  );
  return { ...labelled, labels };
}

/** A trace that a person picked, and what became of it. */
export interface Asked {
  readonly gather: PickedGather;
  /** Index in `labelled.shot.traces`. */
  readonly trace: number;
  readonly truth: Milliseconds;
  readonly pick: Pick;
}

export const askedOf = (gathers: readonly PickedGather[]): readonly Asked[] =>
  gathers.flatMap((gather) =>
    gather.labelled.labels.flatMap((label, trace) =>
      label.kind === 'onset' ? [{ gather, trace, truth: label.time, pick: gather.picks[trace] }] : [],
    ),
  );

export const isHit = ({ pick, truth }: Asked, tolerance: Milliseconds): boolean =>
  pick.kind === 'picked' && Math.abs(pick.time - truth) < tolerance;

/** For abstention: every trace that a person picked. */
export const judgedTraces = (asked: readonly Asked[], tolerance: Milliseconds): readonly JudgedTrace[] =>
  asked.map((each) => ({
    confidence: each.pick.kind === 'picked' ? each.pick.confidence : undefined,
    hit: isHit(each, tolerance),
  }));

/** For reliability: those of them that were picked. */
export const judgedPicks = (asked: readonly Asked[], tolerance: Milliseconds): readonly JudgedPick[] =>
  judgedTraces(asked, tolerance).flatMap(({ confidence, hit }) =>
    confidence === undefined ? [] : [{ confidence, hit }],
  );

/**
 * The score of all gathers.
 * @param counts which of the traces that a person picked count
 */
export function agreementOf(
  gathers: readonly PickedGather[],
  counts: (gather: PickedGather, trace: number) => boolean = () => true,
): Agreement {
  const picks: PickRow[] = [];
  const reference: PickRow[] = [];
  for (const [n, gather] of gathers.entries()) {
    const { shot, labels, file } = gather.labelled;
    shot.traces.forEach((trace, i) => {
      // Shots of one file are told apart by their number, as one file of many shots may count its traces anew.
      const place = { file: `${n}/${file}`, trace: i, ffid: n };
      const at = (time: Milliseconds) => ({ ...place, time, sample: recordedSample(shot, trace, time) });
      const pick = gather.picks[i];
      const label = labels[i];
      picks.push(pick.kind === 'picked' ? at(pick.time) : place);
      if (label.kind === 'onset' && counts(gather, i)) reference.push(at(label.time));
    });
  }
  return score(picks, reference).all;
}
