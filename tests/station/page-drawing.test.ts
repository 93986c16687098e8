/** The arithmetic of the page's pictures: what is asked of a shot, how it is zoomed, and which pixel gets which ink. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { paletteOf } from '#edge/page/gather/colours.ts';
import { density } from '#edge/page/gather/density.ts';
import { frameOf } from '#edge/page/gather/frame.ts';
import { allRows, decodeRows, rowNear, type ShotHead } from '#edge/page/gather/rows.ts';
import { scaledRows } from '#edge/page/gather/scaling.ts';
import {
  breakShifts,
  breakViewport,
  moveoutShifts,
  noShifts,
  panned,
  showing,
  type Viewport,
  wholeViewport,
  zoomed,
} from '#edge/page/gather/viewport.ts';
import { gatherBytes } from '#edge/station/gather-bytes.ts';
import type { Pick } from '#shared/picks.ts';
import { metres, ms } from '#shared/units.ts';

const { shot, onsets } = syntheticShot({
  ffid: 1,
  source: metres(11),
  channels: 12,
  length: ms(100),
  firstSample: ms(-10),
});
const picks: readonly Pick[] = onsets.map((time) => ({ kind: 'picked', time: time!, confidence: 1 }));
const detail: ShotHead = {
  samples: shot.samples,
  sampleIntervalMs: shot.sampleInterval,
  firstSampleMs: shot.firstSample.time,
  firstSampleFrom: 'header',
  ffid: 1,
  picks: shot.traces.map(({ index, channel, offset }) => ({
    trace: index,
    channel,
    offsetM: offset ?? null,
    auto: { reason: null },
  })),
};
const received = (bytes: Uint8Array) =>
  decodeRows(detail, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);

describe('rows as the station sends them', () => {
  it('whole, are the samples of the shot', () => {
    const rows = received(gatherBytes(shot));
    expect(rows.shot.amplitudes).toEqual(shot.amplitudes);
    expect(rows).toMatchObject({ firstRow: 0, step: 1, traces: 12 });
    expect(rows.shot.traces.map(({ offset }) => offset)).toEqual(shot.traces.map(({ offset }) => offset));
  });

  it('of a window, lie where they lie in the shot', () => {
    const rows = received(
      gatherBytes(shot, { screen: { width: 100, height: 1000 }, from: 20, to: 40, first: 3, last: 8 }),
    );
    expect(rows).toMatchObject({ firstRow: 3, step: 1 });
    const first = Math.round((rows.shot.firstSample.time + 10) / shot.sampleInterval);
    const largest = shot.amplitudes.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let k = 0; k < rows.shot.samples; k++)
      expect(rows.shot.amplitudes[k]).toBeCloseTo(
        shot.amplitudes[3 * shot.samples + first + k],
        3 - Math.log10(largest),
      );
  });

  it('of more samples than pixels, are the extremes of each bin, on half the interval', () => {
    const rows = received(gatherBytes(shot, { screen: { width: 4, height: 50 } }));
    expect(rows).toMatchObject({ firstRow: 0, step: 3 });
    expect(rowNear(rows, 7)).toBe(2);
    expect(rowNear(rows, 11)).toBe(3);
    expect(rows.shot.sampleInterval).toBe(shot.sampleInterval * 4);
    const [low, high] = rows.shot.amplitudes.subarray(40, 42);
    const bin = Array.from({ length: 8 }, (_, k) => shot.amplitudes[20 * 8 + k]);
    expect(low).toBeCloseTo(Math.min(...bin), 3);
    expect(high).toBeCloseTo(Math.max(...bin), 3);
  });
});

describe('what is seen', () => {
  it('is every trace and the times around the first breaks', () => {
    const view = breakViewport(shot, picks, noShifts(12));
    expect([view.fromTrace, view.toTrace]).toEqual([0, 12]);
    for (const { time } of picks as readonly { time: number }[]) {
      expect(time).toBeGreaterThan(view.fromMs);
      expect(time).toBeLessThan(view.toMs);
    }
  });

  it('reduced, makes an arrival of that velocity flat', () => {
    const shifts = moveoutShifts(shot, 500);
    expect(shifts[11] - shifts[6]).toBeCloseTo(1000 * ((22 - 11) / 500 - (12 - 11) / 500), 3);
    expect(wholeViewport(shot, shifts).fromMs).toBeCloseTo(-10 - 22, 3);
  });

  it('along the first breaks, bridges traces without a pick', () => {
    const skipped: Pick = { kind: 'skipped', reason: 'dead' };
    const at = (time: number): Pick => ({ kind: 'picked', time: ms(time), confidence: 1 });
    expect([...breakShifts([skipped, at(10), skipped, skipped, at(16), skipped])!]).toEqual([10, 10, 12, 14, 16, 16]);
    expect(breakShifts([skipped])).toBeUndefined();
  });

  const whole: Viewport = { fromTrace: 0, toTrace: 48, fromMs: -10, toMs: 400 };
  const inside = (view: Viewport) => {
    expect(view.fromTrace).toBeGreaterThanOrEqual(whole.fromTrace - 1e-9);
    expect(view.toTrace).toBeLessThanOrEqual(whole.toTrace + 1e-9);
    expect(view.fromMs).toBeGreaterThanOrEqual(whole.fromMs - 1e-9);
    expect(view.toMs).toBeLessThanOrEqual(whole.toMs + 1e-9);
    expect(view.toTrace - view.fromTrace).toBeGreaterThan(3.9);
    expect(view.toMs - view.fromMs).toBeGreaterThan(3.9);
  };

  it('never leaves the shot, however it is zoomed, moved and followed', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      trace: share,
      ms: share,
      factor: fc.double({ min: 0.05, max: 20, noNaN: true }),
      dx: share,
      dy: share,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let view = whole;
        for (const { trace, ms: time, factor, dx, dy } of steps) {
          const anchor = { trace: 48 * trace, ms: -10 + 410 * time };
          view = zoomed(view, anchor, { traces: factor, times: factor }, whole, 4);
          inside(view);
          view = panned(view, dx - 0.5, dy - 0.5, whole);
          inside(view);
          view = showing(view, anchor, whole);
          inside(view);
          expect(anchor.trace).toBeGreaterThanOrEqual(view.fromTrace - 1e-9);
          expect(anchor.trace).toBeLessThanOrEqual(view.toTrace + 1e-9);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the place under the pointer while it grows', () => {
    const view = zoomed(whole, { trace: 20, ms: 100 }, { traces: 0.5, times: 0.25 }, whole, 4);
    expect((20 - view.fromTrace) / (view.toTrace - view.fromTrace)).toBeCloseTo(20 / 48, 9);
    expect((100 - view.fromMs) / (view.toMs - view.fromMs)).toBeCloseTo(110 / 410, 9);
  });
});

describe('ink', () => {
  const SIZE = { columns: 12, rows: 200 };
  const palette = Uint32Array.from({ length: 256 }, (_, i) => i);

  function drawn(reversed: ReadonlySet<number>, gainDb = 0): Uint32Array {
    const scaled = scaledRows(allRows(shot), picks, reversed, { scaling: 'break', gainDb, clipPercent: 2 });
    const frame = frameOf(wholeViewport(shot, noShifts(12)), noShifts(12), 12, 200, {
      left: 0,
      top: 0,
      right: 0,
      bottom: 0,
    });
    const pixels = new Uint32Array(SIZE.columns * SIZE.rows);
    density(pixels, SIZE.columns, SIZE.rows, frame, scaled, palette, 999);
    return pixels;
  }
  /** Row of pixels of a time. */
  const rowOf = (time: number) => Math.floor(((time + 10) / 99.75) * SIZE.rows);

  it('is quiet before the first break and full behind it, on every trace', () => {
    const pixels = drawn(new Set());
    onsets.forEach((onset, trace) => {
      const column = Array.from({ length: SIZE.rows }, (_, r) => Math.abs(pixels[r * SIZE.columns + trace] - 127));
      expect(Math.max(...column.slice(0, rowOf(onset!) - 2))).toBeLessThan(60);
      expect(Math.max(...column.slice(rowOf(onset!), rowOf(onset!) + 24))).toBeGreaterThan(100);
    });
  });

  it('of a reversed trace is turned about, of others not', () => {
    const [usual, turned] = [drawn(new Set()), drawn(new Set([4]))];
    const column = (pixels: Uint32Array, trace: number) =>
      Array.from({ length: SIZE.rows }, (_, r) => pixels[r * SIZE.columns + trace]);
    expect(column(turned, 3)).toEqual(column(usual, 3));
    column(usual, 4).forEach((level, r) => {
      expect(Math.abs(level + column(turned, 4)[r] - 255)).toBeLessThanOrEqual(1);
    });
  });

  it('grows with the gain', () => {
    const strength = (pixels: Uint32Array) => pixels.reduce((sum, level) => sum + Math.abs(level - 127.5), 0);
    expect(strength(drawn(new Set(), 12))).toBeGreaterThan(1.2 * strength(drawn(new Set())));
  });

  it.each(['grey', 'red-white-blue', 'contrast', 'night'] as const)(
    'of the map %s is opaque, and its ends differ',
    (map) => {
      const colours = paletteOf(map);
      expect(colours.every((colour) => colour >>> 24 === 255)).toBe(true);
      const luminance = (colour: number) =>
        0.2126 * (colour & 255) + 0.7152 * ((colour >> 8) & 255) + 0.0722 * ((colour >> 16) & 255);
      if (map === 'red-white-blue') {
        // Both ends are dark, one blue and one red: told apart by hue, from the middle by lightness.
        expect(luminance(colours[127])).toBeGreaterThan(luminance(colours[0]) + 150);
        expect(luminance(colours[127])).toBeGreaterThan(luminance(colours[255]) + 150);
        expect([(colours[0] >> 16) & 255, colours[255] & 255].every((most) => most > 90)).toBe(true);
      } else expect(Math.abs(luminance(colours[0]) - luminance(colours[255]))).toBeGreaterThan(190);
    },
  );
});
