/** The cloud on one machine: the API, a queue, threads that pick, and a folder in place of a bucket's events. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import type { Registry } from '#shared/model/registry.ts';
import type { LogEntry } from './api/context.ts';
import { firstbreakApp } from './app.ts';
import type { Authenticate } from './auth/caller.ts';
import { type Inbox, watchInbox } from './inbox.ts';
import { type InboxLines, inboxLines } from './inbox-lines.ts';
import type { JobTask } from './jobs/job.ts';
import { jobRunner, mayPass } from './jobs/run.ts';
import type { RuntimeName } from './models.ts';
import { pickInThreads } from './picking/in-threads.ts';
import { type Queue, queueIn } from './queue/queue.ts';
import { releasesHere } from './registry/releases-here.ts';
import { openStore } from './store/address.ts';
import type { DirectoryStore } from './store/directory.ts';
import { clearOldUploads, signedBlobs } from './store/signed-blobs.ts';
import { workInThreads } from './work/in-threads.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A directory or `s3://bucket/prefix`. */
  readonly store: string;
  readonly inbox?: string | undefined;
  readonly settleMs?: number | undefined;
  readonly authenticate: Authenticate;
  readonly registry?: (() => Promise<Registry>) | undefined;
  /** Where clients reach this server, for the URLs it signs. @default as it listens */
  readonly publicUrl?: string | undefined;
  /** Folder of a model. @default the one that ships */
  readonly model?: string | undefined;
  readonly runtime: RuntimeName;
  /** Threads that pick. @default as many as the machine has cores */
  readonly workers?: number | undefined;
  /** Of `POST /v1/picks`, bytes. */
  readonly mostBytes?: number | undefined;
  /** Longest pause of a body, ms. */
  readonly idleMs?: number | undefined;
  readonly version: string;
  readonly log: (entry: LogEntry) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Nothing waits, is worked on or is still being copied in. */
  readonly idle: boolean;
  stop(): Promise<void>;
}

/** Longest time for one step of a job: a shard of a large file. */
const STEP_MS = 30 * 60_000;
/** How long a stop waits for what is under way; what is not done by then is done after the next start. */
const GRACE_MS = 10_000;
const DAY_MS = 24 * 3600_000;

/** @throws RecordError, StoreError or Error, in one line, when something it stands on cannot be had */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, log, model, runtime, workers = availableParallelism() } = options;
  const trouble = (error: unknown) =>
    log({ level: 'warn', message: 'trouble', error: error instanceof Error ? error.message : String(error) });
  const opened = await openStore(options.store);
  const directory = 'root' in opened ? (opened as DirectoryStore) : undefined;
  if (options.inbox !== undefined && !directory)
    throw new Error('--inbox: expected a store that is a directory, found S3, which tells of its own arrivals');
  let base = '';
  const signed = directory && signedBlobs(directory, (token) => `${options.publicUrl ?? base}/v1/blobs/${token}`);
  const store = signed?.store ?? opened;
  const picking = await pickInThreads({ model, runtime, count: workers });
  const threads = workInThreads({ store: options.store, model, runtime }, workers);
  let queue: Queue<JobTask> | undefined;
  let registry: Registry | undefined;
  try {
    registry = await options.registry?.();
    const releases = registry && releasesHere(registry, join(tmpdir(), 'firstbreak', 'releases'), { trouble });
    const runner = jobRunner(
      store,
      async (task, { signal, release }) => {
        const placed = release !== null && releases ? { ...task, model: await releases.folder(release) } : task;
        return (await threads.ask(placed, { timeoutMs: STEP_MS, signal })).next;
      },
      (task) => queue!.add(task),
      releases?.choose,
    );
    queue = await queueIn<JobTask>(store, {
      work: runner.work,
      gaveUp: async (task, error) => {
        trouble(error);
        await runner.gaveUp(task, error);
      },
      mayPass,
      atOnce: workers,
      trouble,
    });
  } catch (error) {
    await Promise.all([picking.close(), threads.close()]);
    throw error;
  }
  const { add } = queue;
  const app = firstbreakApp({
    store,
    picking,
    authenticate: options.authenticate,
    version: options.version,
    enqueue: add,
    log,
    docs,
    ...(signed && { blobs: signed.blobs }),
    ...(registry && { registry }),
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
    ...(options.mostBytes !== undefined && { mostBytes: options.mostBytes }),
  });
  const server = await listening(app.fetch, host, options.port).catch(async (error: NodeJS.ErrnoException) => {
    await queue?.stop(0);
    await Promise.all([picking.close(), threads.close()]);
    const found = error.code === 'EADDRINUSE' ? 'another program on it' : error.message;
    throw new Error(`expected port ${options.port} of ${host} to be free, found ${found}`);
  });
  const { port } = server.address() as AddressInfo;
  base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  let lines: InboxLines | undefined;
  const inbox: Inbox | undefined =
    options.inbox === undefined || !directory
      ? undefined
      : await watchInbox({
          directory: options.inbox,
          store: directory,
          enqueue: add,
          trouble,
          taken: () => lines?.note(),
          ...(options.settleMs !== undefined && { settleMs: options.settleMs }),
        });
  if (inbox) lines = inboxLines(inbox.prefix, add, () => inbox.settled && queue.size === 0, trouble);
  const often = setInterval(() => void app.quota.flush().catch(trouble), 5000);
  const seldom = setInterval(
    () => directory && void clearOldUploads(directory, 7 * DAY_MS).catch(trouble),
    DAY_MS / 24,
  );
  return {
    url: base,
    get idle() {
      return queue.size === 0 && (inbox?.settled ?? true) && (lines?.settled ?? true);
    },
    async stop() {
      clearInterval(often);
      clearInterval(seldom);
      lines?.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await inbox?.stop();
      await queue.stop(GRACE_MS);
      await app.quota.flush().catch(trouble);
      await Promise.all([picking.close(), threads.close()]);
      server.closeAllConnections();
      await closed;
    },
  };
}

const require = createRequire(import.meta.url);

/** Files of Swagger UI, as they are installed. */
const docs = (file: string): Promise<Uint8Array | undefined> =>
  readFile(require.resolve(`swagger-ui-dist/${file}`)).then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  );

type Listening = ReturnType<typeof import('node:http').createServer>;

function listening(fetch: Parameters<typeof serve>[0]['fetch'], hostname: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch,
        hostname,
        port,
        // The body has limits of its own; here only the headers and all of it together.
        serverOptions: { headersTimeout: 10_000, requestTimeout: 3_600_000, connectionsCheckingInterval: 5000 },
      },
      () => resolve(server),
    ) as Listening;
    server.once('error', reject);
  });
}
