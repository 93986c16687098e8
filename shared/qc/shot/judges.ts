/** Judgements of a shot as a whole, in the order in which their findings are listed. */
import type { Judge } from '../judges.ts';
import { airWavePicked } from './air-wave.ts';
import { doubleShot } from './double-shot.ts';
import { geometryError, geometryMissing } from './geometry.ts';
import { lowConfidence } from './low-confidence.ts';
import { mainsPicked } from './mains-picked.ts';
import { misfire } from './misfire.ts';
import { clockGap, duplicateShot, ffidOrder } from './numbering.ts';
import { sourcePositionError } from './position.ts';
import { recordWindow } from './record-window.ts';
import { sampleIntervalError } from './sample-interval.ts';
import { spreadOrder } from './spread-order.ts';
import { suspectPicks } from './suspect-picks.ts';
import { timeReversed } from './time-reversed.ts';
import { triggerTimeError } from './trigger.ts';
import { weakSource } from './weak-source.ts';

export const SHOT_JUDGES: readonly Judge[] = [
  misfire,
  weakSource,
  doubleShot,
  timeReversed,
  spreadOrder,
  geometryError,
  geometryMissing,
  sampleIntervalError,
  triggerTimeError,
  sourcePositionError,
  recordWindow,
  airWavePicked,
  mainsPicked,
  suspectPicks,
  lowConfidence,
  duplicateShot,
  ffidOrder,
  clockGap,
];
