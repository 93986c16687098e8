/** What windows of a shot are laid along; it costs more than a window and is the same for all of them, so it is remembered. */
import type { TimedShot } from '#shared/gather.ts';
import { type Guide, guideOf } from '#shared/picking/classical.ts';
import { moveout } from '#shared/picking/guided-frame.ts';
import { type LiveRows, liveRows } from '#shared/picking/live-rows.ts';

export interface Prepared {
  readonly live: LiveRows;
  readonly guide: Guide;
  /** Of the windows, ms. [row] */
  readonly centre: Float64Array;
}

const PREPARED = new WeakMap<TimedShot, Prepared>();

export function preparedShot(shot: TimedShot): Prepared {
  const known = PREPARED.get(shot);
  if (known) return known;
  const live = liveRows(shot);
  const guide = guideOf(shot, live);
  const prepared = { live, guide, centre: moveout(guide) };
  PREPARED.set(shot, prepared);
  return prepared;
}
