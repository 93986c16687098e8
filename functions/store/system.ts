/** What the service itself keeps in a store, in each caller's part and beside them: jobs, uploads, the queue, counts. */
import { isOwnKey } from '../work/result-keys.ts';

/** No object of a user begins so. */
export const SYSTEM = '_firstbreak/';

/** Written by this software: neither to be picked nor to be written by others. */
export const isServiceKey = (key: string): boolean => key.startsWith(SYSTEM) || isOwnKey(key);
