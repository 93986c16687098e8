/** Who picks: the app asks, and does not know whether it is done in a thread, in this process or on another machine. */
import type { PickAnswer, PickRequest } from './answer.ts';

export interface PickService {
  /** @throws RecordError for the file, PickingError for the service */
  pick(request: PickRequest, signal?: AbortSignal): Promise<PickAnswer>;
  /** Runs the golden gathers of the model. */
  check(): Promise<Check>;
  readonly about: AboutPicker;
  close(): Promise<void>;
}

export interface Check {
  /** Largest difference of a score from the expected one, and the most it may be. */
  readonly off: number;
  readonly most: number;
}

export interface AboutPicker {
  readonly name: string;
  readonly digest: string | null;
  readonly runtime: string;
}

/** `busy`: too many are waiting; `too-slow`: stopped after its time; `died`: the thread ended, as of too little memory. */
export class PickingError extends Error {
  readonly _tag = 'PickingError';
  override readonly name = 'PickingError';
  readonly code: 'busy' | 'too-slow' | 'died' | 'closed' | 'aborted';

  constructor(code: PickingError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
