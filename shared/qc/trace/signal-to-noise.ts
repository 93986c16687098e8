/** From which distance on the first breaks drown in the noise: the middle ratio of signal to noise of the traces around each. */
import { type Decibels, decibels } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';

/** A trace is judged with those next to it in distance, so many in all; fewer in a shot say nothing. */
const AROUND = 5;
const LEAST = 3;

interface Place {
  readonly row: number;
  /** Of the trace and those around it, the middle one. */
  readonly ratio: Decibels;
}

export const lowSignalToNoise: Judge = (facts, { limits }) => {
  const low = placesOf(facts).filter(({ ratio }) => ratio < limits['low-signal-to-noise.ratio']);
  if (low.length === 0) return [];
  const rows = low.map(({ row }) => row).sort((a, b) => a - b);
  const share = (100 * rows.length) / facts.live.length;
  const ratio = Math.min(...low.map((place) => place.ratio));
  const where = whereOf(facts, rows);
  return [
    {
      code: 'low-signal-to-noise',
      severity: share > limits['low-signal-to-noise.share'] ? 'warn' : 'info',
      traces: rows.map((i) => facts.shot.traces[i].index),
      value: Math.round(10 * ratio) / 10,
      unit: 'dB',
      threshold: limits['low-signal-to-noise.ratio'],
      cause: `the first break hardly rises above the noise ${where}: too little energy for this distance, or too much unrest`,
      advice: 'stack more shots or wait for quiet; trust no single pick there',
      says: `the first break hardly rises above the noise ${where}`,
    },
  ];
};

/** From near to far. */
function placesOf(facts: ShotFacts): readonly Place[] {
  const { live, breakLevels } = facts;
  const known = live.filter((i) => breakLevels[i]?.noise !== undefined && breakLevels[i].noise > 0);
  if (known.length < LEAST) return [];
  const far = awayOf(facts);
  const sorted = known.toSorted((a, b) => far[a] - far[b]);
  const ratios = sorted.map((i) => {
    const { signal, noise = 0 } = breakLevels[i]!;
    return decibels(overNoise(signal, noise) / noise);
  });
  return sorted.map((row, k) => {
    const first = Math.max(0, Math.min(k - (AROUND >> 1), sorted.length - AROUND));
    return { row, ratio: between(ratios.slice(first, first + AROUND)) };
  });
}

/** Of an even number of traces half-way between the two in the middle. */
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

function whereOf(facts: ShotFacts, rows: readonly number[]): string {
  const far = awayOf(facts);
  const [from, to] = [Math.min(...rows.map((i) => far[i])), Math.max(...rows.map((i) => far[i]))];
  const metres = facts.distances.some((distance) => distance !== undefined);
  return metres
    ? `from ${Math.round(from)} to ${Math.round(to)} m`
    : `from ${from} to ${to} traces off the earliest one`;
}
