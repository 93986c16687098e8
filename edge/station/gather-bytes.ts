/**
 * A gather on its way to a screen: as many traces and samples as there are pixels for, in 16 bits a sample, or all of it as recorded.
 * Layout and header are described beside `GatherHeader`.
 */
import { row, type TimedShot } from '#shared/gather.ts';
import type { GatherHeader } from './api-types.ts';

export interface GatherView {
  /** Pixels; absent: everything, as recorded. */
  readonly screen?: { readonly width: number; readonly height: number };
  /** ms after the shot; whole record by default. */
  readonly from?: number;
  readonly to?: number;
  /** Rows, both included. */
  readonly first?: number;
  readonly last?: number;
}

export function gatherBytes(shot: TimedShot, { screen, from, to, first = 0, last }: GatherView = {}): Uint8Array {
  const rows = shot.traces.length;
  const interval: number = shot.sampleInterval;
  const sampleAt = (time: number) => (time - shot.firstSample.time) / interval;
  const begin = clamp(Math.floor(sampleAt(from ?? Number.NEGATIVE_INFINITY)), 0, shot.samples - 1);
  const end = clamp(Math.ceil(sampleAt(to ?? Number.POSITIVE_INFINITY)) + 1, begin + 1, shot.samples);
  const firstRow = clamp(first, 0, rows - 1);
  const lastRow = clamp(last ?? rows - 1, firstRow, rows - 1);
  const traceStep = screen ? Math.max(1, Math.ceil((lastRow - firstRow + 1) / screen.width)) : 1;
  const shown = Array.from({ length: Math.ceil((lastRow - firstRow + 1) / traceStep) }, (_, r) =>
    row(shot, firstRow + r * traceStep).subarray(begin, end),
  );
  const place = { traces: shown.length, firstRow, traceStep };
  const axis = {
    samples: end - begin,
    firstSampleMs: shot.firstSample.time + begin * interval,
    sampleIntervalMs: interval,
  };
  if (!screen) return withHeader({ layout: 'float32', ...place, ...axis }, float32Of(shown, end - begin));
  const perBin = Math.ceil((end - begin) / Math.max(1, screen.height));
  // A pair for each bin is no less than the samples themselves where a bin has two.
  if (perBin <= 2) {
    const { values, scale } = int16Of(shown, end - begin);
    return withHeader({ layout: 'int16', ...place, ...axis, scale }, values);
  }
  const bins = Math.ceil((end - begin) / perBin);
  const { values, scale } = int16Of(
    shown.map((x) => extremes(x, perBin, bins)),
    2 * bins,
  );
  return withHeader(
    {
      layout: 'int16-minmax',
      ...place,
      samples: bins,
      firstSampleMs: axis.firstSampleMs,
      sampleIntervalMs: perBin * interval,
      scale,
    },
    values,
  );
}

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

function float32Of(rows: readonly Float32Array[], samples: number): Float32Array {
  const all = new Float32Array(rows.length * samples); // [trace, sample]
  for (const [r, x] of rows.entries()) all.set(x, r * samples);
  return all;
}

const TOP = 32_767;

/** Samples that are no numbers become 0. */
function int16Of(rows: readonly Float32Array[], samples: number): { values: Int16Array; scale: number[] } {
  const values = new Int16Array(rows.length * samples); // [trace, sample]
  const scale = rows.map((x, r) => {
    let top = 0;
    for (let s = 0; s < x.length; s++) {
      const size = Math.abs(x[s]);
      if (size > top && size < Number.POSITIVE_INFINITY) top = size;
    }
    const factor = top === 0 ? 0 : TOP / top;
    // Storing cuts off what is behind the point.
    for (let s = 0, k = r * samples; s < x.length; s++, k++) {
      const value = x[s] * factor;
      values[k] = value < 0 ? value - 0.5 : value + 0.5;
    }
    return top / TOP;
  });
  return { values, scale };
}

/** [bin, 2] */
function extremes(x: Float32Array, perBin: number, bins: number): Float32Array {
  const pairs = new Float32Array(2 * bins);
  for (let b = 0; b < bins; b++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    const stop = Math.min(x.length, (b + 1) * perBin);
    for (let s = b * perBin; s < stop; s++) {
      const value = x[s];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) continue;
    pairs[2 * b] = low;
    pairs[2 * b + 1] = high;
  }
  return pairs;
}

function withHeader(header: GatherHeader, values: ArrayBufferView): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataAt = Math.ceil((4 + json.length) / 4) * 4;
  const bytes = new Uint8Array(dataAt + values.byteLength);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dataAt);
  return bytes;
}

/** Inverse of the above; `values` is `Float32Array` or `Int16Array` as the layout says. */
export function readGather(bytes: ArrayBuffer): {
  readonly header: GatherHeader;
  readonly values: Float32Array | Int16Array;
} {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as GatherHeader;
  const at = Math.ceil((4 + length) / 4) * 4;
  return { header, values: header.layout === 'float32' ? new Float32Array(bytes, at) : new Int16Array(bytes, at) };
}
