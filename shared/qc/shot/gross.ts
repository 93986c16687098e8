/** Faults beside which nothing finer can be said: under a wrong scale, a wrong order or without a shot, timing and position mean nothing. */
import type { Judge } from '../judges.ts';
import { airWavePicked } from './air-wave.ts';
import { geometryError } from './geometry.ts';
import { mainsPicked } from './mains-picked.ts';
import { misfire } from './misfire.ts';
import { sampleIntervalError } from './sample-interval.ts';
import { spreadOrder } from './spread-order.ts';
import { timeReversed } from './time-reversed.ts';

const GROSS: readonly Judge[] = [
  misfire,
  timeReversed,
  geometryError,
  sampleIntervalError,
  spreadOrder,
  airWavePicked,
  mainsPicked,
];

export const grossFault = (...[facts, profile]: Parameters<Judge>): boolean =>
  GROSS.some((judge) => judge(facts, profile).length > 0);
