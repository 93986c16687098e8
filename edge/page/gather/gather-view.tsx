/** The gather and the strip along its first breaks: what is drawn, and what pointer and wheel do. */
import { computed, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { moveCursor, panBy, zoomBy } from '../actions/looking.ts';
import { erase, paint, pickHere } from '../actions/picks.ts';
import { gatherSize } from '../actions/traces.ts';
import * as state from '../state.ts';
import { Canvas, type Layer, type Size } from './canvas.tsx';
import { type Frame, frameOf, type Margins } from './frame.ts';
import { inkOf } from './ink.ts';
import { bands, cursorLine, ghosts, pickDots, skipMarks, strokeLine, veils } from './marks.ts';
import { drawPicture } from './picture.ts';
import { scaledRows } from './scaling.ts';

const MARGINS: Margins = { left: 66, top: 38, right: 12, bottom: 27 };
const STRIP_MARGINS: Margins = { left: 66, top: 5, right: 12, bottom: 5 };

const scaled = computed(() => {
  const rows = state.rows.value;
  if (!rows || rows.shot.amplitudes.length === 0) return undefined;
  return scaledRows(rows, state.autoPicks.value, state.reversedTraces.value, {
    scaling: state.scaling.value,
    gainDb: state.gainDb.value,
    clipPercent: state.clipPercent.value,
  });
});

const words = computed(() => ({
  time:
    state.reduced.value && state.hasOffsets.value ? `ms, reduced by ${state.velocity.value} m/s` : 'ms after the shot',
  traces: true,
}));

const gatherFrame = ({ width, height }: Size): Frame =>
  frameOf(state.view.value, state.shifts.value, width, height, MARGINS);

const picture: Layer = (ctx, size, place) => {
  const shot = state.detail.value;
  if (!shot) return;
  state.shownTheme.value;
  drawPicture(ctx, gatherFrame(size), scaled.value, shot.picks, {
    style: state.drawnStyle.value,
    colours: state.drawnColours.value,
    words: words.value,
    ink: inkOf(place),
    ratio: size.ratio,
  });
};

/** Where the pointer has been since its button went down. */
const stroke = signal<readonly { readonly x: number; readonly y: number }[]>([]);

const over: Layer = (ctx, size, place) => {
  const shot = state.detail.value;
  if (!shot) return;
  state.shownTheme.value;
  const ink = inkOf(place);
  const frame = gatherFrame(size);
  veils(ctx, frame, shot.picks, ink);
  bands(ctx, frame, state.marked.value, ink);
  if (state.ghostTimes.value) ghosts(ctx, frame, state.ghostTimes.value, ink);
  pickDots(ctx, frame, shot.picks, ink);
  skipMarks(ctx, frame, shot.picks, ink);
  const row = state.cursor.value;
  if (shot.picks[row]) cursorLine(ctx, frame, row, shot.picks[row].timeMs, ink);
  strokeLine(ctx, frame, stroke.value, ink);
};

const LAYERS = [picture, over];

/** Half the height of the strip, in dominant periods of the shot; in samples where the period is not known. */
const STRIP_PERIODS = 2;
const STRIP_SAMPLES = 40;

function stripFrame({ width, height }: Size): Frame | undefined {
  const shot = state.detail.value;
  const shifts = state.stripShifts.value;
  if (!shot || !shifts) return undefined;
  const half = shot.periodMs ? STRIP_PERIODS * shot.periodMs : STRIP_SAMPLES * shot.sampleIntervalMs;
  const { fromTrace, toTrace } = state.view.value;
  return frameOf({ fromTrace, toTrace, fromMs: -half, toMs: half }, shifts, width, height, STRIP_MARGINS);
}

const stripPicture: Layer = (ctx, size, place) => {
  const shot = state.detail.value;
  const frame = stripFrame(size);
  if (!shot || !frame) return;
  state.shownTheme.value;
  drawPicture(ctx, frame, scaled.value, shot.picks, {
    style: state.drawnStyle.value,
    colours: state.drawnColours.value,
    words: { time: 'ms', traces: false },
    ink: inkOf(place),
    ratio: size.ratio,
  });
};

const stripOver: Layer = (ctx, size, place) => {
  const shot = state.detail.value;
  const frame = stripFrame(size);
  if (!shot || !frame) return;
  state.shownTheme.value;
  const ink = inkOf(place);
  bands(ctx, frame, state.marked.value, ink);
  pickDots(ctx, frame, shot.picks, ink);
  const row = state.cursor.value;
  if (shot.picks[row]) cursorLine(ctx, frame, row, shot.picks[row].timeMs, ink);
};

const STRIP_LAYERS = [stripPicture, stripOver];

const onSize = ({ width, height, ratio }: Size) =>
  gatherSize((width - MARGINS.left - MARGINS.right) * ratio, (height - MARGINS.top - MARGINS.bottom) * ratio);

export function GatherView() {
  return (
    <div class="gather-area">
      <Surface name="gather" layers={LAYERS} frame={gatherFrame} onSize={onSize} />
      {state.showStrip.value && (
        <div class="strip-place">
          <Surface name="strip" layers={STRIP_LAYERS} frame={stripFrame} />
        </div>
      )}
    </div>
  );
}

const LABELS = {
  gather: 'Gather. Arrow keys: left and right choose a trace, up and down move its pick. Question mark: all keys.',
  strip: 'First breaks, flattened. The same keys as in the gather.',
} as const;

interface SurfaceProps {
  readonly name: 'gather' | 'strip';
  readonly layers: readonly Layer[];
  readonly frame: (size: Size) => Frame | undefined;
  readonly onSize?: (size: Size) => void;
}

/** Pixels that a hand in a glove moves without meaning to, on a mouse and on a screen. */
const STEADY = { mouse: 6, touch: 14 } as const;

/** Fingers nearer than this, in pixels, tell no scale. */
const LEAST_PINCH = 10;

interface Gesture {
  /** It ends with the shot that it began on. */
  readonly shot: string;
  readonly button: 'pick' | 'erase' | 'pan';
  readonly exact: boolean;
  /** Whether the page went to each new shot before. */
  readonly followed: boolean;
  readonly steady: number;
  moved: boolean;
  last: { x: number; y: number };
  readonly painted: Map<number, number>;
}

function Surface({ name, layers, frame, onSize }: SurfaceProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => pointing(place.current!, frame), [frame]);
  return (
    <div
      ref={place}
      class={`surface ${name} tool-${state.tool.value}`}
      role="application"
      aria-label={LABELS[name]}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the traces are walked through by keys
      tabIndex={0}
    >
      <Canvas layers={layers} {...(onSize && { onSize })} />
    </div>
  );
}

/** Listeners are put on by hand: the wheel must be held back from the page, which only an active listener may. */
function pointing(element: HTMLElement, frame: (size: Size) => Frame | undefined): () => void {
  const frameNow = () =>
    frame({ width: element.clientWidth, height: element.clientHeight, ratio: globalThis.devicePixelRatio });
  // The strip has times of its own: there only traces are zoomed and moved.
  const inStrip = element.classList.contains('strip');
  const pointers = new Map<number, { x: number; y: number }>();
  let gesture: Gesture | undefined;
  let pinch: { readonly distance: number; readonly middle: { x: number; y: number } } | undefined;
  /** Two fingers on the picture: how far apart, and the place between them. */
  const pinchNow = () => {
    const [a, b] = [...pointers.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  };

  const place = (event: MouseEvent) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const rowAt = ({ x }: { x: number }, at: Frame) =>
    Math.max(0, Math.min((state.detail.value?.picks.length ?? 1) - 1, at.traceAt(x)));
  const timeAt = ({ x, y }: { x: number; y: number }, at: Frame) => at.msAt(y) + at.shifts[rowAt({ x }, at)];

  const down = (event: PointerEvent) => {
    const at = frameNow();
    if (!at || !state.detail.value) return;
    element.setPointerCapture(event.pointerId);
    const here = place(event);
    pointers.set(event.pointerId, here);
    if (pointers.size > 1) {
      // What the first finger began was no edit.
      if (gesture) state.follow.value = gesture.followed;
      gesture = undefined;
      stroke.value = [];
      pinch = pinchNow();
      return;
    }
    const button = event.button === 2 ? 'erase' : event.button === 1 || event.ctrlKey ? 'pan' : state.tool.value;
    gesture = {
      shot: state.detail.value.id,
      button,
      exact: event.altKey || !state.snapping.value,
      followed: state.follow.value,
      steady: STEADY[event.pointerType === 'touch' ? 'touch' : 'mouse'],
      moved: false,
      last: here,
      painted: new Map(),
    };
    state.follow.value = state.follow.value && button === 'pan';
    if (button !== 'pan') gesture.painted.set(rowAt(here, at), timeAt(here, at));
  };
  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    const at = frameNow();
    if (!before || !at) return;
    const here = place(event);
    pointers.set(event.pointerId, here);
    if (pinch) {
      if (pointers.size !== 2) return;
      const { distance, middle } = pinchNow();
      panBy(
        (pinch.middle.x - middle.x) / (at.right - at.left),
        inStrip ? 0 : (pinch.middle.y - middle.y) / (at.bottom - at.top),
      );
      if (distance > LEAST_PINCH && pinch.distance > LEAST_PINCH)
        zoomBy(pinch.distance / distance, inStrip ? 'traces' : 'both', anchorAt(frameNow() ?? at, middle));
      pinch = { distance, middle };
      return;
    }
    if (!gesture) return;
    if (!gesture.moved && Math.hypot(here.x - gesture.last.x, here.y - gesture.last.y) < gesture.steady) return;
    gesture.moved = true;
    if (gesture.button === 'pan') {
      const times = inStrip ? 0 : (gesture.last.y - here.y) / (at.bottom - at.top);
      panBy((gesture.last.x - here.x) / (at.right - at.left), times);
    } else {
      for (const [row, time] of crossed(gesture.last, here, at)) gesture.painted.set(row, time);
      stroke.value = [...stroke.value, here];
      moveCursor(rowAt(here, at));
    }
    gesture.last = here;
  };
  /** Traces between two places of the pointer, each with the time on the line between them. */
  const crossed = function* (a: { x: number; y: number }, b: { x: number; y: number }, at: Frame) {
    const [from, to] = [rowAt(a, at), rowAt(b, at)];
    const step = from <= to ? 1 : -1;
    for (let row = from; row !== to + step; row += step) {
      const x = Math.max(Math.min(a.x, b.x), Math.min(Math.max(a.x, b.x), at.x(row)));
      const share = a.x === b.x ? 1 : (x - a.x) / (b.x - a.x);
      yield [row, timeAt({ x: at.x(row), y: a.y + (b.y - a.y) * share }, at)] as const;
    }
  };
  const up = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    // A finger that stays behind paints nothing.
    if (pointers.size === 0) pinch = undefined;
    const done = gesture;
    gesture = undefined;
    stroke.value = [];
    const at = frameNow();
    if (!done || !at || event.type === 'pointercancel' || done.shot !== state.detail.value?.id) return;
    if (done.button === 'erase') {
      if (!done.moved) moveCursor([...done.painted.keys()][0]);
      erase(done.painted.keys());
    } else if (done.button === 'pick') {
      if (done.moved) paint(done.painted, done.exact);
      else for (const [row, time] of done.painted) pickHere(row, time, done.exact);
    }
  };
  const anchorAt = (at: Frame, { x, y }: { x: number; y: number }) => ({
    trace: at.view.fromTrace + (x - at.left) / at.pitch,
    ms: at.msAt(y),
  });
  const wheel = (event: WheelEvent) => {
    const at = frameNow();
    if (!at) return;
    event.preventDefault();
    const factor = 1.0015 ** (event.deltaY + event.deltaX);
    zoomBy(factor, event.shiftKey || inStrip ? 'traces' : event.altKey ? 'times' : 'both', anchorAt(at, place(event)));
  };
  const menu = (event: Event) => event.preventDefault();
  const listeners = {
    pointerdown: down,
    pointermove: move,
    pointerup: up,
    pointercancel: up,
    wheel,
    contextmenu: menu,
  };
  for (const [name, listener] of Object.entries(listeners))
    element.addEventListener(name, listener as EventListener, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(listeners))
      element.removeEventListener(name, listener as EventListener);
  };
}
