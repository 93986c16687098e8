/**
 * What people did to a shot. The history only grows: an undo is a step of its own, and the present state is folded from all
 * steps, so nothing that anybody did is ever lost. Knows no disk and no page, and serves both.
 */
import type { Pick } from '#shared/picks.ts';
import { ms } from '#shared/units.ts';
import type { Decision, EditJson } from './api-types.ts';
import type { ShotRecord } from './record.ts';

export type Step = {
  /** Of the shot after this step; the first is 1. */
  readonly revision: number;
  /** ISO 8601 */
  readonly at: string;
  readonly who: string;
} & ({ readonly kind: 'edits'; readonly edits: readonly EditJson[] } | { readonly kind: 'undo' | 'redo' });

export interface TraceEdit {
  /** absent: what the picker said stands. */
  readonly pick?: { readonly timeMs: number } | 'removed';
  readonly killed: boolean;
  readonly reversed: boolean;
}

export interface EditState {
  readonly revision: number;
  /** By place of the trace in the file. */
  readonly traces: ReadonlyMap<number, TraceEdit>;
  readonly decision: Decision | undefined;
  readonly notes: string;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

const UNTOUCHED: TraceEdit = { killed: false, reversed: false };

export function stateOf(steps: readonly Step[]): EditState {
  const { done, undone } = standing(steps);
  const traces = new Map<number, TraceEdit>();
  let decision: Decision | undefined;
  let notes = '';
  for (const edit of done.flat()) {
    if ('trace' in edit) traces.set(edit.trace, traceAfter(traces.get(edit.trace) ?? UNTOUCHED, edit));
    else if (edit.kind === 'note') notes = edit.text;
    else decision = DECISIONS[edit.kind];
  }
  for (const [trace, { pick, killed, reversed }] of traces)
    if (pick === undefined && !killed && !reversed) traces.delete(trace);
  return {
    revision: steps.at(-1)?.revision ?? 0,
    traces,
    decision,
    notes,
    canUndo: done.length > 0,
    canRedo: undone.length > 0,
  };
}

const DECISIONS = { accept: 'accepted', reject: 'rejected', 'clear-decision': undefined } as const;

/** What is left of the edits after all undoing and redoing; a new edit ends what could be redone. */
function standing(steps: readonly Step[]) {
  const done: (readonly EditJson[])[] = [];
  let undone: (readonly EditJson[])[] = [];
  for (const step of steps) {
    if (step.kind === 'edits') {
      done.push(step.edits);
      undone = [];
      continue;
    }
    const [from, to] = step.kind === 'undo' ? [done, undone] : [undone, done];
    const moved = from.pop();
    if (moved) to.push(moved);
  }
  return { done, undone };
}

type TraceEditJson = Extract<EditJson, { readonly trace: number }>;

function traceAfter(before: TraceEdit, edit: TraceEditJson): TraceEdit {
  const { pick: _, ...rest } = before;
  switch (edit.kind) {
    case 'set':
      return { ...before, pick: { timeMs: edit.timeMs } };
    case 'remove':
      return { ...before, pick: 'removed' };
    case 'restore':
      return rest;
    case 'kill':
      return { ...before, killed: true };
    case 'unkill':
      return { ...before, killed: false };
    case 'reverse':
      return { ...before, reversed: !before.reversed };
  }
}

/** The pick that stands, of what the picker said and what people did to the trace. */
export function pickAfter(auto: Pick, edit: TraceEdit | undefined): Pick {
  if (edit?.killed) return { kind: 'skipped', reason: 'dead' };
  if (edit?.pick === 'removed') return auto.kind === 'skipped' ? auto : { kind: 'skipped', reason: 'removed' };
  return edit?.pick ? { kind: 'picked', time: ms(edit.pick.timeMs), confidence: 1 } : auto;
}

/** Times are kept to a thousandth of a millisecond, and may be rounded past the last sample. */
const ROUNDING_MS = 0.001;

/** What a shot has no place for, in words; undefined where all edits can be made. */
export function outsideOfShot(
  edits: readonly EditJson[],
  { traces, firstSample, samples, sampleInterval }: ShotRecord,
): { readonly code: 'no-such-trace' | 'no-such-time'; readonly message: string } | undefined {
  const known = new Set(traces.map(({ index }) => index));
  const first = firstSample.time;
  const last = first + (samples - 1) * sampleInterval;
  for (const edit of edits) {
    if (!('trace' in edit)) continue;
    if (!known.has(edit.trace))
      return { code: 'no-such-trace', message: `expected a trace of the shot, found ${edit.trace}` };
    if (edit.kind === 'set' && !(edit.timeMs >= first - ROUNDING_MS && edit.timeMs <= last + ROUNDING_MS))
      return {
        code: 'no-such-time',
        message: `expected a time of the record, ${inMs(first)} to ${inMs(last)} ms, found ${edit.timeMs}`,
      };
  }
  return undefined;
}

const inMs = (time: number): string => String(Number(time.toFixed(3)));
