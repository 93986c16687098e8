/** Variable density: every trace a strip of colour, as wide as its share of the picture. */
import { columnInto } from './column.ts';
import type { Frame } from './frame.ts';
import type { Scaled } from './scaling.ts';

/** More traces than this in one column of pixels are thinned before they are averaged. */
const TRACES_PER_PIXEL = 4;

/** @param pixels [row, column] of the area of the traces, `columns` × `rows` device pixels */
export function density(
  pixels: Uint32Array,
  columns: number,
  rows: number,
  { view, shifts }: Frame,
  scaled: Scaled,
  palette: Uint32Array,
  blank: number,
): void {
  const traces = scaled.traces;
  const perColumn = (view.toTrace - view.fromTrace) / columns;
  const perRow = (view.toMs - view.fromMs) / rows;
  const values = new Float32Array(rows);
  const mean = new Float32Array(rows);
  let drawn = -1;
  for (let c = 0; c < columns; c++) {
    const low = Math.floor(view.fromTrace + c * perColumn);
    const high = Math.min(traces - 1, Math.max(low, Math.ceil(view.fromTrace + (c + 1) * perColumn) - 1));
    if (low < 0 || low >= traces) {
      for (let r = 0, p = c; r < rows; r++, p += columns) pixels[p] = blank;
      continue;
    }
    if (perColumn <= 1) {
      if (low !== drawn) columnInto(values, scaled, low, view.fromMs + shifts[low], perRow);
      drawn = low;
    } else {
      const step = Math.max(1, Math.floor((high - low + 1) / TRACES_PER_PIXEL));
      let count = 0;
      values.fill(0);
      for (let trace = low; trace <= high; trace += step, count++) {
        columnInto(mean, scaled, trace, view.fromMs + shifts[trace], perRow);
        for (let r = 0; r < rows; r++) values[r] += mean[r];
      }
      for (let r = 0; r < rows; r++) values[r] /= count;
    }
    for (let r = 0, p = c; r < rows; r++, p += columns) {
      const level = 127.5 * (1 + values[r]);
      pixels[p] = palette[level < 0 ? 0 : level > 255 ? 255 : level | 0];
    }
  }
}
