/**
 * Power cepstrum of several traces: the inverse Fourier transform of the mean logarithm of their power spectra. A copy of all traces,
 * later by the same lag and as loud as the factor a says, adds a peak of height a there, whatever the traces are like (Bogert, Healy
 * & Tukey 1963).
 */

/** Of traces about their means, faded at both ends; `size`, a power of two, is at least their length. Entries are lags in samples. */
export function meanCepstrum(traces: readonly Float64Array[], size: number): Float64Array {
  const logs = new Float64Array(size);
  const im = new Float64Array(size);
  const turns = turnsOf(size);
  // Two real traces in one complex transform: one is its even part, one its odd part.
  for (let pair = 0; pair < traces.length; pair += 2) {
    const a = faded(traces[pair], size);
    const b = pair + 1 < traces.length ? faded(traces[pair + 1], size) : new Float64Array(size);
    fourier(a, b, turns);
    addLogPower(a, b, logs, pair + 1 < traces.length);
  }
  for (let k = 0; k < size; k++) logs[k] /= traces.length;
  fourier(logs, im, turns);
  for (let k = 0; k < size; k++) logs[k] /= size;
  return logs;
}

/** Share of the trace that is faded in and out. */
const ENDS = 0.05;

function faded(x: Float64Array, size: number): Float64Array {
  const y = new Float64Array(size);
  const n = x.length;
  const ends = Math.ceil(ENDS * n);
  let mean = 0;
  for (let k = 0; k < n; k++) mean += x[k];
  mean /= n;
  for (let k = 0; k < n; k++) y[k] = x[k] - mean;
  for (let k = 0; k < ends; k++) {
    const share = Math.sin((Math.PI / 2) * ((k + 0.5) / ends));
    y[k] *= share;
    y[n - 1 - k] *= share;
  }
  return y;
}

/** Frequencies weaker than this share of the mean power would rule the logarithm. */
const FLOOR = 1e-6;

function addLogPower(re: Float64Array, im: Float64Array, logs: Float64Array, both: boolean): void {
  const n = re.length;
  const first = new Float64Array(n);
  const second = new Float64Array(n);
  let [sumFirst, sumSecond] = [0, 0];
  for (let k = 0; k < n; k++) {
    const m = (n - k) & (n - 1);
    first[k] = ((re[k] + re[m]) ** 2 + (im[k] - im[m]) ** 2) / 4;
    second[k] = ((im[k] + im[m]) ** 2 + (re[m] - re[k]) ** 2) / 4;
    sumFirst += first[k];
    sumSecond += second[k];
  }
  const [leastFirst, leastSecond] = [(FLOOR * sumFirst) / n, (FLOOR * sumSecond) / n];
  for (let k = 0; k < n; k++) {
    if (leastFirst > 0) logs[k] += Math.log(first[k] + leastFirst);
    if (both && leastSecond > 0) logs[k] += Math.log(second[k] + leastSecond);
  }
}

interface Turns {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

const turnsOf = (n: number): Turns => ({
  cos: Float64Array.from({ length: n >> 1 }, (_, k) => Math.cos((2 * Math.PI * k) / n)),
  sin: Float64Array.from({ length: n >> 1 }, (_, k) => -Math.sin((2 * Math.PI * k) / n)),
});

/** In place, forward, unscaled; radix 2 (Cooley & Tukey 1965). The length must be a power of two. */
function fourier(re: Float64Array, im: Float64Array, { cos, sin }: Turns): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const [a, b] = [re[i], im[i]];
      re[i] = re[j];
      im[i] = im[j];
      re[j] = a;
      im[j] = b;
    }
  }
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half);
    for (let from = 0; from < n; from += 2 * half)
      for (let k = 0; k < half; k++) {
        const [c, s] = [cos[k * stride], sin[k * stride]];
        const i = from + k;
        const j = i + half;
        const a = re[j] * c - im[j] * s;
        const b = re[j] * s + im[j] * c;
        re[j] = re[i] - a;
        im[j] = im[i] - b;
        re[i] += a;
        im[i] += b;
      }
  }
}
