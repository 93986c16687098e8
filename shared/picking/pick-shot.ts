/**
 * The whole flow on one page: a shot goes in, one pick or reason per trace comes out.
 *
 *   open ─▶ Shot ─▶ timed ─▶ Picker.pick ─▶ convention ─▶ confidence gate ─▶ Picks
 */
import { type Shot, type TimedShot, timed } from '../gather.ts';
import type { Pick, PickedShot } from '../picks.ts';
import { type Convention, toConvention } from './convention.ts';

/** Anything that finds first breaks: classical or learned. The same shot always gives the same picks. */
export interface Picker {
  /** Goes into the `model` column of every report. */
  readonly name: string;
  /** Of a learned picker: what computes it, and the SHA-256 of its weights. */
  readonly learned?: { readonly runtime: string; readonly digest: string };
  /** One pick a trace, in the order of `shot.traces`; times are onsets. Leaves the shot as it is. */
  pick(shot: TimedShot): Promise<readonly Pick[]>;
}

export interface PickOptions {
  /** Picks below are skipped as `low-confidence`. @default 0 */
  readonly minConfidence?: number;
  /** What is called the first break. @default 'onset' */
  readonly convention?: Convention;
}

/** @throws RecordError `no-sample-interval` */
export async function pickShot(
  file: string,
  shot: Shot,
  picker: Picker,
  { minConfidence = 0, convention = 'onset' }: PickOptions = {},
): Promise<PickedShot> {
  const known = timed(shot, file);
  const onsets = await picker.pick(known);
  const picks = toConvention(known, onsets, convention).map(
    (pick): Pick =>
      pick.kind === 'picked' && pick.confidence < minConfidence ? { kind: 'skipped', reason: 'low-confidence' } : pick,
  );
  return { file, shot, picks, model: picker.name };
}
