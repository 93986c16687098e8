/** A threshold of the quality control: a number with its unit, and where it comes from. Tables of them stand in `limits.ts` of each part. */
import type { Quantity } from '../units.ts';

export type ProfileName = 'refraction' | 'land-3d' | 'obs' | 'training-set';

/** `×`: a ratio; `×σ`: multiples of a standard deviation; words: counts. */
export type LimitUnit =
  | '%'
  | 'dB'
  | 'ms'
  | 's'
  | 'm'
  | 'm/s'
  | 'Hz'
  | '×'
  | 'traces'
  | 'shots'
  | 'samples'
  | 'spikes'
  | 'problems'
  | '×σ';

export interface Limit<U extends LimitUnit = LimitUnit> {
  readonly unit: U;
  /** For the refraction crew; `Infinity` is never exceeded. */
  readonly value: number;
  /** Where another preset has reason to differ. */
  readonly in?: Readonly<Partial<Record<Exclude<ProfileName, 'refraction'>, number>>>;
  /** Source of the number, or the reasoning behind it; one sentence. */
  readonly why: string;
}

export type LimitTable = Readonly<Record<string, Limit>>;

/** The values of a table, each with its unit in the type. */
export type LimitValues<T extends LimitTable> = { readonly [K in keyof T]: Quantity<T[K]['unit']> };
