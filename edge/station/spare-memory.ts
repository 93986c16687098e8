/**
 * V8 keeps a heap as large as it once was, in each thread by itself; beside a recorder there is other use for that memory. What is not
 * used is given back when the thread has had nothing to do for a moment.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Less than this is not worth a collection. */
const SPARE_BYTES = 48 * 1024 * 1024;
const REST_MS = 400;

// Only a context that is made after the flag was set has the function.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;

let resting: NodeJS.Timeout | undefined;

/** To be called after work; what is called again and again is put off. */
export function giveBackMemory(): void {
  clearTimeout(resting);
  resting = setTimeout(() => {
    const { heapTotal, heapUsed } = process.memoryUsage();
    if (heapTotal - heapUsed > SPARE_BYTES) collect({ type: 'major', flavor: 'last-resort' });
  }, REST_MS);
  resting.unref();
}
