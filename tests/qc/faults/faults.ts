/** All faults that are planted. */
import type { Fault } from './fault.ts';
import { SHOT_FAULTS } from './shot-faults.ts';
import { TRACE_FAULTS } from './trace-faults.ts';

export const FAULTS: readonly Fault[] = [...TRACE_FAULTS, ...SHOT_FAULTS];
