/** Numbers and lists as findings of a line write them. */

/** Milliseconds to a hundredth: picks are no finer. */
export const times = (value: number): number => Math.round(value * 100) / 100;

/** To a tenth. */
export const tenths = (value: number): number => Math.round(value * 10) / 10;

/** `+3.2`, `−0.5`. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(tenths(value))}`;

/** `1 shot`, `3 shots`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
