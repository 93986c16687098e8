/** The cursor, what is seen of a shot, and what is said of it. */
import { batch } from '@preact/signals';
import type { PickJson } from '../../station/api-types.ts';
import { type Anchor, panned, showing, zoomed } from '../gather/viewport.ts';
import * as state from '../state.ts';
import { traceWords } from '../words.ts';
import { say, source, telling } from './session.ts';

export const loadLine = telling(async () => {
  state.line.value = await source().line();
});

export function showTab(tab: 'shot' | 'line'): void {
  state.tab.value = tab;
  if (tab === 'line') loadLine();
}

export const pickAt = (row: number): PickJson | undefined => state.detail.value?.picks[row];

/** Where a break is to be expected: on the line between the picked neighbours, else in the middle of what is seen. */
export function expectedAt(row: number): number {
  const between = state.stripShifts.value?.[row];
  const { fromMs, toMs } = state.view.value;
  return between ?? (fromMs + toMs) / 2 + state.shifts.value[row];
}

export function moveCursor(row: number): void {
  const last = (state.detail.value?.picks.length ?? 1) - 1;
  state.cursor.value = Math.max(0, Math.min(last, row));
}

export function stepCursor(by: number): void {
  moveCursor(state.cursor.value + by);
  keepInSight(state.cursor.value);
  speakTrace(state.cursor.value);
}

export function keepInSight(row: number): void {
  if (state.zoom.value === undefined) return;
  const ms = (pickAt(row)?.timeMs ?? expectedAt(row)) - state.shifts.value[row];
  state.zoom.value = showing(state.zoom.value, { trace: row + 0.5, ms }, state.whole.value);
}

/** For who cannot see the cursor. */
export function speakTrace(row: number): void {
  const pick = pickAt(row);
  if (pick) state.spoken.value = traceWords(pick);
}

const middleOf = (): Anchor => {
  const { fromMs, toMs } = state.view.value;
  const row = state.cursor.value;
  const time = pickAt(row)?.timeMs;
  return { trace: row + 0.5, ms: time ? time - state.shifts.value[row] : (fromMs + toMs) / 2 };
};

export function zoomBy(factor: number, axes: 'both' | 'traces' | 'times' = 'both', at: Anchor = middleOf()): void {
  const shot = state.detail.value;
  if (!shot) return;
  state.zoom.value = zoomed(
    state.view.value,
    at,
    { traces: axes === 'times' ? 1 : factor, times: axes === 'traces' ? 1 : factor },
    state.whole.value,
    16 * shot.sampleIntervalMs,
  );
}

export function panBy(traces: number, times: number): void {
  state.zoom.value = panned(state.view.value, traces, times, state.whole.value);
}

export function zoomHome(): void {
  state.zoom.value = undefined;
}

/** Around the first breaks, or the whole record. */
export function toggleRecord(): void {
  batch(() => {
    state.wholeRecord.value = !state.wholeRecord.value;
    state.zoom.value = undefined;
  });
}

export function toggleReduced(): void {
  if (!state.hasOffsets.value) {
    say('the file has no offsets to reduce by');
    return;
  }
  batch(() => {
    state.reduced.value = !state.reduced.value;
    state.zoom.value = undefined;
  });
  const branches = state.detail.value?.branches ?? [];
  const fastest = branches.reduce((most, { velocity }) => Math.max(most, velocity), 0);
  if (state.reduced.value && fastest > 0) state.velocity.value = Math.round(fastest / 50) * 50 || 50;
}

export const gainBy = (db: number): void => {
  state.gainDb.value = Math.max(-60, Math.min(60, state.gainDb.value + db));
};

export function nextOf<T>(options: readonly T[], now: T): T {
  return options[(options.indexOf(now) + 1) % options.length];
}

/** Shows the traces of a finding; a second time hides them. */
export function lookAtFinding(index: number): void {
  const shot = state.detail.value;
  if (!shot) return;
  const same = state.openFinding.value === index;
  const places = new Map(shot.picks.map(({ trace }, i) => [trace, i]));
  const traces = same ? [] : (shot.findings[index]?.traces.flatMap((trace) => places.get(trace) ?? []) ?? []);
  batch(() => {
    state.openFinding.value = same ? undefined : index;
    state.marked.value = new Set(traces);
    if (traces.length > 0) moveCursor(traces[0]);
  });
  if (traces.length > 0) keepInSight(traces[0]);
}
