/**
 * Gathers that stand apart: far from their nearest neighbours among the codes (Ramaswamy, Rastogi and Shim 2000), or rebuilt
 * much worse than others, as what the network has never met is. Both are held against the median of all by the median
 * deviation (Iglewicz and Hoaglin 1993), so that the odd ones do not set the scale.
 */
import { median as reordered } from '#shared/signal/period.ts';
import type { CodedGather } from './codes.ts';

export interface Standing {
  /** Mean distance to the nearest neighbours, in standard deviations a number of the code. */
  readonly distance: number;
  /** Robust standard deviations above the median, of the distance and of the error; the larger one is the score. */
  readonly far: number;
  readonly misbuilt: number;
  readonly score: number;
  readonly odd: boolean;
  /** What may be the matter, the likeliest first. */
  readonly why: readonly string[];
}

/** Scores above this are odd (Iglewicz and Hoaglin 1993). */
export const ODD = 3.5;
/** Differences smaller than this share of the median are none, however alike the others are. */
const LEAST_SPREAD = 0.03;
const NEIGHBOURS = 5;
/** A fact further than this from the others, in robust standard deviations, is worth telling. */
const TELLING = 2.5;

/** Where all gathers of a survey are alike, numbers of the code are not stretched further than this share of their usual range. */
const LEAST_CODE_SPREAD = 0.1;

/** Codes about the median of the survey, each number by how much it differs there. [gather][number] */
export function standardised(codes: readonly Float64Array[]): readonly (readonly number[])[] {
  const scales = Array.from(codes[0], (_, j) => {
    const values = Float64Array.from(codes, (code) => code[j]);
    const centre = median(values);
    return { centre, spread: Math.max(spreadOf(values, centre), LEAST_CODE_SPREAD) };
  });
  return codes.map((code) => Array.from(code, (value, j) => (value - scales[j].centre) / scales[j].spread));
}

export function standingsOf(
  gathers: readonly CodedGather[],
  codes: readonly (readonly number[])[],
): readonly Standing[] {
  const distance = neighbourDistances(codes);
  const [far, misbuilt] = [robust(distance), robust(Float64Array.from(gathers, ({ amiss }) => amiss))];
  const facts = factsOf(gathers);
  return gathers.map((_, i) => {
    const score = Math.max(far[i], misbuilt[i]);
    const odd = score > ODD;
    return {
      distance: distance[i],
      far: far[i],
      misbuilt: misbuilt[i],
      score,
      odd,
      why: odd ? reasons(i, facts, far[i]) : [],
    };
  });
}

function neighbourDistances(codes: readonly (readonly number[])[]): Float64Array {
  const k = Math.min(NEIGHBOURS, codes.length - 1);
  return Float64Array.from(codes, (code, i) => {
    const others = codes.flatMap((other, j) => (i === j ? [] : [between(code, other)])).sort((a, b) => a - b);
    return others.slice(0, k).reduce((sum, one) => sum + one, 0) / k;
  });
}

const between = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]) ** 2, 0) / a.length);

/** Distances from the median, in robust standard deviations. @param least a deviation is taken to be, however alike most are */
function robust(values: Float64Array, least = Number.MIN_VALUE): Float64Array {
  const centre = median(values);
  const spread = Math.max(spreadOf(values, centre), LEAST_SPREAD * Math.abs(centre), least);
  return values.map((value) => (value - centre) / spread);
}

/** 1.4826 × the median distance from the centre: the standard deviation where values are normal. */
const spreadOf = (values: Float64Array, centre: number): number =>
  1.4826 * median(values.map((value) => Math.abs(value - centre)));

const median = (values: Float64Array): number => reordered(values.slice());

interface Fact {
  readonly values: Float64Array;
  readonly apart: Float64Array;
  say(value: number, usual: number): string;
}

function factsOf(gathers: readonly CodedGather[]): readonly Fact[] {
  const fact = (of: (gather: CodedGather) => number | undefined, least: number, say: Fact['say']): Fact => {
    const known = Float64Array.from(gathers.flatMap((gather) => of(gather) ?? []));
    const usual = known.length > 0 ? median(known) : 0;
    const values = Float64Array.from(gathers, (gather) => of(gather) ?? usual);
    return { values, apart: robust(values, least), say };
  };
  return [
    fact(
      ({ signalToNoise }) => signalToNoise,
      2,
      (value, usual) =>
        `${value < usual ? 'noisy' : 'quiet'}: breaks stand ${value.toFixed(0)} dB above the noise, ${usual.toFixed(0)} dB in most`,
    ),
    fact(
      ({ dead }) => dead,
      0.5,
      (value, usual) => `${value} dead channels, ${usual} in most`,
    ),
    fact(
      ({ gather }) => gather.shot.traces.length,
      1,
      (value, usual) => `${value} traces, ${usual} in most`,
    ),
    fact(
      ({ gather: { shot } }) => shot.samples * shot.sampleInterval,
      1,
      (value, usual) => `${value.toFixed(0)} ms recorded, ${usual.toFixed(0)} ms in most`,
    ),
    fact(
      ({ amiss }) => amiss,
      0.02,
      (value, usual) =>
        `rebuilt ${value > usual ? 'badly' : 'unusually well'}: ${percent(value)} amiss, ${percent(usual)} in most`,
    ),
  ];
}

function reasons(i: number, facts: readonly Fact[], far: number): readonly string[] {
  const told = facts
    .filter(({ apart }) => Math.abs(apart[i]) > TELLING)
    .sort((a, b) => Math.abs(b.apart[i]) - Math.abs(a.apart[i]))
    .map(({ values, say }) => say(values[i], median(values)));
  return [...told, ...(far > ODD ? ['its waves are unlike those of the others'] : [])];
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
