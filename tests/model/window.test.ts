/** The window of the network: bins, the half bin, scaling, gaps, and the way back to recorded time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimedShot } from '#shared/gather.ts';
import { middleOf } from '#shared/model/middle.ts';
import { slogNarrow, slogWide } from '#shared/model/slog.ts';
import { binOfTime, CHANNELS, cutWindow, type Frame, SAMPLES, timeOfBin, windowTraces } from '#shared/model/window.ts';
import { type Milliseconds, ms, samples } from '#shared/units.ts';

/** A shot of given rows; `first` is the time of the first sample. */
function shotOf(rows: readonly (readonly number[])[], { interval = 1, first = 0 } = {}): TimedShot {
  return {
    ffid: 1,
    amplitudes: Float32Array.from(rows.flat()),
    samples: samples(rows[0].length),
    sampleInterval: ms(interval),
    firstSample: { time: ms(first), from: 'test' },
    traces: rows.map((row, index) => ({
      index,
      channel: index + 1,
      kind: 'seismic',
      start: samples(0),
      count: samples(row.length),
    })),
    problems: [],
  };
}

const channel = (features: Float32Array, c: number, trace = 0) =>
  Array.from({ length: SAMPLES }, (_, k) => features[(trace * SAMPLES + k) * CHANNELS.length + c]);
const frameAt = (start: number, interval: number, traces = 1): Frame => ({
  start: new Array<Milliseconds>(traces).fill(ms(start)),
  interval: ms(interval),
});
const spikeAt = (length: number, at: number, value = 8) => Array.from({ length }, (_, i) => (i === at ? value : 0));

/** Centre of gravity of the first channel, in bins. */
function centroid(features: Float32Array): number {
  const x = channel(features, 0);
  const mass = x.reduce((sum, v) => sum + v, 0);
  return x.reduce((sum, v, k) => sum + v * k, 0) / mass;
}

describe('the half bin', () => {
  it.each([0.25, 0.5, 1, 2, 3, 4, 6.4, 16])('a spike comes back at its recorded time, bins of %d samples', (width) => {
    const interval = 0.5;
    const at = 700;
    const shot = shotOf([spikeAt(4096, at)], { interval, first: -20 });
    const truth = -20 + at * interval;
    const frame = frameAt(truth - 100.3 * width * interval, width * interval);
    const { features } = cutWindow(windowTraces(shot), frame);
    const found = timeOfBin(frame, 0, samples(centroid(features)));
    // A bin tells no more than itself where it is wide; where it is narrow, the whole spike is seen.
    const tolerance = width <= 1 ? 0.01 * interval : 0.5 * width * interval;
    expect(Math.abs(found - truth)).toBeLessThanOrEqual(tolerance);
  });

  it('has no bias: a ramp read through bins of any width says its own time', () => {
    const shot = shotOf([Array.from({ length: 6000 }, (_, i) => i - 3000)], { interval: 0.25, first: 10 });
    const [trace] = windowTraces(shot);
    for (const width of [0.1, 0.25, 0.6, 1, 1.1, 3.7]) {
      const frame = frameAt(748.93, width);
      const { features } = cutWindow([trace], frame);
      const x = channel(features, 0);
      const slope = (x[100] - x[50]) / (timeOfBin(frame, 0, samples(100)) - timeOfBin(frame, 0, samples(50)));
      const zero = timeOfBin(frame, 0, samples(50)) - x[50] / slope;
      expect(zero).toBeCloseTo(10 + 0.25 * 3000, 2);
    }
  });

  it('bins and times are each other’s inverse', () => {
    const frame: Frame = { start: [ms(-3), ms(17.25)], interval: ms(0.3) };
    expect(timeOfBin(frame, 1, samples(0))).toBeCloseTo(17.4, 9);
    expect(binOfTime(frame, 1, timeOfBin(frame, 1, samples(41.7)))).toBeCloseTo(41.7, 9);
  });
});

describe('channels', () => {
  const shot = shotOf([spikeAt(512, 256).map((v, i) => (i === 150 ? -0.08 : v))]);
  const { features } = cutWindow(windowTraces(shot), frameAt(-0.5, 4));

  it('a spike of the whole scale, and one of a hundredth of it', () => {
    // Bin 64 holds sample 256, bin 37 sample 150; a bin is four samples.
    expect(channel(features, 0)[64]).toBeCloseTo(0.25, 6);
    expect(channel(features, 0)[37]).toBeCloseTo(-0.0025, 6);
    expect(channel(features, 1)[37]).toBeCloseTo(-Math.log(1 + 0.0025 / 0.03) / Math.log(1 + 1 / 0.03), 6);
    expect(channel(features, 2)[37]).toBeCloseTo(-Math.log(3.5) / Math.log(1001), 6);
    expect(channel(features, 3)[64]).toBeCloseTo(1, 6);
    expect(channel(features, 3)[37]).toBeCloseTo((2 * Math.log(11)) / Math.log(1001) - 1, 6);
    expect(channel(features, 3)[10]).toBe(-1);
  });

  it('scale, offset and polarity of a trace', () => {
    const other = shotOf([Array.from(shot.amplitudes, (v) => -370 * v + 12)]);
    const flipped = cutWindow(windowTraces(other), frameAt(-0.5, 4)).features;
    for (const c of [0, 1, 2]) {
      const [here, there] = [channel(features, c), channel(flipped, c)];
      here.forEach((v, k) => {
        expect(there[k]).toBeCloseTo(-v, 4);
      });
    }
    channel(features, 3).forEach((v, k) => {
      expect(channel(flipped, 3)[k]).toBeCloseTo(v, 2);
    });
  });

  it('every value lies within ±1, whatever was recorded', () => {
    const value = fc.oneof(
      fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30) }),
      fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 80 }),
        fc.double({ min: -200, max: 200, noNaN: true }),
        fc.double({ min: 0.01, max: 40, noNaN: true }),
        (row, start, width) => {
          const { features: seen } = cutWindow(windowTraces(shotOf([row])), frameAt(start, width));
          expect(seen.every((v) => Math.abs(v) <= 1 + 1e-5)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what was not recorded', () => {
  it('shows nothing before the first and after the last sample', () => {
    const shot = shotOf([Array.from({ length: 100 }, (_, i) => 5 * ((i % 3) - 1))]);
    for (const width of [1, 4]) {
      const { features } = cutWindow(windowTraces(shot), frameAt(-20.5, width));
      const top = channel(features, 3);
      expect(top.slice(0, 20 / width)).toEqual(new Array(20 / width).fill(-1));
      expect(top[20 / width]).toBeCloseTo(1, 6);
      expect(top[120 / width - 1]).toBeCloseTo(1, 6);
      expect(top.slice(120 / width).every((v) => v === -1)).toBe(true);
    }
  });

  it('a flat trace is told, and padding of a row is not read', () => {
    const shot = shotOf([new Array(400).fill(7), spikeAt(400, 390)]);
    const short = { ...shot, traces: [shot.traces[0], { ...shot.traces[1], count: samples(300) }] };
    const { flat, features } = cutWindow(windowTraces(short), frameAt(0, 1.5, 2));
    expect([...flat]).toEqual([1, 1]);
    expect(channel(features, 0, 0).every((v) => v === 0)).toBe(true);
  });

  it('a row that begins later keeps its times', () => {
    const whole = shotOf([spikeAt(400, 200)]);
    const late = { ...whole, traces: [{ ...whole.traces[0], start: samples(150), count: samples(250) }] };
    const frame = frameAt(100.5, 1);
    expect(channel(cutWindow(windowTraces(late), frame).features, 0)).toEqual(
      channel(cutWindow(windowTraces(whole), frame).features, 0),
    );
  });
});

describe('middle value', () => {
  it('agrees with sorting, gaps left out', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 60 }), (values) => {
        const x = Float32Array.from(values);
        const sorted = x.filter(Number.isFinite).sort();
        expect(middleOf(x)).toBeCloseTo(sorted.length ? sorted[sorted.length >> 1] : 0, 10);
      }),
    );
  });
});

describe('companding', () => {
  it.each([
    ['wide', slogWide, 0.03],
    ['narrow', slogNarrow, 0.001],
  ])('%s: the logarithm to all digits of a float32, odd, 0 at 0 and ±1 at ±1', (_, slog, e) => {
    expect([slog(0), slog(1), slog(-1)].map((v) => v.toFixed(14))).toEqual([0, 1, -1].map((v) => v.toFixed(14)));
    for (let i = 1; i <= 20_000; i++) {
      const v = 10 ** (-9 + (9 * i) / 20_000);
      const truth = Math.log1p(v / e) / Math.log1p(1 / e);
      expect(Math.abs(slog(v) / truth - 1)).toBeLessThan(v < 1e-7 ? 1e-7 : 1e-9);
      expect(slog(-v)).toBe(-slog(v));
    }
  });
});
