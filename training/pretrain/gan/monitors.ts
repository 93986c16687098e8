/**
 * How alike generated windows are to real ones, in numbers a geophysicist would ask for: amplitude spectrum, autocorrelation,
 * moveout and coherence, and how much the windows differ among themselves.
 */
import { SAMPLES } from '#shared/model/window.ts';

/** Companded windows, [window, trace, sample]. */
export interface WindowSet {
  readonly values: Float32Array;
  readonly traces: number;
}

export interface Distances {
  /** Of the mean amplitude spectra, root mean square over the frequencies of time, dB. */
  readonly spectrum: number;
  /** Of the mean autocorrelations of traces, root mean square over the lags. */
  readonly autocorrelation: number;
  /** Of the distributions of dominant slopes (Wasserstein-1), samples a trace. */
  readonly moveout: number;
  /** Of the distributions of the semblance along those slopes (Wasserstein-1). */
  readonly coherence: number;
}

/** How much the windows of a set differ: root mean square distances, as shares of those of a real set. */
export interface Diversity {
  /** Mean over all pairs. */
  readonly pairs: number;
  /** Mean distance to the nearest other one: small also when there are but a few sorts of windows. */
  readonly nearest: number;
}

/** Below these shares the generator makes one window, or a few, whatever z says. Halves of real windows stay above 0.8. */
const COLLAPSED: Diversity = { pairs: 0.5, nearest: 0.4 };

export const isCollapsed = ({ pairs, nearest }: Diversity): boolean =>
  pairs < COLLAPSED.pairs || nearest < COLLAPSED.nearest;

/** What sets are compared by; it costs more than the comparison. */
export interface Portrait {
  readonly spectrum: Float64Array;
  readonly autocorrelation: Float64Array;
  /** Sorted. */
  readonly slopes: Float64Array;
  readonly semblances: Float64Array;
  readonly pairs: number;
  readonly nearest: number;
}

export function portraitOf(set: WindowSet): Portrait {
  return { ...alongTime(set), ...slopesIn(set), ...apartIn(set) };
}

export const distancesOf = (a: Portrait, b: Portrait): Distances => ({
  spectrum: rootMeanSquare(a.spectrum, b.spectrum),
  autocorrelation: rootMeanSquare(a.autocorrelation, b.autocorrelation),
  moveout: transport(a.slopes, b.slopes),
  coherence: transport(a.semblances, b.semblances),
});

/** @param real what the differences of `made` are held against */
export const diversityOf = (made: Portrait, real: Portrait): Diversity => ({
  pairs: made.pairs / real.pairs,
  nearest: made.nearest / real.nearest,
});

const FREQUENCIES = SAMPLES / 2;
const LAGS = 32;

/** Spectrum in dB of its mean, and autocorrelation; both of single traces, meant over all of them. */
function alongTime({ values }: WindowSet) {
  const traces = values.length / SAMPLES;
  const amplitude = new Float64Array(FREQUENCIES);
  const autocorrelation = new Float64Array(LAGS);
  for (let t = 0; t < traces; t++) {
    const x = values.subarray(t * SAMPLES, (t + 1) * SAMPLES);
    for (let f = 0; f < FREQUENCIES; f++) {
      let [re, im] = [0, 0];
      for (let k = 0; k < SAMPLES; k++) {
        const turn = (f * k) % SAMPLES;
        re += x[k] * COSINE[turn];
        im += x[k] * COSINE[(turn + SAMPLES / 4) % SAMPLES];
      }
      amplitude[f] += Math.sqrt(re * re + im * im);
    }
    const power = product(x, x, 0);
    if (power > 0) for (let lag = 1; lag <= LAGS; lag++) autocorrelation[lag - 1] += product(x, x, lag) / power;
  }
  const mean = amplitude.reduce((sum, a) => sum + a, 0) / FREQUENCIES;
  return {
    spectrum: amplitude.map((a) => 20 * Math.log10(a / mean + 1e-6)),
    autocorrelation: autocorrelation.map((a) => a / traces),
  };
}

const COSINE = Float64Array.from({ length: SAMPLES }, (_, k) => Math.cos((2 * Math.PI * k) / SAMPLES));

function product(a: Float32Array, b: Float32Array, lag: number): number {
  let sum = 0;
  for (let k = 0; k + lag < a.length; k++) sum += a[k] * b[k + lag];
  return sum;
}

/** Blocks that a slope is looked for in, and the slopes, in samples a trace. */
const BLOCK = { traces: 6, samples: 32 } as const;
const SLOPES = Array.from({ length: 25 }, (_, i) => (i - 12) / 2);

/** The slope along which a block stacks best (Neidell and Taner 1971), without its sign: windows come mirrored. */
function slopesIn({ values, traces }: WindowSet) {
  const slopes: number[] = [];
  const semblances: number[] = [];
  const middle = (BLOCK.traces - 1) / 2;
  const shifts = SLOPES.map((slope) =>
    Array.from({ length: BLOCK.traces }, (_, t) => Math.round(slope * (t - middle))),
  );
  for (let w = 0; w < values.length / SAMPLES / traces; w++)
    for (let first = 0; first + BLOCK.traces <= traces; first += BLOCK.traces)
      for (let start = 0; start < SAMPLES; start += BLOCK.samples) {
        let best = -1;
        let steepness = 0;
        shifts.forEach((shift, s) => {
          const semblance = semblanceOf(values, (w * traces + first) * SAMPLES, start, shift);
          if (semblance > best) [best, steepness] = [semblance, Math.abs(SLOPES[s])];
        });
        slopes.push(steepness);
        semblances.push(best);
      }
  return { slopes: Float64Array.from(slopes).sort(), semblances: Float64Array.from(semblances).sort() };
}

function semblanceOf(values: Float32Array, base: number, start: number, shift: readonly number[]): number {
  let [stacked, single] = [0, 0];
  for (let k = start; k < start + BLOCK.samples; k++) {
    let sum = 0;
    for (let t = 0; t < shift.length; t++) {
      const at = k + shift[t];
      const value = at >= 0 && at < SAMPLES ? values[base + t * SAMPLES + at] : 0;
      sum += value;
      single += value * value;
    }
    stacked += sum * sum;
  }
  return single > 0 ? stacked / (shift.length * single) : 0;
}

function apartIn({ values, traces }: WindowSet) {
  const size = traces * SAMPLES;
  const windows = values.length / size;
  const nearest = new Float64Array(windows).fill(Number.POSITIVE_INFINITY);
  let all = 0;
  for (let a = 0; a < windows; a++)
    for (let b = 0; b < a; b++) {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const away = values[a * size + i] - values[b * size + i];
        sum += away * away;
      }
      const apart = Math.sqrt(sum / size);
      all += apart;
      nearest[a] = Math.min(nearest[a], apart);
      nearest[b] = Math.min(nearest[b], apart);
    }
  return {
    pairs: all / ((windows * (windows - 1)) / 2),
    nearest: nearest.reduce((sum, n) => sum + n, 0) / windows,
  };
}

function rootMeanSquare(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}

/** Wasserstein-1 of two sorted samples of one size. */
function transport(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}
