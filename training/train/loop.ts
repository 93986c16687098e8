/**
 * A run of steps that can be stopped, killed and gone on with: now and then a look at what has been learnt, now and then a
 * checkpoint. What a step does is the caller's.
 */
import { setImmediate } from 'node:timers/promises';

export interface Stepping<S extends { readonly step: number }, M> {
  readonly steps: number;
  /** All is done before the last step. @default never */
  isDone?(state: S): boolean;
  /** One step: the state after it, and a line of what happened. */
  take(state: S): Promise<{ readonly state: S; readonly metrics: M }>;
  /** After every so many steps and the last one. */
  readonly look?: { readonly every: number; at(state: S): Promise<S> };
  /** Called now and then, and at the end. */
  save(state: S): void;
  /** @default 3 */
  readonly checkpointMinutes?: number;
  readonly onStep?: (metrics: M, state: S) => void;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
}

export async function runSteps<S extends { readonly step: number }, M>(
  begun: S,
  { steps, isDone = () => false, take, look, save, checkpointMinutes = 3, onStep, signal }: Stepping<S, M>,
): Promise<S> {
  let state = begun;
  let saved = performance.now();
  while (state.step < steps && !isDone(state) && !signal?.aborted) {
    const taken = await take(state);
    state = taken.state;
    if (look && (state.step % look.every === 0 || state.step === steps)) state = await look.at(state);
    if (performance.now() - saved >= 60_000 * checkpointMinutes) {
      save(state);
      saved = performance.now();
    }
    onStep?.(taken.metrics, state);
    await setImmediate(); // some backends never wait, and signals would not be heard
  }
  save(state);
  return state;
}
