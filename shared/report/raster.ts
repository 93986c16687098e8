/**
 * A 2-D canvas in plain code, for machines that have none: what `plotGather` draws with, no more. Shapes are filled by the signed area
 * that each edge covers of each pixel, summed along the rows (as font renderers do it: R. Levien, "Inside the fastest font renderer
 * in the world", 2016); lines are filled shapes as well. Letters are drawn with lines: there are no fonts.
 */
import type { PlotContext } from './plot-frame.ts';

type Point = readonly [x: number, y: number];
type Path = Point[];

interface State {
  readonly fillStyle: string;
  readonly strokeStyle: string;
  readonly lineWidth: number;
  readonly lineCap: CanvasLineCap;
  readonly lineJoin: CanvasLineJoin;
  readonly globalAlpha: number;
  readonly dash: readonly number[];
  readonly clip: Box;
  /** [a c e; b d f], as a canvas has it. */
  readonly matrix: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Raster {
  readonly context: PlotContext;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel. */
  readonly pixels: Uint8Array;
}

/** Sides of the polygon for a circle, a pixel of radius each, and at least. */
const LEAST_SIDES = 12;

export function rasterOf(width: number, height: number): Raster {
  const pixels = new Uint8Array(3 * width * height);
  const states: State[] = [];
  let state: State = {
    fillStyle: '#000000',
    strokeStyle: '#000000',
    lineWidth: 1,
    lineCap: 'butt',
    lineJoin: 'miter',
    globalAlpha: 1,
    dash: [],
    clip: { left: 0, top: 0, right: width, bottom: height },
    matrix: [1, 0, 0, 1, 0, 0],
  };
  let paths: Path[] = [];
  let cover = new Float32Array(0);

  const set = (changed: Partial<State>) => (state = { ...state, ...changed });
  const placed = (x: number, y: number): Point => {
    const [a, b, c, d, e, f] = state.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  };
  const polygon = (...corners: readonly Point[]) => paths.push([...corners]);

  function fill(shapes: readonly Path[], style: string): void {
    const { clip, globalAlpha } = state;
    const [red, green, blue] = colourOf(style);
    // Left of the clip all that counts is that something lies there; right of it nothing counts.
    const [left, right] = [Math.floor(clip.left) - 1, Math.ceil(clip.right) + 1];
    let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [first, last] = [right, left];
    for (const shape of shapes)
      for (const [x, y] of shape) {
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
        [first, last] = [Math.min(first, x), Math.max(last, x)];
      }
    top = Math.max(clip.top, Math.floor(top));
    bottom = Math.min(clip.bottom, Math.ceil(bottom));
    first = Math.max(left, Math.floor(first));
    last = Math.min(right, Math.ceil(last));
    if (!(top < bottom && first < last)) return;
    const [columns, rows] = [last - first + 2, bottom - top];
    if (cover.length < columns * rows) cover = new Float32Array(columns * rows);
    else cover.fill(0, 0, columns * rows);
    const within = (x: number) => Math.max(first, Math.min(last, x)) - first;
    for (const shape of shapes)
      for (let i = 0; i < shape.length; i++) {
        const [x0, y0] = shape[i];
        const [x1, y1] = shape[(i + 1) % shape.length];
        addEdge(cover, columns, rows, within(x0), y0 - top, within(x1), y1 - top);
      }
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += cover[row * columns + column];
        const x = first + column;
        if (x < clip.left || x >= clip.right) continue;
        const opacity = Math.min(1, Math.abs(sum)) * globalAlpha;
        if (opacity < 1 / 512) continue;
        const at = 3 * ((top + row) * width + x);
        pixels[at] += (red - pixels[at]) * opacity;
        pixels[at + 1] += (green - pixels[at + 1]) * opacity;
        pixels[at + 2] += (blue - pixels[at + 2]) * opacity;
      }
    }
  }

  const context: PlotContext = {
    get fillStyle() {
      return state.fillStyle;
    },
    set fillStyle(style) {
      set({ fillStyle: String(style) });
    },
    get strokeStyle() {
      return state.strokeStyle;
    },
    set strokeStyle(style) {
      set({ strokeStyle: String(style) });
    },
    get lineWidth() {
      return state.lineWidth;
    },
    set lineWidth(lineWidth) {
      set({ lineWidth });
    },
    get lineCap() {
      return state.lineCap;
    },
    set lineCap(lineCap) {
      set({ lineCap });
    },
    get lineJoin() {
      return state.lineJoin;
    },
    set lineJoin(lineJoin) {
      set({ lineJoin });
    },
    get globalAlpha() {
      return state.globalAlpha;
    },
    set globalAlpha(globalAlpha) {
      set({ globalAlpha });
    },
    font: '',
    textAlign: 'left',
    textBaseline: 'alphabetic',
    fillText: noFont,
    measureText: noFont,
    save: () => void states.push(state),
    restore() {
      state = states.pop() ?? state;
    },
    translate(x, y) {
      const [a, b, c, d] = state.matrix;
      set({ matrix: [a, b, c, d, ...placed(x, y)] });
    },
    rotate(angle) {
      const [a, b, c, d, e, f] = state.matrix;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      set({ matrix: [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f] });
    },
    setLineDash: (dash: Iterable<number>) => void set({ dash: [...dash] }),
    beginPath() {
      paths = [];
    },
    moveTo: (x, y) => void paths.push([placed(x, y)]),
    lineTo(x, y) {
      if (paths.length === 0) paths.push([]);
      paths.at(-1)!.push(placed(x, y));
    },
    closePath() {
      const path = paths.at(-1);
      if (path && path.length > 0) path.push(path[0]);
    },
    rect: (x, y, w, h) => void polygon(...cornersOf(x, y, w, h), placed(x, y)),
    arc(x, y, radius, start, end) {
      const sides = Math.max(LEAST_SIDES, Math.ceil(2 * radius));
      const path = Array.from({ length: sides + 1 }, (_, i) => {
        const angle = start + ((end - start) * i) / sides;
        return placed(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
      });
      paths.push(path);
    },
    clip(): void {
      const all = paths.flat();
      const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
      const { left, top, right, bottom } = state.clip;
      set({
        clip: {
          left: Math.max(left, Math.round(Math.min(...xs))),
          top: Math.max(top, Math.round(Math.min(...ys))),
          right: Math.min(right, Math.round(Math.max(...xs))),
          bottom: Math.min(bottom, Math.round(Math.max(...ys))),
        },
      });
    },
    fill: () => fill(paths, state.fillStyle),
    stroke: () => fill(outlines(paths), state.strokeStyle),
    fillRect: (x, y, w, h) => fill([cornersOf(x, y, w, h)], state.fillStyle),
    strokeRect(x, y, w, h) {
      const half = state.lineWidth / 2;
      const outer = cornersOf(x - half, y - half, w + 2 * half, h + 2 * half);
      fill([outer, cornersOf(x + half, y + half, w - 2 * half, h - 2 * half).reverse()], state.strokeStyle);
    },
    createImageData: ((w: number, h: number) => ({
      ...{ width: w, height: h, colorSpace: 'srgb' },
      data: new Uint8ClampedArray(4 * w * h),
    })) as PlotContext['createImageData'],
    putImageData(image: ImageData, x: number, y: number) {
      for (let row = 0; row < image.height; row++)
        for (let column = 0; column < image.width; column++) {
          const from = 4 * (row * image.width + column);
          const at = 3 * ((y + row) * width + x + column);
          for (let part = 0; part < 3; part++) pixels[at + part] = image.data[from + part];
        }
    },
  };
  return { context, width, height, pixels };

  function cornersOf(x: number, y: number, w: number, h: number): Path {
    return [placed(x, y), placed(x + w, y), placed(x + w, y + h), placed(x, y + h)];
  }

  /** Shapes, all turning the same way, that cover the lines. */
  function outlines(lines: readonly Path[]): Path[] {
    const half = state.lineWidth / 2;
    const shapes: Path[] = [];
    const rounded = state.lineJoin === 'round' && half > 0.8;
    for (const line of state.dash.length > 0 ? lines.flatMap((path) => dashed(path, state.dash)) : lines) {
      for (let i = 1; i < line.length; i++) {
        const [[x0, y0], [x1, y1]] = [line[i - 1], line[i]];
        const length = Math.hypot(x1 - x0, y1 - y0);
        if (length === 0) continue;
        const [dx, dy] = [((x1 - x0) / length) * half, ((y1 - y0) / length) * half];
        shapes.push([
          [x0 + dy, y0 - dx],
          [x1 + dy, y1 - dx],
          [x1 - dy, y1 + dx],
          [x0 - dy, y0 + dx],
        ]);
      }
      const dot = line.every(([x, y]) => x === line[0][0] && y === line[0][1]);
      const capped = state.lineCap === 'round' && (dot || half > 0.8);
      const turns = rounded ? line.slice(1, -1) : [];
      const ends = dot ? line.slice(0, 1) : [line[0], line.at(-1)!];
      for (const point of capped ? [...turns, ...ends] : turns) shapes.push(disc(point, half));
    }
    return shapes;
  }
}

/** Turning as the outlines of lines do. */
function disc([x, y]: Point, radius: number): Path {
  return Array.from({ length: LEAST_SIDES }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / LEAST_SIDES;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

function dashed(line: Path, dash: readonly number[]): Path[] {
  const pieces: Path[] = [];
  let [part, left] = [0, dash[0]];
  for (let i = 1; i < line.length; i++) {
    const [[x0, y0], [x1, y1]] = [line[i - 1], line[i]];
    const length = Math.hypot(x1 - x0, y1 - y0);
    const at = (s: number): Point => [x0 + ((x1 - x0) * s) / length, y0 + ((y1 - y0) * s) / length];
    for (let s = 0; s < length; ) {
      const step = Math.min(left, length - s);
      if (part % 2 === 0) pieces.push([at(s), at(s + step)]);
      s += step;
      left -= step;
      if (left <= 0) left = dash[++part % dash.length];
    }
  }
  return pieces;
}

/** What an edge adds to the cover of the pixels: to each, how much more of it lies right of the edge than of the one before it. */
function addEdge(
  cover: Float32Array,
  columns: number,
  rows: number,
  xa: number,
  ya: number,
  xb: number,
  yb: number,
): void {
  if (ya === yb) return;
  const sign = ya < yb ? 1 : -1;
  const [x0, y0, x1, y1] = ya < yb ? [xa, ya, xb, yb] : [xb, yb, xa, ya];
  const slope = (x1 - x0) / (y1 - y0);
  let x = y0 < 0 ? x0 - y0 * slope : x0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(rows, Math.ceil(y1)); y++) {
    const height = Math.min(y + 1, y1) - Math.max(y, y0);
    const next = x + slope * height;
    const area = height * sign;
    const [left, right] = x < next ? [x, next] : [next, x];
    const first = Math.floor(left);
    const end = Math.ceil(right);
    const at = y * columns + first;
    if (end <= first + 1) {
      const middle = (x + next) / 2 - first;
      cover[at] += area * (1 - middle);
      cover[at + 1] += area * middle;
    } else {
      const share = 1 / (right - left);
      const begun = 1 - (left - first);
      const rest = right - end + 1;
      const head = 0.5 * share * begun * begun;
      const tail = 0.5 * share * rest * rest;
      cover[at] += area * head;
      if (end === first + 2) cover[at + 1] += area * (1 - head - tail);
      else {
        const second = share * (1.5 - (left - first));
        cover[at + 1] += area * (second - head);
        for (let i = 2; i < end - first - 1; i++) cover[at + i] += area * share;
        cover[at + end - first - 1] += area * (1 - (second + (end - first - 3) * share) - tail);
      }
      cover[at + end - first] += area * tail;
    }
    x = next;
  }
}

function colourOf(style: string): readonly [red: number, green: number, blue: number] {
  const value = Number.parseInt(style.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const noFont = (): never => {
  throw new Error('expected letters drawn with lines, found a font asked for');
};
