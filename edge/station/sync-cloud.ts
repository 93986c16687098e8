/**
 * The cloud as the place to sync to (docs/cloud.md): files by signed uploads, part by part, corrections entry by entry. What was sent
 * is remembered part by part beside the station's data, so a broken line costs one part; forgetting it costs sending again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isRecordError } from '#shared/errors.ts';
import { bytesAt } from '#shared/source.ts';
import { type OpenedFile, openFile } from '../files.ts';
import type { SyncEntry, SyncTarget } from './sync.ts';

export interface CloudOptions {
  readonly url: string;
  /** Of the station. */
  readonly data: string;
  readonly token?: string | undefined;
}

interface Memory {
  /** Names the station in the cloud. */
  readonly station: string;
  /** By digest. */
  readonly uploads: Record<
    string,
    { readonly id: string; readonly done: boolean; readonly etags: Record<number, string> }
  >;
}

interface Upload {
  readonly id: string;
  readonly state: 'open' | 'complete';
  readonly parts: readonly {
    readonly part: number;
    readonly at: number;
    readonly size: number;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}

/** As many as the cloud takes at once. */
const ENTRIES = 500;

export function cloudTarget({ url, data, token }: CloudOptions): SyncTarget {
  const place = join(data, `sync-${createHash('sha256').update(url).digest('hex').slice(0, 12)}.json`);
  const memory = remembered(place);

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const response = await send(new URL(path, url), {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  }

  async function upload(
    sha256: string,
    name: string,
    size: number,
    read: (at: number, size: number) => Promise<Uint8Array>,
  ) {
    const known = memory.uploads[sha256];
    if (known?.done) return 'known';
    const resumed = known && (await ask<Upload>('GET', `/v1/uploads/${known.id}`).catch(() => undefined));
    const opened = resumed ?? (await ask<Upload>('POST', '/v1/uploads', { name, size, sha256 }));
    const etags: Record<number, string> = resumed ? { ...known.etags } : {};
    const remember = (done: boolean) => {
      memory.uploads[sha256] = { id: opened.id, done, etags: done ? {} : etags };
      keep(place, memory);
    };
    remember(opened.state === 'complete');
    if (opened.state === 'complete') return 'known';
    for (const { part, at, size: length, url: to, headers } of opened.parts) {
      if (etags[part] !== undefined) continue;
      const body = (await read(at, length)) as Uint8Array<ArrayBuffer>;
      const response = await send(new URL(to, url), { method: 'PUT', headers, body });
      etags[part] = response.headers.get('etag') ?? '';
      remember(false);
    }
    const parts = opened.parts.map(({ part }) => ({ part, etag: etags[part] }));
    await ask('POST', `/v1/uploads/${opened.id}/complete`, { parts });
    remember(true);
    return 'sent';
  }

  return {
    name: url,
    async file({ sha256, name, size, paths }) {
      if (memory.uploads[sha256]?.done) return 'known';
      const source = firstReadable(paths, size);
      if (!source) return 'away';
      try {
        return await upload(sha256, name, size, (at, length) => bytesAt(source, at, length));
      } finally {
        source.close();
      }
    },
    async document({ name, text }) {
      const bytes = Buffer.from(text);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const flat = name.replaceAll('/', '-');
      return upload(sha256, flat, bytes.length, async (at, length) => bytes.subarray(at, at + length));
    },
    async entries(entries) {
      let [sent, known] = [0, 0];
      for (let i = 0; i < entries.length; i += ENTRIES) {
        const some: readonly SyncEntry[] = entries.slice(i, i + ENTRIES);
        const told = await ask<{ stored: number; known: number }>('POST', '/v1/edits', {
          station: memory.station,
          entries: some,
        });
        sent += told.stored;
        known += told.known;
      }
      return { sent, known };
    },
  };
}

/** @throws Error in one line */
async function send(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(SLOW_MS) }).catch((cause: Error) => {
    const why = (cause.cause as Error | undefined)?.message ?? cause.message;
    throw new Error(`${url.origin}: expected an answer, found ${why}`, { cause });
  });
  if (response.ok) return response;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new Error(
    `${init.method} ${url.origin}${url.pathname}: expected it to be taken, found ${response.status} ${detail ?? ''}`,
  );
}

/** A part over a bad line. */
const SLOW_MS = 10 * 60_000;

function firstReadable(paths: readonly string[], size: number): OpenedFile | undefined {
  for (const path of paths) {
    try {
      const source = openFile(path);
      if (source.size === size) return source;
      source.close();
    } catch (error) {
      if (!isRecordError(error)) throw error;
    }
  }
  return undefined;
}

function remembered(place: string): Memory {
  if (existsSync(place)) {
    try {
      return JSON.parse(readFileSync(place, 'utf8')) as Memory;
    } catch {
      // written by halves in a crash long ago: sent anew
    }
  }
  return { station: `station-${randomUUID().slice(0, 8)}`, uploads: {} };
}

function keep(place: string, memory: Memory): void {
  const fd = openSync(`${place}.part`, 'w');
  writeSync(fd, JSON.stringify(memory));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${place}.part`, place);
}
