/** Pictures, looked at pixel by pixel where it matters: the first break, the dots, the marks, the axes. */
import { createCanvas } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { frameOf } from '#shared/report/plot-frame.ts';
import { type PlotContext, type PlotOptions, plotGather } from '#shared/report/plot-gather.ts';
import { traceColumn } from '#shared/report/plot-traces.ts';
import { breakWindow, recordWindow, ticks } from '#shared/report/plot-window.ts';
import { metres, ms, samples } from '#shared/units.ts';

const WIDTH = 800;
const HEIGHT = 560;
const { shot, onsets } = syntheticShot({ ffid: 7, source: metres(33), firstSample: ms(-20), dead: [7], channels: 24 });
const picks: readonly Pick[] = onsets.map((time, i): Pick => {
  if (time === undefined) return { kind: 'skipped', reason: 'dead' };
  return i === 20
    ? { kind: 'skipped', reason: 'low-confidence' }
    : { kind: 'picked', time, confidence: i === 3 ? 0.1 : 1 };
});

type Pixel = readonly [number, number, number];

function draw(
  ofShot: TimedShot,
  ofPicks: readonly (Pick | undefined)[] | undefined,
  options: Partial<PlotOptions> = {},
) {
  const ctx = createCanvas(WIDTH, HEIGHT).getContext('2d');
  plotGather(ctx as unknown as PlotContext, ofShot, ofPicks, { width: WIDTH, height: HEIGHT, ...options });
  const { data } = ctx.getImageData(0, 0, WIDTH, HEIGHT);
  const at = (x: number, y: number): Pixel => {
    const p = (Math.round(y) * WIDTH + Math.round(x)) * 4;
    return [data[p], data[p + 1], data[p + 2]];
  };
  const full = options.full || !ofPicks;
  const window = full ? recordWindow(ofShot) : breakWindow(ofShot, ofPicks);
  return { at, frame: frameOf(ctx as unknown as PlotContext, ofShot, window, WIDTH, HEIGHT) };
}

const isRed = ([r, g, b]: Pixel) => r > 190 && g < 90 && b < 90;
const isBlue = ([r, g, b]: Pixel) => b > r + 60 && b > g + 30;

/** Red pixels in a square, which tells the size of a dot. */
function redAround(at: (x: number, y: number) => Pixel, x: number, y: number, reach: number): number {
  let count = 0;
  for (let dx = -reach; dx <= reach; dx++)
    for (let dy = -reach; dy <= reach; dy++) if (isRed(at(x + dx, y + dy))) count++;
  return count;
}

describe.each([
  ['density', false],
  ['wiggle', false],
  ['density', true],
] as const)('a gather as %s, without fonts: %s', (style, fontless) => {
  const { at, frame } = draw(shot, picks, { style, fontless, title: 'shot.sg2' });

  it('has a red dot at each pick and none where there is no pick', () => {
    picks.forEach((pick, i) => {
      if (pick.kind === 'picked' && pick.confidence === 1)
        expect(isRed(at(frame.x(i), frame.y(pick.time))), `trace ${i}`).toBe(true);
    });
    expect(redAround(at, frame.x(20), frame.y(onsets[20]!), 3)).toBe(0);
  });

  it('shows less confidence as a smaller, fainter dot', () => {
    const strong = redAround(at, frame.x(4), frame.y(onsets[4]!), 6);
    const weak = redAround(at, frame.x(3), frame.y(onsets[3]!), 6);
    expect(strong).toBeGreaterThan(20);
    expect(weak).toBeLessThan(strong / 3);
  });

  it('marks skipped traces above the traces: a cross for dead, a ring for low confidence', () => {
    const y = frame.top - 10;
    expect(redAround(at, frame.x(6), y, 1)).toBeGreaterThan(0);
    expect(redAround(at, frame.x(20), y, 1)).toBe(0);
    expect(redAround(at, frame.x(20), y, 6)).toBeGreaterThan(8);
    expect(redAround(at, frame.x(10), y, 6)).toBe(0);
  });

  it('draws the shot instant', () => {
    const y = frame.y(0);
    const blue = Array.from({ length: 60 }, (_, i) => at(frame.left + 2 + i, y)).filter(isBlue).length;
    expect(blue).toBeGreaterThan(20);
  });

  it('writes title, axes and legend', () => {
    const inked = (x0: number, x1: number, y0: number, y1: number) => {
      for (let x = x0; x < x1; x++)
        for (let y = y0; y < y1; y++) if (at(x, y)[0] < 120 && at(x, y)[1] < 120) return true;
      return false;
    };
    expect(inked(frame.left, 300, 8, 30), 'title').toBe(true);
    expect(inked(24, frame.left - 6, frame.top, frame.bottom), 'time labels').toBe(true);
    expect(inked(frame.left, frame.right, frame.bottom + 7, frame.bottom + 22), 'channel labels').toBe(true);
    expect(inked(frame.left, frame.right, HEIGHT - 20, HEIGHT - 5), 'legend').toBe(true);
  });
});

describe('a gather', () => {
  it('without picks shows the whole record and no red', () => {
    const { at, frame } = draw(shot, undefined);
    expect(frame.window).toEqual(recordWindow(shot));
    let red = 0;
    for (let x = 0; x < WIDTH; x++) for (let y = 0; y < HEIGHT; y++) if (isRed(at(x, y))) red++;
    expect(red).toBe(0);
  });

  it('draws a flat trace as even grey', () => {
    const { at, frame } = draw(shot, picks, { style: 'density' });
    const tones = new Set(Array.from({ length: 100 }, (_, i) => at(frame.x(6), frame.top + 60 + i)[0]));
    expect(tones.size).toBe(1);
  });

  it('of few traces is drawn as wiggles, of many as grey', () => {
    const tones = (ofShot: TimedShot) => {
      const { at, frame } = draw(ofShot, undefined);
      const seen = new Set<number>();
      for (let x = frame.left + 5; x < frame.right - 5; x++) seen.add(at(x, (frame.top + frame.bottom) / 2)[0]);
      return seen;
    };
    expect(tones(shot)).toContain(255);
    expect(tones(many(49))).not.toContain(255);
  });

  const many = (count: number): TimedShot => ({
    ...shot,
    traces: Array.from({ length: count }, (_, i) => ({
      ...shot.traces[0],
      index: i,
      channel: i + 1,
      count: samples(64),
    })),
    amplitudes: new Float32Array(count * 64).map((_, i) => 0.1 * Math.sin(i)),
    samples: samples(64),
  });

  it('draws more traces than there are pixels', () => {
    for (const style of ['density', 'wiggle'] as const)
      expect(() => draw(many(3000), undefined, { style })).not.toThrow();
  });

  it('shows dots that touch as a red line', () => {
    const line: Pick[] = Array.from({ length: 3000 }, () => ({ kind: 'picked', time: ms(-10), confidence: 1 }));
    const { at, frame } = draw(many(3000), line);
    for (let x = frame.left + 2; x < frame.right - 2; x++) expect(at(x, frame.y(-10)), `x ${x}`).toSatisfy(isRed);
  });

  it('leaves the picker out of a legend that has no room for it', () => {
    const ink = (width: number) => {
      const ctx = createCanvas(width, HEIGHT).getContext('2d');
      const written: string[] = [];
      const spy = new Proxy(ctx, {
        get: (target, key) => {
          if (key === 'fillText') return (text: string) => written.push(text);
          const value = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
        set: (target, key, value) => Reflect.set(target, key, value),
      });
      plotGather(spy as unknown as PlotContext, shot, picks, { width, height: HEIGHT, picker: 'classical' });
      return written;
    };
    expect(ink(WIDTH)).toContain('classical');
    expect(ink(400)).not.toContain('classical');
  });

  it('draws what is not finite as nothing', () => {
    const amplitudes = shot.amplitudes.slice();
    amplitudes.fill(Number.NaN, 0, shot.samples / 2);
    amplitudes[shot.samples + 50] = Number.POSITIVE_INFINITY;
    const broken = { ...shot, amplitudes };
    const column = traceColumn(broken, 0, undefined, recordWindow(broken), 400);
    expect(column.every(Number.isFinite)).toBe(true);
    expect(() => draw(broken, picks)).not.toThrow();
  });
});

describe('the strength of a trace', () => {
  it('is that of its first break, however strong the later waves', () => {
    const window = breakWindow(shot, picks);
    const rows = 500;
    const peaks = [0, 8, 12, 16, 23].map((i) => {
      const column = traceColumn(shot, i, picks[i], window, rows);
      const row = Math.floor(((onsets[i]! - window.from) / (window.to - window.from)) * rows);
      return Math.max(...column.subarray(row, row + 40).map(Math.abs));
    });
    for (const peak of peaks) expect(peak).toBeGreaterThan(0.5);
  });

  it('leaves noise before the break at its size beside it', () => {
    const window = breakWindow(shot, picks);
    const column = traceColumn(shot, 12, picks[12], window, 500);
    const row = Math.floor(((onsets[12]! - window.from) / (window.to - window.from)) * 500);
    expect(Math.max(...column.subarray(0, row - 2).map(Math.abs))).toBeLessThan(0.35);
  });
});

describe('the time window', () => {
  it('goes from 5 % before the shot to 2.5 times the late picks', () => {
    const times = onsets.filter((time) => time !== undefined).sort((a, b) => a - b);
    const late = times[Math.floor(0.9 * (times.length - 1))];
    const all = onsets.map(
      (time): Pick =>
        time === undefined ? { kind: 'skipped', reason: 'dead' } : { kind: 'picked', time, confidence: 1 },
    );
    const { from, to } = breakWindow(shot, all);
    expect(to).toBeCloseTo(2.5 * late, 9);
    expect(from).toBeCloseTo(-0.05 * to, 9);
  });

  it('still shows one pick far behind the others', () => {
    const outlier: Pick[] = onsets.map(() => ({ kind: 'picked', time: ms(20), confidence: 1 }));
    outlier[4] = { kind: 'picked', time: ms(300), confidence: 1 };
    expect(breakWindow(shot, outlier).to).toBeCloseTo(315, 9);
  });

  it('closes in on breaks far behind the shot', () => {
    const far = onsets.map((_, i): Pick => ({ kind: 'picked', time: ms(200 + i), confidence: 1 }));
    const { from, to } = breakWindow(shot, far);
    expect(from).toBeGreaterThan(100);
    expect(from).toBeLessThan(190);
    expect(to).toBeGreaterThan(260);
    expect(to).toBeLessThan(330);
  });

  it('shows breaks before the shot instant', () => {
    const before: Pick[] = onsets.map(() => ({ kind: 'picked', time: ms(-15), confidence: 1 }));
    const { from, to } = breakWindow({ ...shot, samples: samples(60) }, before);
    expect(from).toBeLessThan(-15);
    expect(to).toBeGreaterThan(-15);
  });

  it('ends where the record ends', () => {
    const lateOnes: Pick[] = onsets.map(() => ({ kind: 'picked', time: ms(350), confidence: 1 }));
    expect(breakWindow(shot, lateOnes).to).toBe(recordWindow(shot).to);
    const short: TimedShot = { ...shot, samples: samples(20) };
    const early: Pick[] = onsets.map(() => ({ kind: 'picked', time: ms(-19), confidence: 1 }));
    expect(breakWindow(short, early).to).toBe(recordWindow(short).to);
  });
});

describe('ticks', () => {
  it.each([
    [0, 100, 10, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [-20, 55, 4, [-20, 0, 20, 40]],
    [0.01, 0.049, 4, [0.01, 0.02, 0.03, 0.04]],
    [5, 5, 4, []],
  ])('from %d to %d, about %d', (from, to, count, expected) => {
    expect(ticks(from, to, count)).toEqual(expected);
  });
});
