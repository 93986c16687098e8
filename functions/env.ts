/**
 * What the functions on Lambda are told by their environment. cdk hands each name over together with the permission behind it, and
 * imports these types alone, so that a name that is missing or misspelt fails the type check.
 */

/** Everybody who picks: surveys as they come, and where results go. */
export interface StoreEnv {
  readonly SURVEYS_BUCKET: string;
  readonly RESULTS_BUCKET: string;
}

/** What runs the weights: `onnx-web` unless it says `tflite` or `onnx-node`. */
export interface RuntimeEnv {
  readonly FIRSTBREAK_RUNTIME?: 'onnx-web' | 'onnx-node' | 'tflite';
}

/** Whoever picks with the releases of the registry; without it, with the model of the bundle alone. */
export interface ModelsEnv {
  readonly MODELS_BUCKET: string;
  /** Public keys whose signatures count: what stands between the lines of a PEM, commas between several. */
  readonly MODELS_TRUST: string;
}

/** Behind alarms: ends the canary, and can do nothing else. */
export interface GuardEnv {
  readonly MODELS_BUCKET: string;
}

/** Behind the queue: tasks that follow go back into it. */
export interface QueueEnv extends StoreEnv {
  readonly TASKS_QUEUE_URL: string;
}

/** Behind the HTTP API, which begins jobs by a task in the queue. */
export interface HttpEnv extends QueueEnv {
  /** `iam` or `jwt`: how API Gateway knows the caller. */
  readonly CALLERS: 'iam' | 'jwt';
}
