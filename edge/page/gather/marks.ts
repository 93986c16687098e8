/**
 * What lies over the traces: red dots as large as they are sure, diamonds where a person picked, rings where the shot before had its
 * picks, marks for traces without a pick, the trace under the cursor. Shape says what colour says, for eyes that differ.
 */
import type { SkipReason } from '#shared/picks.ts';
import type { PickJson } from '../../station/api-types.ts';
import type { Frame } from './frame.ts';
import type { Ink } from './ink.ts';

type Ctx = CanvasRenderingContext2D;

const inSight = ({ view }: Frame, traces: number): readonly [number, number] => [
  Math.max(0, Math.floor(view.fromTrace)),
  Math.min(traces - 1, Math.ceil(view.toTrace) - 1),
];

function clipped(ctx: Ctx, { left, top, right, bottom }: Frame, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  draw();
  ctx.restore();
}

const radiusOf = ({ pitch }: Frame, ink: Ink) => ink.weight ** 0.5 * Math.max(2.2, Math.min(6, 0.42 * pitch));

export function pickDots(ctx: Ctx, frame: Frame, picks: readonly PickJson[], ink: Ink): void {
  const radius = radiusOf(frame, ink);
  // Rims of dots that overlap would cover the dots before them.
  const rim = frame.pitch > 1.5 * radius;
  const [first, last] = inSight(frame, picks.length);
  clipped(ctx, frame, () => {
    ctx.fillStyle = ink.pick;
    ctx.strokeStyle = ink.rim;
    for (let i = first; i <= last; i++) {
      const { timeMs, confidence, edited } = picks[i];
      if (timeMs === null) continue;
      const sure = Math.max(0, Math.min(1, confidence ?? 0));
      const [x, y] = [frame.x(i), frame.yOf(i, timeMs)];
      ctx.globalAlpha = 0.4 + 0.6 * sure;
      ctx.beginPath();
      if (edited) diamond(ctx, x, y, 1.25 * radius);
      else ctx.arc(x, y, radius * (0.45 + 0.55 * sure), 0, 2 * Math.PI);
      ctx.fill();
      if (!rim && !edited) continue;
      ctx.lineWidth = Math.min(1.4, radius / 4);
      ctx.stroke();
    }
  });
}

function diamond(ctx: Ctx, x: number, y: number, r: number): void {
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + r, y);
  ctx.lineTo(x, y + r);
  ctx.lineTo(x - r, y);
  ctx.closePath();
}

/** Picks of an earlier shot; `times[i]` is of the trace i. */
export function ghosts(ctx: Ctx, frame: Frame, times: readonly (number | null)[], ink: Ink): void {
  const radius = radiusOf(frame, ink) + 1.5;
  const [first, last] = inSight(frame, times.length);
  clipped(ctx, frame, () => {
    ctx.strokeStyle = ink.ghost;
    ctx.lineWidth = 1.6 * ink.weight;
    for (let i = first; i <= last; i++) {
      const time = times[i];
      if (time === null) continue;
      ctx.beginPath();
      ctx.arc(frame.x(i), frame.yOf(i, time), radius, 0, 2 * Math.PI);
      ctx.stroke();
    }
  });
}

type Shape = (ctx: Ctx, x: number, y: number, r: number) => void;

export type Mark = SkipReason | 'killed' | 'reversed';

/** Above the traces, and in the legend. */
export const MARKS: Readonly<Record<Mark, { readonly text: string; readonly draw: Shape }>> = {
  dead: {
    text: 'dead',
    draw: (ctx, x, y, r) => cross(ctx, x, y, r),
  },
  'low-confidence': { text: 'low confidence', draw: (ctx, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI) },
  auxiliary: { text: 'auxiliary', draw: (ctx, x, y, r) => ctx.rect(x - r, y - r, 2 * r, 2 * r) },
  removed: {
    text: 'removed',
    draw(ctx, x, y, r) {
      ctx.moveTo(x - r, y);
      ctx.lineTo(x + r, y);
    },
  },
  killed: {
    text: 'killed',
    draw(ctx, x, y, r) {
      cross(ctx, x, y, r);
      ctx.rect(x - r, y - r, 2 * r, 2 * r);
    },
  },
  reversed: {
    text: 'reversed',
    draw(ctx, x, y, r) {
      ctx.moveTo(x - r, y + r);
      ctx.lineTo(x, y - r);
      ctx.lineTo(x + r, y + r);
      ctx.closePath();
    },
  },
};

function cross(ctx: Ctx, x: number, y: number, r: number): void {
  ctx.moveTo(x - r, y - r);
  ctx.lineTo(x + r, y + r);
  ctx.moveTo(x - r, y + r);
  ctx.lineTo(x + r, y - r);
}

/** The one thing that is said of a trace; undefined of a trace that is simply picked. */
export const markOf = ({ killed, reversed, reason }: PickJson): Mark | undefined =>
  killed ? 'killed' : reversed ? 'reversed' : (reason ?? undefined);

export function skipMarks(ctx: Ctx, frame: Frame, picks: readonly PickJson[], ink: Ink): void {
  const radius = Math.max(1.5, Math.min(4.5, 0.4 * frame.pitch));
  const y = frame.top - 9;
  const [first, last] = inSight(frame, picks.length);
  ctx.save();
  ctx.strokeStyle = ink.pick;
  ctx.lineWidth = 1.6 * ink.weight;
  for (let i = first; i <= last; i++) {
    const mark = markOf(picks[i]);
    const x = frame.x(i);
    if (mark === undefined || x < frame.left || x > frame.right) continue;
    ctx.beginPath();
    MARKS[mark].draw(ctx, x, y, radius);
    ctx.stroke();
  }
  ctx.restore();
}

/** Killed traces are seen through paper. */
export function veils(ctx: Ctx, frame: Frame, picks: readonly PickJson[], ink: Ink): void {
  const [first, last] = inSight(frame, picks.length);
  clipped(ctx, frame, () => {
    ctx.fillStyle = ink.paper;
    ctx.globalAlpha = 0.75;
    for (let i = first; i <= last; i++)
      if (picks[i].killed) ctx.fillRect(frame.x(i) - frame.pitch / 2, frame.top, frame.pitch, frame.bottom - frame.top);
  });
}

/** Bands over the traces that a finding is about. */
export function bands(ctx: Ctx, frame: Frame, rows: ReadonlySet<number>, ink: Ink): void {
  clipped(ctx, frame, () => {
    ctx.fillStyle = ink.focus;
    ctx.globalAlpha = 0.28;
    const width = Math.max(2, frame.pitch);
    for (const i of rows) ctx.fillRect(frame.x(i) - width / 2, frame.top, width, frame.bottom - frame.top);
  });
}

export function cursorLine(ctx: Ctx, frame: Frame, trace: number, timeMs: number | null, ink: Ink): void {
  const x = frame.x(trace);
  clipped(ctx, frame, () => {
    ctx.strokeStyle = ink.focus;
    ctx.lineWidth = 2 * ink.weight;
    ctx.globalAlpha = 0.8;
    const half = Math.max(4, frame.pitch / 2);
    ctx.strokeRect(x - half, frame.top - 4, 2 * half, frame.bottom - frame.top + 8);
    if (timeMs === null) return;
    const y = frame.yOf(trace, timeMs);
    ctx.globalAlpha = 1;
    ctx.lineWidth = 2.5 * ink.weight;
    ctx.beginPath();
    ctx.arc(x, y, radiusOf(frame, ink) + 5, 0, 2 * Math.PI);
    ctx.stroke();
  });
}

/** The stroke of the pointer while it paints. */
export function strokeLine(
  ctx: Ctx,
  frame: Frame,
  points: readonly { readonly x: number; readonly y: number }[],
  ink: Ink,
): void {
  if (points.length < 2) return;
  clipped(ctx, frame, () => {
    ctx.strokeStyle = ink.focus;
    ctx.lineWidth = 3 * ink.weight;
    ctx.lineCap = ctx.lineJoin = 'round';
    ctx.beginPath();
    points.forEach(({ x, y }, i) => {
      if (i === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    });
    ctx.stroke();
  });
}
