/** Mains hum picked in place of the first break: around the picks a sinusoid of the mains is nearly all there is, before them as behind. */
import { recorded } from '../../signal/with-amplitudes.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { rememberedJudge } from '../remembered.ts';
import { tenths } from './numbers.ts';
import { someRows } from './some-rows.ts';

/** Of power lines, and of railways in the middle of Europe; Hz. */
const MAINS = [50, 60, 50 / 3] as const;

export const mainsPicked: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const picked = facts.live.filter((i) => facts.times[i] !== undefined);
  if (picked.length < LEAST) return [];
  const hums = (i: number, frequency: number) => {
    const share = humAround(facts, i, frequency);
    return share !== undefined && 100 * share > limits['mains-picked.share'];
  };
  // What is on most picks is on some of any few.
  const few = someRows(facts, FEW);
  const found = MAINS.map((frequency) => ({
    frequency,
    rows: few.some((i) => hums(i, frequency)) ? picked.filter((i) => hums(i, frequency)) : [],
  })).reduce((a, b) => (b.rows.length > a.rows.length ? b : a));
  const value = (100 * found.rows.length) / picked.length;
  const limit = limits['mains-picked.warn'];
  if (value <= limit) return [];
  const name = Math.round(found.frequency * 10) / 10;
  return [
    {
      code: 'mains-picked',
      severity: 'warn',
      traces: found.rows.map((i) => facts.shot.traces[i].index),
      value: tenths(value),
      unit: '% of picks',
      threshold: limit,
      cause: `the ${name} Hz of power lines or machines covers the first breaks, and swings of it were picked`,
      advice:
        'use the recorder’s notch filter or one before picking, move cables away from power lines, shoot with more energy',
      says: `${found.rows.length} of ${picked.length} picks lie on ${name} Hz hum`,
    },
  ];
});

const LEAST = 6;
/** Half of the picks on hum and none of eight: one chance in 256. */
const FEW = 8;
/** Cycles on either side of the pick. */
const CYCLES = 2;

/** Share (0–1) of the power around a pick that one sinusoid explains, by least squares; undefined where the record does not reach. */
function humAround({ shot, breaks }: ShotFacts, row: number, frequency: number): number | undefined {
  const at = breaks[row];
  if (at === undefined) return undefined;
  const x = recorded(shot, row);
  const reach = Math.round((CYCLES * 1000) / frequency / shot.sampleInterval);
  const from = Math.round(at) - shot.traces[row].start - reach;
  if (from < 0 || from + 2 * reach > x.length) return undefined;
  const step = (2 * Math.PI * frequency * shot.sampleInterval) / 1000;
  const [turnRe, turnIm] = [Math.cos(step), Math.sin(step)];
  let [sum, square, sine, cosine] = [0, 0, 0, 0];
  let [re, im] = [1, 0];
  for (let k = 0; k < 2 * reach; k++) {
    const v = x[from + k];
    sum += v;
    square += v * v;
    cosine += v * re;
    sine += v * im;
    const next = re * turnRe - im * turnIm;
    im = re * turnIm + im * turnRe;
    re = next;
  }
  // Whole cycles: sine, cosine and a constant do not mix.
  const n = 2 * reach;
  const power = square - (sum * sum) / n;
  return power > 0 ? (2 * (sine * sine + cosine * cosine)) / n / power : undefined;
}
