/** What is written over the traces of a picture: titles, axes, the shot instant, picks, marks and their legend. */
import type { Pick as Break, SkipReason } from '../picks.ts';
import type { Frame } from './plot-frame.ts';
import { capMiddle, drawLetters, lettersWidth } from './plot-letters.ts';
import { ticks } from './plot-window.ts';
import { decimals } from './print.ts';

const INK = '#222222';
const FAINT = '#666666';
const RED = '#e6001f';
const BLUE = '#0b57a4';
const FONT = '"DejaVu Sans", "Liberation Sans", Arial, Helvetica, sans-serif';

type Align = 'left' | 'center' | 'right';
type Base = 'top' | 'middle' | 'bottom';

interface TextStyle {
  readonly size?: number;
  readonly align?: Align;
  readonly base?: Base;
  readonly bold?: boolean;
  readonly colour?: string;
}

function write(
  { ctx, scale, fontless }: Frame,
  text: string,
  x: number,
  y: number,
  { size = 12, align = 'left', base = 'middle', bold = false, colour = INK }: TextStyle = {},
): void {
  const pixels = Math.round(size * scale);
  if (fontless) {
    const shift = { left: 0, center: 0.5, right: 1 }[align] * lettersWidth(text, pixels);
    const baseline = y + { top: 2, middle: 1, bottom: 0 }[base] * capMiddle(pixels);
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = (bold ? 2 : 1.2) * scale;
    ctx.lineCap = ctx.lineJoin = 'round';
    drawLetters(ctx, text, x - shift, baseline, pixels);
    ctx.restore();
    return;
  }
  ctx.font = fontOf(pixels, bold);
  ctx.textAlign = align;
  ctx.textBaseline = base;
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

const fontOf = (pixels: number, bold: boolean) => `${bold ? 'bold ' : ''}${pixels}px ${FONT}`;

function widthOf({ ctx, scale, fontless }: Frame, text: string, size = 12, bold = false): number {
  const pixels = Math.round(size * scale);
  if (fontless) return lettersWidth(text, pixels);
  ctx.font = fontOf(pixels, bold);
  return ctx.measureText(text).width;
}

/** The end of a text that is too long for its place; the end of a path says more than its beginning. */
function fitted(frame: Frame, text: string, room: number, size: number, bold: boolean): string {
  let shown = text;
  while (shown.length > 8 && widthOf(frame, shown, size, bold) > room)
    shown = `…${shown.slice(Math.ceil(shown.length / 10) + 1)}`;
  return shown;
}

export function titles(frame: Frame, title: string): void {
  const { shot, left, right, scale } = frame;
  const ffid = shot.ffid === undefined ? '' : `FFID ${shot.ffid}`;
  const first = [title, ffid].filter((part) => part !== '').join('   ');
  const second = [
    `${shot.traces.length} trace${shot.traces.length === 1 ? '' : 's'} × ${shot.samples} samples at ${decimals(shot.sampleInterval, 6)} ms`,
    shot.recorder,
    shot.recordedAt?.replace('T', ' '),
  ].filter((part) => part !== undefined && part !== '');
  write(frame, fitted(frame, first, right - left, 15, true), left, 20 * scale, { size: 15, bold: true });
  write(frame, fitted(frame, second.join('  ·  '), right - left, 12, false), left, 40 * scale, { colour: FAINT });
}

export function axes(frame: Frame): void {
  const { ctx, left, top, right, bottom, scale, window } = frame;
  ctx.strokeStyle = INK;
  ctx.lineWidth = scale;
  ctx.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
  for (const time of ticks(window.from, window.to, (bottom - top) / (55 * scale))) {
    const y = frame.y(time);
    tick(frame, left, y, -5, 0);
    write(frame, decimals(time, 4), left - 8 * scale, y, { align: 'right' });
  }
  ctx.save();
  ctx.translate(14 * scale, (top + bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  write(frame, 'time after shot (ms)', 0, 0, { align: 'center' });
  ctx.restore();
  traceAxis(frame);
  offsetAxis(frame);
}

function tick({ ctx, scale }: Frame, x: number, y: number, dx: number, dy: number): void {
  ctx.strokeStyle = INK;
  ctx.lineWidth = scale;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + dx * scale, y + dy * scale);
  ctx.stroke();
}

/** The recorder's channel numbers when they tell the traces apart, else the place of the trace in the file. */
function traceAxis(frame: Frame): void {
  const { left, right, bottom, scale } = frame;
  const { channels, label, labelled } = numbering(frame);
  for (const i of labelled) {
    tick(frame, frame.x(i), bottom, 0, 5);
    write(frame, String(label(i)), frame.x(i), bottom + 8 * scale, { align: 'center', base: 'top' });
  }
  const name = channels ? 'channel' : 'trace (from 0)';
  write(frame, name, (left + right) / 2, bottom + 24 * scale, { align: 'center', base: 'top' });
}

function numbering({ shot, left, right, scale }: Frame) {
  const traces = shot.traces;
  const channels = new Set(traces.map((trace) => trace.channel)).size === traces.length;
  const label = (i: number) => (channels ? traces[i].channel : traces[i].index);
  return { channels, label, labelled: spread(traces.length, (right - left) / (52 * scale), label) };
}

/** Indices to label: those whose label is a multiple of a round step where labels count up, else evenly spread. */
function spread(count: number, room: number, label: (i: number) => number): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= room) return all;
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].find((s) => count / s <= room) ?? count;
  const round = all.filter((i) => label(i) % step === 0);
  return round.length >= room / 4 && round.length <= room ? round : all.filter((i) => i % step === 0);
}

/** Offsets above the traces, where the file knows them; at the same traces, so that uneven spreads stay true. */
function offsetAxis(frame: Frame): void {
  const { shot, left, right, top, scale, pitch } = frame;
  const labels = numbering(frame).labelled.flatMap((i) => {
    const { offset } = shot.traces[i];
    return offset === undefined ? [] : [{ i, text: decimals(offset, 2) }];
  });
  if (labels.length === 0) return;
  const widest = Math.max(...labels.map(({ text }) => widthOf(frame, text, 11)));
  const apart = labels.length > 1 ? (labels[1].i - labels[0].i) * pitch : widest;
  const every = Math.max(1, Math.ceil((widest + 8 * scale) / apart));
  const y = top - 19 * scale;
  const style = { align: 'center', base: 'bottom', size: 11, colour: FAINT } as const;
  for (const { i, text } of labels.filter((_, n) => n % every === 0)) {
    tick(frame, frame.x(i), top, 0, -4);
    write(frame, text, frame.x(i), y, style);
  }
  write(frame, 'offset (m)', (left + right) / 2, y - 14 * scale, style);
}

export function shotInstant(frame: Frame): void {
  const { ctx, left, right, top, bottom, scale } = frame;
  const y = frame.y(0);
  if (y < top || y > bottom) return;
  ctx.save();
  ctx.strokeStyle = BLUE;
  ctx.lineWidth = 1.5 * scale;
  ctx.setLineDash([7 * scale, 4 * scale]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(right, y);
  ctx.stroke();
  ctx.restore();
}

/** A dot of the size and ink that a confidence has; the rim sets it off from dark traces. */
function dot({ ctx, scale }: Frame, x: number, y: number, confidence: number, radius: number, rim = true): void {
  ctx.globalAlpha = 0.35 + 0.65 * confidence;
  ctx.beginPath();
  ctx.arc(x, y, radius * (0.45 + 0.55 * confidence), 0, 2 * Math.PI);
  ctx.fillStyle = RED;
  ctx.fill();
  if (rim) {
    ctx.lineWidth = Math.min(scale, radius / 3);
    ctx.strokeStyle = '#ffffff';
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

const dotRadius = ({ pitch, scale }: Frame) => Math.max(1.8 * scale, Math.min(5 * scale, 0.42 * pitch));

export function picked(frame: Frame, picks: readonly (Break | undefined)[]): void {
  const radius = dotRadius(frame);
  // Rims of dots that overlap would cover the dots before them.
  const rim = frame.pitch > 1.5 * radius;
  picks.forEach((pick, i) => {
    if (pick?.kind !== 'picked') return;
    const y = frame.y(pick.time);
    if (y >= frame.top && y <= frame.bottom) dot(frame, frame.x(i), y, clamped(pick.confidence), radius, rim);
  });
}

const clamped = (confidence: number) => Math.max(0, Math.min(1, confidence));

/** How a trace without a pick is marked: above the traces, and in the legend. */
const MARKS: Readonly<Record<SkipReason, { text: string; draw(frame: Frame, x: number, y: number, r: number): void }>> =
  {
    dead: {
      text: 'dead',
      draw({ ctx }, x, y, r) {
        ctx.moveTo(x - r, y - r);
        ctx.lineTo(x + r, y + r);
        ctx.moveTo(x - r, y + r);
        ctx.lineTo(x + r, y - r);
      },
    },
    'low-confidence': { text: 'low confidence', draw: ({ ctx }, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI) },
    auxiliary: { text: 'auxiliary', draw: ({ ctx }, x, y, r) => ctx.rect(x - r, y - r, 2 * r, 2 * r) },
    removed: {
      text: 'removed by hand',
      draw({ ctx }, x, y, r) {
        ctx.moveTo(x - r, y);
        ctx.lineTo(x + r, y);
      },
    },
  };

function mark(frame: Frame, reason: SkipReason, x: number, y: number, radius: number): void {
  const { ctx, scale } = frame;
  ctx.strokeStyle = RED;
  ctx.lineWidth = 1.4 * scale;
  ctx.beginPath();
  MARKS[reason].draw(frame, x, y, radius);
  ctx.stroke();
}

export function marks(frame: Frame, picks: readonly (Break | undefined)[]): void {
  const radius = Math.max(1.5 * frame.scale, Math.min(4 * frame.scale, 0.4 * frame.pitch));
  const y = frame.top - 10 * frame.scale;
  picks.forEach((pick, i) => {
    if (pick?.kind === 'skipped') mark(frame, pick.reason, frame.x(i), y, radius);
  });
}

/** One line under the picture: what the ink means, and how many of each there are. */
export function legend(frame: Frame, picks: readonly (Break | undefined)[] | undefined, picker: string): void {
  const { ctx, left, right, top, bottom, height, scale } = frame;
  const y = height - 13 * scale;
  let x = left;
  const label = (text: string) => {
    write(frame, text, x, y);
    x += widthOf(frame, text) + 18 * scale;
  };
  const zero = frame.y(0);
  if (zero >= top && zero <= bottom) {
    ctx.fillStyle = BLUE;
    for (const dash of [0, 10]) ctx.fillRect(x + dash * scale, y - 0.75 * scale, 7 * scale, 1.5 * scale);
    x += 24 * scale;
    label('shot');
  }
  if (!picks) return;
  const count = picks.filter((pick) => pick?.kind === 'picked').length;
  if (count > 0) {
    for (const confidence of [0.2, 0.6, 1]) {
      dot(frame, x + 5 * scale, y, confidence, 5 * scale);
      x += 14 * scale;
    }
    x += 2 * scale;
    label(`picked ${count} (confidence 0.2, 0.6, 1)`);
  }
  for (const reason of Object.keys(MARKS) as SkipReason[]) {
    const skipped = picks.filter((pick) => pick?.kind === 'skipped' && pick.reason === reason).length;
    if (skipped === 0) continue;
    mark(frame, reason, x + 4 * scale, y, 4 * scale);
    x += 15 * scale;
    label(`${MARKS[reason].text} ${skipped}`);
  }
  if (picker !== '' && x + widthOf(frame, picker) <= right)
    write(frame, picker, right, y, { align: 'right', colour: FAINT });
}
