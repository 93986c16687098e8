/** What a person says of a shot: picks, traces, decision, note. */
import type { EditJson, ShotDetail } from '../../station/api-types.ts';
import * as state from '../state.ts';
import { expectedAt, keepInSight, moveCursor, pickAt, speakTrace } from './looking.ts';
import { say, telling } from './session.ts';
import { editing } from './shots.ts';
import { onsetNear } from './traces.ts';

/** Who edits wants this shot to stay. @param of the edits are of that shot, whichever is on the screen by now */
function send(edits: readonly EditJson[], { merge = false, of = editing() } = {}): void {
  if (edits.length === 0) return;
  state.follow.value = false;
  of?.edit(edits, { merge });
}

/** Inside the record, to a thousandth of a millisecond. */
function heldTime(time: number, { firstSampleMs, samples, sampleIntervalMs }: ShotDetail): number {
  const last = firstSampleMs + (samples - 1) * sampleIntervalMs;
  return Math.round(1000 * Math.max(firstSampleMs, Math.min(last, time))) / 1000;
}

/** A pick at a place that was pointed at; at the onset near it while snapping is on. */
export const pickHere = telling(async (row: number, timeMs: number, exact = !state.snapping.value) => {
  const shot = state.detail.value;
  const pick = pickAt(row);
  const of = editing();
  if (!shot || !pick || pick.killed) return;
  state.follow.value = false;
  moveCursor(row);
  const time = exact ? timeMs : await onsetNear(shot, row, timeMs);
  send([{ kind: 'set', trace: pick.trace, timeMs: heldTime(time, shot) }], { of });
  speakTrace(row);
});

/** Picks along a stroke, one step of undo. */
export const paint = telling(async (stroke: ReadonlyMap<number, number>, exact = !state.snapping.value) => {
  const shot = state.detail.value;
  const of = editing();
  if (!shot) return;
  state.follow.value = false;
  const places = [...stroke].flatMap(([row, timeMs]) => {
    const pick = pickAt(row);
    return pick && !pick.killed ? [{ row, trace: pick.trace, timeMs }] : [];
  });
  const times = exact
    ? places.map(({ timeMs }) => timeMs)
    : await Promise.all(places.map(({ row, timeMs }) => onsetNear(shot, row, timeMs)));
  send(
    places.map(({ trace }, i) => ({ kind: 'set', trace, timeMs: heldTime(times[i], shot) })),
    { of },
  );
  say(`${places.length} traces picked`);
});

export function erase(rows: Iterable<number>): void {
  const edits = [...rows].flatMap((row): EditJson[] => {
    const pick = pickAt(row);
    return pick?.status === 'picked' ? [{ kind: 'remove', trace: pick.trace }] : [];
  });
  send(edits);
}

/** The pick under the cursor by samples; where there is none, one between its neighbours. */
export function nudge(samples: number): void {
  const shot = state.detail.value;
  const row = state.cursor.value;
  const pick = pickAt(row);
  if (!shot || !pick || pick.killed) return;
  const from = pick.timeMs ?? expectedAt(row);
  const time = heldTime(from + (pick.timeMs === null ? 0 : samples * shot.sampleIntervalMs), shot);
  send([{ kind: 'set', trace: pick.trace, timeMs: time }], { merge: true });
  keepInSight(row);
  speakTrace(row);
}

export const snapAtCursor = (): void => {
  const row = state.cursor.value;
  pickHere(row, pickAt(row)?.timeMs ?? expectedAt(row), false);
};
export const eraseAtCursor = (): void => erase([state.cursor.value]);

export function restoreAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: 'restore', trace: pick.trace }]);
}

export function killAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: pick.killed ? 'unkill' : 'kill', trace: pick.trace }]);
}

export function reverseAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: 'reverse', trace: pick.trace }]);
}

export const undo = (): void => editing()?.step('undo');
export const redo = (): void => editing()?.step('redo');

/** A second time takes it back. */
export function decide(decision: 'accepted' | 'rejected'): void {
  const before = state.detail.value?.accepted;
  send([{ kind: before === decision ? 'clear-decision' : decision === 'accepted' ? 'accept' : 'reject' }]);
}

export function note(text: string): void {
  if (text !== state.detail.value?.notes) send([{ kind: 'note', text }]);
}
