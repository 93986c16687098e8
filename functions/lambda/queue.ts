/** The function behind the queue: message after message, each of which fails alone. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { isRecordError } from '#shared/errors.ts';
import { isStoreError } from '#shared/object-store.ts';
import type { QueueEnv } from '../env.ts';
import { type PickObjectDeps, Poison, pickMessage } from '../pick-object.ts';
import { environment } from './environment.ts';
import type { Here } from './here.ts';
import { sender } from './sender.ts';
import { asOne } from './two-places.ts';

/** Of the queue's redrive policy; the last of them leaves a word beside the object. */
const TRIES = 4;

export function queueHandler(here: Here): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  const { TASKS_QUEUE_URL } = environment<Pick<QueueEnv, 'TASKS_QUEUE_URL'>>('TASKS_QUEUE_URL');
  const { surveys, results, bucket, logger, metrics, publish } = here;
  const send = sender(TASKS_QUEUE_URL);

  async function one({ messageId, body, attributes }: SQSRecord): Promise<void> {
    const counts = here.counted();
    const started = performance.now();
    const received = Number(attributes.ApproximateReceiveCount ?? 1);
    const told = { messageId, received };
    const deps: PickObjectDeps = {
      ...{ ...here.deps, surveys, results, bucket, send, jobs: asOne(surveys, results), tries: TRIES },
      ...counts.deps,
    };
    let failure: unknown;
    try {
      const outcome = await pickMessage({ body, received }, deps);
      logger.info('message', { ...told, outcome, ms: Math.round(performance.now() - started) });
    } catch (error) {
      failure = error;
      logger.warn('message failed', { ...told, ...codeOf(error), ms: Math.round(performance.now() - started) });
      throw error;
    } finally {
      counts.tell(failure);
    }
  }

  return async (event, context) => {
    logger.addContext(context);
    metrics.setFunctionName(context.functionName);
    metrics.captureColdStartMetric();
    try {
      return await processPartialResponse(event, one, new BatchProcessor(EventType.SQS), {
        context,
        processInParallel: false, // memory is that of one
        throwOnFullBatchFailure: false,
      });
    } finally {
      publish();
    }
  };
}

/** What went wrong, without a name or a value of what was read: those are data. */
export function codeOf(error: unknown): { readonly error: string; readonly code?: string; readonly stack?: string } {
  if (isRecordError(error) || isStoreError(error)) return { error: error.name, code: error.code };
  if (error instanceof Poison) return { error: error.name, code: error.message };
  const { name, stack = '' } = error instanceof Error ? error : new Error('thrown');
  return { error: name, stack: stack.split('\n').slice(1, 6).join('\n') };
}
