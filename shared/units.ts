/** Numbers that carry their unit in the type, at no cost at run time. */
declare const unit: unique symbol;
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** Time; after the shot instant unless said otherwise. */
export type Milliseconds = Quantity<'ms'>;
/** Position on a trace; fractional after sub-sample refinement. */
export type Samples = Quantity<'samples'>;
export type Metres = Quantity<'m'>;
export type Hertz = Quantity<'Hz'>;
export type MetresPerSecond = Quantity<'m/s'>;
/** Of amplitudes: 20 log₁₀ of their ratio. */
export type Decibels = Quantity<'dB'>;
export type Percent = Quantity<'%'>;

export const ms = (value: number) => value as Milliseconds;
export const samples = (value: number) => value as Samples;
export const metres = (value: number) => value as Metres;
export const hertz = (value: number) => value as Hertz;
export const metresPerSecond = (value: number) => value as MetresPerSecond;
/** Of a ratio of amplitudes. */
export const decibels = (ratio: number) => (20 * Math.log10(ratio)) as Decibels;
/** Of a share 0–1. */
export const percent = (share: number) => (100 * share) as Percent;

/** International foot, exact by definition (1959). */
export const FOOT = 0.3048 as Metres;
