/**
 * The scale on which networks rebuild and make gathers: a trace's amplitudes as shares of its largest one, linear where they
 * are small and logarithmic above, so that a first break is not lost beside what follows it.
 */
import { CHANNELS } from '#shared/model/window.ts';

/** Below this share of the largest amplitude the scale is linear. */
export const LINEAR = 0.03;

/** Where it stands among the channels of a window. */
export const COMPANDED = CHANNELS.indexOf('slog(x, 0.03)');

const TOP = Math.log(1 + 1 / LINEAR);

/** sign(x) ln(1 + |x| / 0.03) / ln(1 + 1 / 0.03): ±1 at ±1. */
export const compand = (x: number): number => (Math.sign(x) * Math.log(1 + Math.abs(x) / LINEAR)) / TOP;

/** The way back. */
export const expand = (y: number): number => Math.sign(y) * LINEAR * (Math.exp(Math.abs(y) * TOP) - 1);
