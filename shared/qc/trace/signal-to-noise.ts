/** From which distance on the first breaks drown in the noise: the middle ratio of signal to noise of each bin of distance. */
import { type Decibels, decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';

/** Bins hold as many traces each; fewer in one say nothing. */
const BINS = 6;
const LEAST = 3;

interface Bin {
  readonly rows: readonly number[];
  readonly ratio: Decibels;
}

export const lowSignalToNoise: Judge = (facts, { limits }) => {
  const bins = binsOf(facts);
  const low = bins.filter(({ ratio }) => ratio < limits['low-signal-to-noise.ratio']);
  if (low.length === 0) return [];
  const rows = low.flatMap((bin) => bin.rows).sort((a, b) => a - b);
  const share = (100 * rows.length) / bins.reduce((sum, bin) => sum + bin.rows.length, 0);
  const ratio = Math.min(...low.map((bin) => bin.ratio));
  return [
    {
      code: 'low-signal-to-noise',
      severity: share > limits['low-signal-to-noise.share'] ? 'warn' : 'info',
      traces: rows.map((i) => facts.shot.traces[i].index),
      value: Math.round(10 * ratio) / 10,
      unit: 'dB',
      threshold: limits['low-signal-to-noise.ratio'],
      cause: `the first break hardly rises above the noise ${whereOf(facts, low)}: too little energy for this distance, or too much unrest`,
      advice: 'stack more shots or wait for quiet; trust no single pick there',
      says: `the first break hardly rises above the noise ${whereOf(facts, low)}`,
    },
  ];
};

/** From near to far. */
function binsOf(facts: ShotFacts): readonly Bin[] {
  const { live, breakLevels } = facts;
  const known = live.filter((i) => breakLevels[i]?.noise !== undefined && breakLevels[i].noise > 0);
  const far = awayOf(facts);
  const sorted = known.toSorted((a, b) => far[a] - far[b]);
  const size = Math.max(LEAST, Math.ceil(sorted.length / BINS));
  const bins: Bin[] = [];
  for (let k = 0; k + LEAST <= sorted.length; k += size) {
    const rows = sorted.slice(k, k + size);
    const ratios = rows.map((i) => {
      const { signal, noise = 0 } = breakLevels[i]!;
      return decibels(overNoise(signal, noise) / noise);
    });
    bins.push({ rows, ratio: between(ratios) });
  }
  return bins;
}

/** Of an even number of traces, which a bin of four is, half-way between the two in the middle. */
function between(ratios: readonly Decibels[]): Decibels {
  const sorted = ratios.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (((sorted[half - 1] + sorted[half]) / 2) as Decibels);
}

/** What is measured behind the break is signal and noise together; their powers add. */
const overNoise = (signal: number, noise: number): number => Math.sqrt(Math.max(0, signal ** 2 - noise ** 2));

/** Metres from the source where the geometry is known, else traces from the earliest pick. [row] */
function awayOf({ distances, times }: ShotFacts): readonly number[] {
  if (distances.some((distance) => distance !== undefined)) return distances.map((distance) => distance ?? Infinity);
  const earliest = times.reduce((best, time, i) => ((time ?? Infinity) < (times[best] ?? Infinity) ? i : best), 0);
  return times.map((_, i) => Math.abs(i - earliest));
}

function whereOf(facts: ShotFacts, low: readonly Bin[]): string {
  const far = awayOf(facts);
  const rows = low.flatMap((bin) => bin.rows);
  const [from, to] = [Math.min(...rows.map((i) => far[i])), Math.max(...rows.map((i) => far[i]))];
  const metres = facts.distances.some((distance) => distance !== undefined);
  return metres
    ? `from ${Math.round(from)} to ${Math.round(to)} m`
    : `from ${from} to ${to} traces off the earliest one`;
}
