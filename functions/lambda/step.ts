/** The function of the state machine: one task in, those that follow out. What cannot be picked ends as `RecordError`. */
import type { Context } from 'aws-lambda';
import { step } from '../pick-object.ts';
import { isTask, type Task } from '../work/task.ts';
import type { Here } from './here.ts';
import { codeOf } from './queue.ts';

export function stepHandler(here: Here): (task: unknown, context: Context) => Promise<{ tasks: readonly Task[] }> {
  const { logger, metrics, surveys, results, publish } = here;
  return async (task, context) => {
    logger.addContext(context);
    metrics.setFunctionName(context.functionName);
    metrics.captureColdStartMetric();
    if (!isTask(task)) throw new TypeError('expected a task, found another event');
    const counts = here.counted();
    const started = performance.now();
    const told = () => ({ kind: task.kind, ms: Math.round(performance.now() - started) });
    let failure: unknown;
    try {
      const tasks = await step({ ...task, part: '' }, { ...here.deps, surveys, results, ...counts.deps });
      logger.info('step', { ...told(), next: tasks.length });
      return { tasks };
    } catch (error) {
      failure = error;
      logger.warn('step failed', { ...told(), ...codeOf(error) });
      throw error;
    } finally {
      counts.tell(failure);
      publish();
    }
  };
}
