/**
 * Warnings on untouched field shots that are true. Each trace that a finding names is held against plain measures at the breaks that
 * people picked (`seen.ts`); a warning counts as true where the traces so confirmed would by themselves bring it about. All else
 * is a false alarm.
 */
import { row } from '#shared/gather.ts';
import type { Finding } from '#shared/qc/finding.ts';
import type { Base } from './fault.ts';
import { dB, isWrong, LINE, lineAt, seenIn, spectrumOf, spreadNoise, standsOut } from './seen.ts';

/** Is the first break hidden: nobody sees it, or it stands less than so many dB out of the noise? */
const hidden = (base: Base, i: number, below = 8): boolean =>
  base.breaks[i] === undefined || (standsOut(base, i) ?? Number.POSITIVE_INFINITY) < below;

/** Before the break or, where none is known, before the earliest that is. */
function quietPart(base: Base, i: number): Float32Array {
  const { at, period } = seenIn(base);
  const known = at.filter((k) => k !== undefined);
  const end = at[i] ?? (known.length > 0 ? Math.min(...known) : base.shot.samples);
  const { start } = base.shot.traces[i];
  return row(base.shot, i).subarray(start, Math.max(start, Math.floor(end - period / 4)));
}

function rms(x: Float32Array): number {
  let square = 0;
  for (let k = 0; k < x.length; k++) square += x[k] * x[k];
  return Math.sqrt(square / x.length);
}

/** Loudest piece of a period over the middle one, dB. */
function unrest(base: Base, i: number): number {
  const x = quietPart(base, i);
  const width = Math.max(4, Math.round(seenIn(base).period));
  const pieces = Array.from({ length: Math.floor(x.length / width) }, (_, k) =>
    rms(x.subarray(k * width, (k + 1) * width)),
  ).sort((a, b) => a - b);
  return pieces.length < 4 ? 0 : dB(pieces.at(-1)! / (pieces[pieces.length >> 1] || Number.MIN_VALUE));
}

/** A spectral line that is not further below the signal is hum; dB. */
const BELOW_SIGNAL = -20;

function hums(base: Base, i: number, tones: readonly number[]): boolean {
  const { signal, record } = seenIn(base);
  const { start, count } = base.shot.traces[i];
  const spectrum = spectrumOf(row(base.shot, i).subarray(start, start + count), base.shot.sampleInterval);
  return tones.some(
    (tone) => (lineAt(base, i, tone) ?? 0) > LINE && dB(spectrum(tone) / (signal[i] ?? record[i])) > BELOW_SIGNAL,
  );
}

/** Does the trace show what the finding says? By code; of others no warning is taken for true. */
const CONFIRMS: Readonly<Record<string, (base: Base, i: number, finding: Finding) => boolean>> = {
  'noisy-traces': (base, i) => dB(rms(quietPart(base, i)) / spreadNoise(base)) > 10 && hidden(base, i, 14),
  'weak-traces': (base, i) => hidden(base, i),
  'low-signal-to-noise': (base, i) => hidden(base, i),
  'unpicked-traces': (base, i) => hidden(base, i, 12),
  'low-confidence': (base, i) => hidden(base, i, 12) || isWrong(base, i),
  'suspect-picks': isWrong,
  'burst-traces': (base, i) => unrest(base, i) > 12,
  'mains-traces': (base, i, { cause }) =>
    hums(base, i, /hum of 60/.test(cause) ? [60, 120, 180] : /hum of 50/.test(cause) ? [50, 100, 150] : [50 / 3, 50]),
};

export interface Confirmation {
  readonly named: number;
  readonly confirmed: number;
  readonly isTrue: boolean;
}

/** Findings that name rows as a share of a spread warn above their threshold; those of bins above so many of the traces, %. */
const BINS = 30;

export function confirmation(base: Base, finding: Finding): Confirmation {
  const confirms = CONFIRMS[finding.code];
  const named = finding.traces.length;
  if (confirms === undefined || named === 0) return { named, confirmed: 0, isTrue: false };
  const rows = new Map(base.shot.traces.map(({ index }, i) => [index, i]));
  const confirmed = finding.traces.filter((trace) => confirms(base, rows.get(trace)!, finding)).length;
  const least = finding.unit.startsWith('%') ? (finding.threshold / finding.value) * named : 0;
  const needed = finding.code === 'low-signal-to-noise' ? (BINS / 100) * seenIn(base).live.length : least;
  return { named, confirmed, isTrue: confirmed > needed && 2 * confirmed >= named };
}
