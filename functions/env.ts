/**
 * What the functions on Lambda are told by their environment. cdk hands each name over together with the permission behind it, and
 * imports these types alone, so that a name that is missing or misspelt fails the type check.
 */

/** Everybody who picks: surveys as they come, and where results go. */
export interface StoreEnv {
  readonly SURVEYS_BUCKET: string;
  readonly RESULTS_BUCKET: string;
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
