/** What part of a shot is on the screen, and how it is zoomed and panned: pure arithmetic on traces and times. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { breakWindow, recordWindow } from '#shared/report/plot-window.ts';

/** Traces count from 0 and are one wide, `fromTrace` is the left edge of the first; times are as drawn, after any shift. */
export interface Viewport {
  readonly fromTrace: number;
  readonly toTrace: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Time that is taken off each trace before it is drawn: linear moveout, or its first break. [trace] */
export type Shifts = Float32Array;

export const noShifts = (traces: number): Shifts => new Float32Array(traces);

/** By how much each trace comes earlier at this velocity; traces without an offset stay. */
export const moveoutShifts = (shot: TimedShot, metresPerSecond: number): Shifts =>
  Float32Array.from(shot.traces, ({ offset }) => (1000 * Math.abs(offset ?? 0)) / metresPerSecond);

/** The first breaks themselves; between picked traces on the line between them, beyond the last one as there. undefined without a pick. */
export function breakShifts(picks: readonly (Pick | undefined)[]): Shifts | undefined {
  const known = picks.flatMap((pick, at) => (pick?.kind === 'picked' ? [{ at, time: pick.time }] : []));
  if (known.length === 0) return undefined;
  let next = 0;
  return Float32Array.from(picks, (_, i) => {
    while (next < known.length - 1 && known[next].at < i) next++;
    const right = known[next];
    const left = known[Math.max(0, next - 1)];
    if (i <= left.at) return left.time;
    if (i >= right.at) return right.time;
    return left.time + ((right.time - left.time) * (i - left.at)) / (right.at - left.at);
  });
}

/** The whole record as drawn, wherever the shifts move it. */
export function wholeViewport(shot: TimedShot, shifts: Shifts): Viewport {
  const record = recordWindow(shot);
  let [least, most] = shifts.length > 0 ? [shifts[0], shifts[0]] : [0, 0];
  for (const shift of shifts) {
    if (shift < least) least = shift;
    if (shift > most) most = shift;
  }
  return {
    fromTrace: 0,
    toTrace: Math.max(1, shot.traces.length),
    fromMs: record.from - most,
    toMs: record.to - least,
  };
}

/** All traces, and the times around the first breaks. */
export function breakViewport(shot: TimedShot, picks: readonly (Pick | undefined)[], shifts: Shifts): Viewport {
  const moved = picks.map((pick, i) =>
    pick?.kind === 'picked' ? { ...pick, time: (pick.time - shifts[i]) as typeof pick.time } : pick,
  );
  const whole = wholeViewport(shot, shifts);
  const { from, to } = breakWindow(shot, moved);
  if (picks.every((pick) => pick?.kind !== 'picked')) return whole;
  return { ...whole, fromMs: from, toMs: Math.max(to, from + 16 * shot.sampleInterval) };
}

/** A time and a trace that stay where they are while the rest grows or shrinks. */
export interface Anchor {
  readonly trace: number;
  readonly ms: number;
}

/** @param traces @param times factors of what is seen: 0.5 shows half as much; never more than `whole`, nor less than can be seen */
export function zoomed(
  view: Viewport,
  { trace, ms }: Anchor,
  { traces = 1, times = 1 }: { readonly traces?: number; readonly times?: number },
  whole: Viewport,
  leastMs: number,
): Viewport {
  const [fromTrace, toTrace] = scaledRange(view.fromTrace, view.toTrace, trace, traces, 4);
  const [fromMs, toMs] = scaledRange(view.fromMs, view.toMs, ms, times, leastMs);
  return within({ fromTrace, toTrace, fromMs, toMs }, whole);
}

function scaledRange(
  from: number,
  to: number,
  fixed: number,
  factor: number,
  least: number,
): readonly [number, number] {
  const f = Math.max(factor, Math.min(1, least / (to - from)));
  return [fixed - (fixed - from) * f, fixed + (to - fixed) * f];
}

/** Moved by shares of what is seen. */
export function panned(view: Viewport, traces: number, times: number, whole: Viewport): Viewport {
  const dx = traces * (view.toTrace - view.fromTrace);
  const dy = times * (view.toMs - view.fromMs);
  return within(
    {
      fromTrace: view.fromTrace + dx,
      toTrace: view.toTrace + dx,
      fromMs: view.fromMs + dy,
      toMs: view.toMs + dy,
    },
    whole,
  );
}

function within(view: Viewport, whole: Viewport): Viewport {
  const [fromTrace, toTrace] = heldIn(view.fromTrace, view.toTrace, whole.fromTrace, whole.toTrace);
  const [fromMs, toMs] = heldIn(view.fromMs, view.toMs, whole.fromMs, whole.toMs);
  return { fromTrace, toTrace, fromMs, toMs };
}

function heldIn(from: number, to: number, least: number, most: number): readonly [number, number] {
  const span = to - from;
  if (span >= most - least) return [least, most];
  if (from < least) return [least, least + span];
  return to > most ? [most - span, most] : [from, to];
}

/** Moved as little as needed so that a place is seen, with some room around it. */
export function showing(view: Viewport, { trace, ms }: Anchor, whole: Viewport): Viewport {
  const move = (at: number, from: number, to: number, room: number) =>
    at < from + room ? at - room - from : at > to - room ? at + room - to : 0;
  const dx = move(trace, view.fromTrace, view.toTrace, Math.min(1, (view.toTrace - view.fromTrace) / 4));
  const dy = move(ms, view.fromMs, view.toMs, (view.toMs - view.fromMs) / 20);
  if (dx === 0 && dy === 0) return view;
  return within(
    { fromTrace: view.fromTrace + dx, toTrace: view.toTrace + dx, fromMs: view.fromMs + dy, toMs: view.toMs + dy },
    whole,
  );
}
