/** Band-pass and resampling against what is known of sinusoids and pulses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandpass } from '#shared/signal/bandpass.ts';
import { resample } from '#shared/signal/resample.ts';
import { hertz, ms } from '#shared/units.ts';
import { filled, madeShot, noiseOf, rowsOf } from './made-shot.ts';

const N = 2000;
const sine = (frequency: number, interval: number, length = N) =>
  filled(length, (k) => Math.sin((2 * Math.PI * frequency * k * interval) / 1000 + 0.7));

/** Amplitude of one frequency in the middle half. */
function amplitude(x: Float32Array, frequency: number, interval: number): number {
  let [re, im] = [0, 0];
  const [from, to] = [x.length >> 2, (3 * x.length) >> 2];
  for (let k = from; k < to; k++) {
    const phase = (2 * Math.PI * frequency * k * interval) / 1000;
    re += x[k] * Math.cos(phase);
    im += x[k] * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / (to - from);
}

/** Of one run of an analogue Butterworth filter, squared: what two runs give below the warping of the bilinear transform. */
const butterworth = (ratio: number, order: number) => 1 / (1 + ratio ** (2 * order));
/** The same with the bilinear transform's warping of frequencies. */
const warped = (frequency: number, interval: number) => Math.tan((Math.PI * frequency * interval) / 1000);

describe('bandpass', () => {
  const interval = 1;
  const through = (frequency: number, band: { low?: number; high?: number }, order = 4) => {
    const options = {
      ...(band.low === undefined ? {} : { low: hertz(band.low) }),
      ...(band.high === undefined ? {} : { high: hertz(band.high) }),
    };
    const [x] = rowsOf(bandpass(madeShot([sine(frequency, interval)], { interval }), options, { order }));
    return amplitude(x, frequency, interval);
  };

  it.each([20, 40, 50, 60, 80, 100, 120, 150])('has the gain of a Butterworth filter at %d Hz', (frequency) => {
    const [low, high, order] = [40, 120, 4];
    const wanted =
      butterworth(warped(low, interval) / warped(frequency, interval), order) *
      butterworth(warped(frequency, interval) / warped(high, interval), order);
    expect(through(frequency, { low, high }, order)).toBeCloseTo(wanted, 2);
  });

  it('passes the band and stops an octave and more outside', () => {
    expect(through(70, { low: 40, high: 120 })).toBeGreaterThan(0.97);
    expect(through(10, { low: 40, high: 120 })).toBeLessThan(1e-4);
    expect(through(400, { low: 40, high: 120 })).toBeLessThan(1e-4);
    expect(through(40, { low: 40 })).toBeCloseTo(0.5, 2); // −6 dB at the corner
    expect(through(120, { high: 120 })).toBeCloseTo(0.5, 2);
  });

  it('is steeper with a higher order', () => {
    expect(through(25, { low: 40 }, 8)).toBeLessThan(through(25, { low: 40 }, 2) / 10);
  });

  it('has no phase: a symmetrical pulse stays symmetrical about its place', () => {
    const pulse = filled(501, (k) => Math.exp(-(((k - 250) / 3) ** 2)));
    for (const band of [{ low: hertz(20), high: hertz(150) }, { high: hertz(100) }, { low: hertz(30) }]) {
      const [y] = rowsOf(bandpass(madeShot([pulse]), band));
      expect(y.indexOf(Math.max(...y))).toBe(250);
      for (let k = 1; k <= 200; k++) expect(Math.abs(y[250 + k] - y[250 - k])).toBeLessThan(2e-4);
    }
  });

  it('low-cut takes a constant away, high-cut leaves it, and neither rings at the ends', () => {
    const constant = madeShot([filled(400, () => 1000)]);
    const [cut] = rowsOf(bandpass(constant, { low: hertz(5) }));
    const [kept] = rowsOf(bandpass(constant, { high: hertz(50) }));
    expect(Math.max(...cut.map(Math.abs))).toBeLessThan(1e-2);
    for (const v of kept) expect(v).toBeCloseTo(1000, 2);
    const [ramp] = rowsOf(bandpass(madeShot([filled(400, (k) => k)]), { high: hertz(50) }));
    for (let k = 0; k < 400; k++) expect(Math.abs(ramp[k] - k)).toBeLessThan(0.05);
  });

  it('leaves the shot and everything but the amplitudes alone', () => {
    const shot = madeShot([sine(30, 1), sine(50, 1)], { firstSample: -7, offsets: [1, undefined] });
    const before = shot.amplitudes.slice();
    const { amplitudes, ...rest } = bandpass(shot, { low: hertz(10) });
    const { amplitudes: own, ...same } = shot;
    expect(rest).toEqual(same);
    expect(own).toEqual(before);
    expect(amplitudes).toHaveLength(before.length);
  });

  it('filters only what was recorded', () => {
    const x = filled(600, (k) => 500 + Math.sin(k / 5));
    const whole = bandpass(madeShot([x.slice(100, 500)]), { low: hertz(10) });
    const padded = bandpass(madeShot([x], { starts: [100], counts: [400] }), { low: hertz(10) });
    const [y] = rowsOf(padded);
    expect(y.slice(100, 500)).toEqual(whole.amplitudes);
    expect([...y.slice(0, 100), ...y.slice(500)].every((v) => v === 0)).toBe(true);
  });

  it('does not let one sample that is not finite take the trace with it', () => {
    const x = sine(50, 1);
    const broken = Float64Array.from(x);
    broken[1000] = Number.NaN;
    broken[1001] = Number.POSITIVE_INFINITY;
    const [good] = rowsOf(bandpass(madeShot([x]), { low: hertz(20), high: hertz(100) }));
    const [y] = rowsOf(bandpass(madeShot([broken]), { low: hertz(20), high: hertz(100) }));
    expect(y[1000]).toBeNaN();
    expect(y[1001]).toBe(Number.POSITIVE_INFINITY);
    for (const k of [...Array(800).keys(), ...Array.from(Array(800).keys(), (i) => i + 1200)])
      expect(y[k]).toBeCloseTo(good[k], 3);
  });

  it('survives traces of any length, and shots of headers alone', () => {
    for (let length = 1; length < 20; length++)
      expect(bandpass(madeShot([filled(length, (k) => k % 3)]), { low: hertz(30) }).amplitudes).toHaveLength(length);
    const headers = { ...madeShot([filled(10, () => 1)]), amplitudes: new Float32Array(0) };
    expect(bandpass(headers, { low: hertz(30) }).amplitudes).toHaveLength(0);
  });

  it.each([
    [{ low: 0 }, 'between 0 and 500 Hz, found 0 Hz'],
    [{ high: 500 }, 'between 0 and 500 Hz, found 500 Hz'],
    [{ high: Number.NaN }, 'found NaN Hz'],
    [{ low: 60, high: 50 }, 'expected low < high, found 60 and 50 Hz'],
  ])('refuses %j', (band, message) => {
    const shot = madeShot([sine(30, 1)]);
    expect(() => bandpass(shot, band as { low?: ReturnType<typeof hertz> })).toThrow(message);
  });

  it.each([3, 0, -2])('refuses order %d', (order) => {
    expect(() => bandpass(madeShot([sine(30, 1)]), { low: hertz(10) }, { order })).toThrow(`found ${order}`);
  });
});

describe('resample', () => {
  /** Largest difference to the same sinusoid sampled at the new interval, away from the ends. */
  function error(frequency: number, from: number, to: number): number {
    const [y] = rowsOf(resample(madeShot([sine(frequency, from)], { interval: from }), ms(to)));
    const truth = sine(frequency, to, y.length);
    const edge = Math.ceil(40 * Math.max(1, from / to));
    let worst = 0;
    for (let k = edge; k < y.length - edge; k++) worst = Math.max(worst, Math.abs(y[k] - truth[k]));
    return worst;
  }

  it.each([
    [1, 2, 'half the samples'],
    [1, 4, 'a quarter'],
    [1, 0.5, 'twice as many'],
    [1, 0.125, 'eight times as many'],
    [0.25, 1 / 3, 'a fraction more'],
    [0.5, 0.7, 'seven fifths'],
    [1, Math.PI / 2, 'an irrational step'],
    [2, 1.9, 'nearly the same'],
  ])('keeps sinusoids below the new Nyquist frequency: %d to %d ms (%s)', (from, to) => {
    const nyquist = 500 / Math.max(from, to);
    for (const share of [0.02, 0.2, 0.5, 0.75]) expect(error(share * nyquist, from, to)).toBeLessThan(1e-3);
  });

  it.each([
    [1, 2],
    [1, 4],
    [0.25, 0.6],
  ])('rejects what would alias: %d to %d ms', (from, to) => {
    for (const share of [1.1, 1.3, 1.7]) {
      const frequency = (share * 500) / to;
      if (frequency > 450 / from) continue;
      const [y] = rowsOf(resample(madeShot([sine(frequency, from)], { interval: from }), ms(to)));
      const middle = y.subarray(y.length >> 2, (3 * y.length) >> 2);
      expect(Math.max(...middle.map(Math.abs))).toBeLessThan(2e-3);
    }
  });

  it('keeps the time of the first sample and covers the record to its end', () => {
    const shot = madeShot([filled(1001, (k) => k)], { interval: 0.5, firstSample: -20 });
    for (const [to, length] of [
      [1, 501],
      [0.25, 2001],
      [0.3, 1667],
    ]) {
      const other = resample(shot, ms(to));
      expect([other.firstSample.time, other.sampleInterval, other.samples]).toEqual([-20, to, length]);
      expect(other.traces[0]).toMatchObject({ start: 0, count: length });
    }
  });

  it('holds constants exactly and lines to their ends', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 10, noNaN: true }), fc.integer({ min: 1, max: 300 }), (to, length) => {
        const { amplitudes } = resample(madeShot([filled(length, () => 42)]), ms(to));
        return amplitudes.every((v) => Math.abs(v - 42) < 1e-4);
      }),
      { numRuns: 100 },
    );
  });

  it('comes back after going to a finer interval', () => {
    const noise = noiseOf(3);
    const smooth = bandpass(madeShot([filled(800, noise), filled(800, noise)]), { high: hertz(150) });
    const back = resample(resample(smooth, ms(0.25)), ms(1));
    expect(back.samples).toBe(smooth.samples);
    for (let k = 60; k < 740; k++) expect(Math.abs(back.amplitudes[k] - smooth.amplitudes[k])).toBeLessThan(5e-3);
  });

  it('gives the shot itself at its own interval', () => {
    const shot = madeShot([filled(10, (k) => k)]);
    expect(resample(shot, ms(1))).toBe(shot);
  });

  it('keeps late starts and early ends where they are, and pulls no padding in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 140 }),
        fc.constantFrom(0.25, 0.4, 0.5, 1.5, 2, 3, 7),
        (start, count, to) => {
          const shot = madeShot([filled(200, () => 1000), filled(200, () => 1000)], {
            starts: [start, 0],
            counts: [count, 200],
          });
          const other = resample(shot, ms(to));
          const [trace] = other.traces;
          const [y] = rowsOf(other);
          // Every new sample lies within the recorded time, and none more would fit.
          expect(trace.start * to).toBeGreaterThanOrEqual(start - 1e-6);
          expect((trace.start - 1) * to).toBeLessThan(start);
          const end = trace.start + trace.count;
          expect((end - 1) * to).toBeLessThanOrEqual(start + count - 1 + 1e-6);
          expect(end * to).toBeGreaterThan(start + count - 1);
          y.forEach((v, k) => {
            expect(v).toBeCloseTo(k >= trace.start && k < end ? 1000 : 0, 2);
          });
        },
      ),
    );
  });

  it('marks what was not finite and keeps the rest', () => {
    const x = sine(20, 1);
    x[500] = Number.NaN;
    const [y] = rowsOf(resample(madeShot([x]), ms(2)));
    expect(y.reduce((n, v) => n + (Number.isFinite(v) ? 0 : 1), 0)).toBe(1);
    expect(y[250]).toBeNaN();
    const [good] = rowsOf(resample(madeShot([sine(20, 1)]), ms(2)));
    for (const k of [100, 200, 300, 900]) expect(y[k]).toBeCloseTo(good[k], 3);
  });

  it('works on headers alone and refuses impossible intervals', () => {
    const headers = { ...madeShot([filled(100, () => 1)]), amplitudes: new Float32Array(0) };
    expect(resample(headers, ms(2))).toMatchObject({ samples: 50, amplitudes: new Float32Array(0) });
    for (const interval of [0, -1, Number.NaN])
      expect(() => resample(headers, ms(interval))).toThrow(`found ${interval} ms`);
  });
});
