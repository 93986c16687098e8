/**
 * The scale on which networks rebuild and make gathers: a trace's amplitudes as shares of its largest one, linear where they
 * are small and logarithmic above, so that a first break is not lost beside what follows it.
 */
import { CHANNELS } from '#shared/model/window.ts';

/** Below this share of the largest amplitude the scale is linear. */
export const LINEAR = 0.03;
/** The same of the two channels that show what is quiet. */
export const FINE = 0.001;

/** Where it stands among the channels of a window. */
export const COMPANDED = CHANNELS.indexOf('slog(x, 0.03)');

/** What stands for 1. */
const topOf = (linear: number): number => Math.log(1 + 1 / linear);

/** sign(x) ln(1 + |x| / 0.03) / ln(1 + 1 / 0.03): ±1 at ±1. */
export const compand = (x: number, linear = LINEAR): number =>
  (Math.sign(x) * Math.log(1 + Math.abs(x) / linear)) / topOf(linear);

/** The way back. */
export const expand = (y: number, linear = LINEAR): number =>
  Math.sign(y) * linear * (Math.exp(Math.abs(y) * topOf(linear)) - 1);
