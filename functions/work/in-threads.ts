/** Tasks worked on in threads of this machine, and all that follows from one, until nothing follows. */

import type { RuntimeName } from '../models.ts';
import { type AskOptions, type Threads, threads } from '../picking/threads.ts';
import type { ShardSizes } from './plan.ts';
import type { Task } from './task.ts';
import type { WorkDone } from './thread.ts';

/** How a thread finds what it needs: addresses of stores, the folder of a model. */
export interface WorkerPlace {
  /** Of the results, and of the inputs unless `surveys` says otherwise. */
  readonly store: string;
  readonly surveys?: string;
  /** @default the model that ships */
  readonly model?: string | undefined;
  /** @default 'onnx-web' */
  readonly runtime?: RuntimeName;
  readonly sizes?: Partial<ShardSizes>;
  /** Folder for files while they are read. @default in that of the system for temporary files */
  readonly spare?: string;
}

/** A task whose keys lie under a part of the store: empty, or ends with a slash. */
export type PlacedTask = Task & {
  readonly part?: string;
  /** Folder of the model that picks. @default that of the place */
  readonly model?: string;
};

export interface WorkThreads extends Pick<Threads<PlacedTask, WorkDone>, 'ask' | 'close'> {
  /** Works on the task and on all that follows from it. @throws as `workOn`, after what was under way has ended */
  finish(task: Task, options?: AskOptions): Promise<Omit<WorkDone, 'next'>>;
}

export function workInThreads(place: WorkerPlace, count: number): WorkThreads {
  const pool = threads<PlacedTask, WorkDone>({
    module: new URL('./thread.ts', import.meta.url),
    data: place,
    count,
    waiting: Number.POSITIVE_INFINITY,
  });
  return {
    ask: pool.ask,
    close: pool.close,
    async finish(task, options) {
      let [picked, skipped] = [0, 0];
      const follow = async (one: Task): Promise<void> => {
        const done = await pool.ask(one, options);
        picked += done.picked;
        skipped += done.skipped;
        const ends = await Promise.allSettled(done.next.map(follow));
        const failed = ends.find((end) => end.status === 'rejected');
        if (failed) throw failed.reason;
      };
      await follow(task);
      return { picked, skipped };
    },
  };
}
