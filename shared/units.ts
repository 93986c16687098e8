/** Numbers that carry their unit in the type, at no cost at run time. */
declare const unit: unique symbol;
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** Time; after the shot instant unless said otherwise. */
export type Milliseconds = Quantity<'ms'>;
/** Position on a trace; fractional after sub-sample refinement. */
export type Samples = Quantity<'samples'>;
export type Metres = Quantity<'m'>;
export type Hertz = Quantity<'Hz'>;

export const ms = (value: number) => value as Milliseconds;
export const samples = (value: number) => value as Samples;
export const metres = (value: number) => value as Metres;
export const hertz = (value: number) => value as Hertz;

/** International foot, exact by definition (1959). */
export const FOOT = 0.3048 as Metres;
