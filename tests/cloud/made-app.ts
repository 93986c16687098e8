/** The API in this process over a directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppDeps, LogEntry } from '../../functions/api/context.ts';
import { firstbreakApp } from '../../functions/app.ts';
import { byLocalhost } from '../../functions/auth/localhost.ts';
import type { JobTask } from '../../functions/jobs/job.ts';
import { jobRunner, mayPass } from '../../functions/jobs/run.ts';
import { openPickerHere } from '../../functions/models.ts';
import { pickHere } from '../../functions/picking/here.ts';
import { type Queue, queueIn } from '../../functions/queue/queue.ts';
import { confined } from '../../functions/store/confined.ts';
import { directoryStore } from '../../functions/store/directory.ts';
import { signedBlobs } from '../../functions/store/signed-blobs.ts';
import { type WorkDeps, workOn } from '../../functions/work/work.ts';

/** @param over what is otherwise; `base`: where the URLs of uploads lead; `work`: how steps are done */
export async function madeApp({
  base = 'http://localhost',
  work = {},
  ...over
}: Partial<AppDeps> & { base?: string; work?: Partial<WorkDeps> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-api-'));
  const directory = await directoryStore(folder);
  const { store, blobs } = signedBlobs(directory, (token) => `${base}/v1/blobs/${token}`);
  const here = await openPickerHere();
  const picking = pickHere(here);
  const runner = jobRunner(
    store,
    ({ part, ...task }) => workOn(confined(store, part), task, { picker: here.picker, ...work }),
    (task) => queue.add(task),
  );
  const queue: Queue<JobTask> = await queueIn<JobTask>(store, { ...runner, mayPass, atOnce: 2, pauseMs: 20 });
  const logged: LogEntry[] = [];
  const app = firstbreakApp({
    store,
    blobs,
    enqueue: queue.add,
    picking,
    authenticate: byLocalhost,
    version: '0.0.0-test',
    log: (entry) => logged.push(entry),
    ...over,
  });
  const remove = async () => {
    await queue.stop(0);
    rmSync(folder, { recursive: true, force: true });
  };
  /** Until nothing waits and nothing is worked on. */
  const idle = async () => {
    while (queue.size > 0) await sleep(10);
  };
  return { app, store, folder, logged, queue, idle, remove };
}
