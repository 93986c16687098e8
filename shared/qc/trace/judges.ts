/** Judgements of the traces of a shot, in the order in which their findings are listed. */
import type { Judge } from '../judges.ts';
import { burstTraces } from './burst.ts';
import { clippedTraces } from './clipped.ts';
import { crossTalkTraces } from './cross-talk.ts';
import { damagedRecord } from './damaged.ts';
import { deadTraces } from './dead.ts';
import { duplicateTraces } from './duplicate.ts';
import { flaggedTraces } from './flagged.ts';
import { gainTraces } from './gain.ts';
import { mainsTraces } from './mains.ts';
import { noisyTraces } from './noisy.ts';
import { nonFiniteTraces } from './non-finite.ts';
import { offsetTraces } from './offset.ts';
import { reversedTraces } from './reversed.ts';
import { shiftedTraces } from './shifted.ts';
import { lowSignalToNoise } from './signal-to-noise.ts';
import { spikyTraces } from './spiky.ts';
import { swappedTraces } from './swapped.ts';
import { unpickedTraces } from './unpicked.ts';
import { weakTraces } from './weak.ts';

export const TRACE_JUDGES: readonly Judge[] = [
  deadTraces,
  flaggedTraces,
  nonFiniteTraces,
  noisyTraces,
  burstTraces,
  mainsTraces,
  lowSignalToNoise,
  weakTraces,
  clippedTraces,
  spikyTraces,
  offsetTraces,
  gainTraces,
  reversedTraces,
  crossTalkTraces,
  duplicateTraces,
  swappedTraces,
  shiftedTraces,
  unpickedTraces,
  damagedRecord,
];
