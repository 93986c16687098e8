/** A recorder that is not there: shots of a folder are written into another, chunk by chunk, in time, and now and then with a fault. */
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { Shot } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { ms } from '#shared/units.ts';
import { makeFolder } from '../folders.ts';
import { isTemporary } from './temporary-names.ts';

export interface SimulatedFile {
  readonly name: string;
  bytes(): Uint8Array;
}

export interface SimulateOptions {
  readonly files: readonly SimulatedFile[];
  readonly into: string;
  /** From the beginning of one file to that of the next. */
  readonly cadenceMs: number;
  readonly faults?: boolean;
  /** Told when a file has been written to its end. */
  readonly wrote?: (path: string, fault: FaultName | undefined) => void;
  readonly signal?: AbortSignal;
}

/** What happens in the field, by turns. */
const FAULTS = {
  'dead-channels': (shot) => changed(shot, (x, i) => (i % 9 === 4 ? x.fill(0) : x)),
  'late-trigger': (shot) => ({
    ...shot,
    firstSample: { ...shot.firstSample, time: ms(shot.firstSample.time - LATE_MS) },
  }),
  'noisy-channel': (shot) => {
    const top = shot.amplitudes.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return changed(shot, (x, i) =>
      i === 6 ? x.map((v, s) => v + 0.4 * top * Math.sin(s * 1.7) * Math.sin(s * s)) : x,
    );
  },
  misfire: (shot) => {
    let state = 1;
    return changed(shot, (x) => x.map(() => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5));
  },
  'cut-short': (shot) => shot,
} as const satisfies Readonly<Record<string, (shot: Shot) => Shot>>;
export type FaultName = keyof typeof FAULTS;

const LATE_MS = 12;
/** One shot in so many has a fault. */
const FAULTY = 3;
const CHUNKS = 12;
/** Writing a file takes at most so much of the cadence, and no longer than this. */
const WRITING = { share: 0.3, longestMs: 1000 };

/** The files of a folder, in natural order. @throws RecordError when there is no such folder, or it holds none */
export function filesOf(folder: string): readonly SimulatedFile[] {
  const names = namesIn(folder)
    .filter((name) => !isTemporary(name) && statSync(join(folder, name)).isFile())
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  if (names.length === 0) throw new RecordError('empty', folder, 'expected shots to simulate, found none');
  return names.map((name) => ({ name, bytes: () => new Uint8Array(readFileSync(join(folder, name))) }));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : (cause as Error).message;
    throw new RecordError('unreadable', folder, `expected a folder of shots to simulate, found ${found}`, { cause });
  }
}

/** Ends after the last file. */
export async function simulate({
  files,
  into,
  cadenceMs,
  faults = false,
  wrote = () => {},
  signal,
}: SimulateOptions): Promise<void> {
  makeFolder(into);
  const words = Object.keys(FAULTS) as FaultName[];
  const during = Math.min(WRITING.longestMs, WRITING.share * cadenceMs);
  for (const [i, file] of files.entries()) {
    const begun = performance.now();
    const fault = faults && i % FAULTY === FAULTY - 1 ? words[Math.floor(i / FAULTY) % words.length] : undefined;
    const bytes = file.bytes();
    const path = freeName(into, file.name);
    await writeSlowly(path, fault ? await withFault(file.name, bytes, fault) : bytes, during);
    if (signal?.aborted) return;
    wrote(path, fault);
    if (i < files.length - 1) await pause(Math.max(0, cadenceMs - (performance.now() - begun)));
    if (signal?.aborted) return;
  }
}

async function writeSlowly(path: string, bytes: Uint8Array, during: number): Promise<void> {
  const fd = openSync(path, 'wx');
  try {
    const chunk = Math.ceil(bytes.length / CHUNKS);
    for (let at = 0; at < bytes.length; at += chunk) {
      writeSync(fd, bytes, at, Math.min(chunk, bytes.length - at));
      if (during > 0) await pause(during / CHUNKS);
    }
  } finally {
    closeSync(fd);
  }
}

/** The first shot of the file, as SEG-2; what is no shot stays as it is. */
async function withFault(name: string, bytes: Uint8Array, fault: FaultName): Promise<Uint8Array> {
  for await (const shot of (await open(memorySource(name, bytes))).shots()) {
    const written = writeSeg2(FAULTS[fault](shot));
    return fault === 'cut-short' ? written.subarray(0, Math.floor(0.6 * written.length)) : written;
  }
  return bytes;
}

function changed(shot: Shot, change: (row: Float32Array, trace: number) => Float32Array): Shot {
  const amplitudes = shot.amplitudes.slice();
  for (let i = 0; i < shot.traces.length; i++) {
    const at = i * shot.samples;
    amplitudes.set(change(amplitudes.slice(at, at + shot.samples), i), at);
  }
  return { ...shot, amplitudes };
}

function freeName(folder: string, name: string): string {
  const taken = new Set(readdirSync(folder));
  const ending = extname(name);
  for (let i = 1; ; i++) {
    const wish = i === 1 ? name : `${basename(name, ending)}-${i}${ending}`;
    if (!taken.has(wish)) return join(folder, wish);
  }
}
