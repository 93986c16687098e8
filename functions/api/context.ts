/** What a request carries through the app, and what the app is made of. */
import type { Registry } from '#shared/model/registry.ts';
import type { ObjectStore } from '#shared/object-store.ts';
import type { Authenticate, Caller } from '../auth/caller.ts';
import type { Enqueue } from '../jobs/jobs.ts';
import type { PickService } from '../picking/service.ts';
import type { Blobs } from '../store/signed-blobs.ts';

export interface AppEnv {
  Variables: {
    requestId: string;
    caller: Caller;
    /** The caller's part of the store. */
    store: ObjectStore;
  };
}

/** One line of the log: what was asked for, not what was in it. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly requestId?: string;
  readonly method?: string;
  /** The pattern, not the path: names of objects are data. */
  readonly route?: string;
  readonly status?: number;
  readonly code?: string;
  readonly ms?: number;
  readonly caller?: string;
  readonly error?: string;
}

export interface AppDeps {
  readonly store: ObjectStore;
  readonly picking: PickService;
  readonly authenticate: Authenticate;
  readonly version: string;
  /** Of `POST /v1/picks`, bytes. @default 64 MiB */
  readonly mostBytes?: number;
  /** Longest pause of a body, ms. @default 10 s */
  readonly idleMs?: number;
  /** How long one client may listen to the events of a job; browsers then come again. @default 15 minutes */
  readonly listenMs?: number;
  /** Larger results are redirected to, where the store gives URLs. @default none is too large */
  readonly mostAnswerBytes?: number;
  readonly log?: (entry: LogEntry) => void;
  /** Told of each request that picks. */
  readonly picked?: (counts: { readonly traces: number; readonly picked: number; readonly ms: number }) => void;
  /** Where jobs go; absent: none are taken. */
  readonly enqueue?: Enqueue;
  /** Models; absent: there is none. */
  readonly registry?: Registry;
  /** What signed URLs of a directory lead to. */
  readonly blobs?: Blobs;
  /** The pages of `/docs`; absent: there are none. */
  readonly docs?: (file: string) => Promise<Uint8Array | undefined>;
}
