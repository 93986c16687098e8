/** Judgements of the traces of a shot, in the order in which their findings are listed. */
import type { Judge } from '../judges.ts';
import { clippedTraces } from './clipped.ts';
import { damagedRecord } from './damaged.ts';
import { deadTraces } from './dead.ts';
import { noisyTraces } from './noisy.ts';
import { nonFiniteTraces } from './non-finite.ts';
import { offsetTraces } from './offset.ts';
import { spikyTraces } from './spiky.ts';
import { unpickedTraces } from './unpicked.ts';
import { weakTraces } from './weak.ts';

export const TRACE_JUDGES: readonly Judge[] = [
  deadTraces,
  nonFiniteTraces,
  noisyTraces,
  weakTraces,
  clippedTraces,
  spikyTraces,
  offsetTraces,
  unpickedTraces,
  damagedRecord,
];
