/**
 * All that the station knows, in a folder of its own: the journal, which is the truth, and a database made from it, which is asked.
 * A database that is missing, spoilt or behind (kill, full disk) is brought up from the journal; each entry is one transaction.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Problem } from '#shared/errors.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { makeFolder } from '../folders.ts';
import type { ShotRow } from './api-types.ts';
import { type EditState, type Step, stateOf } from './edits.ts';
import { type Disk, openJournal } from './journal.ts';
import { rawFile } from './raw-files.ts';
import { type ShotRecord, shotId } from './record.ts';
import { firedAt, rowOf } from './shot-json.ts';

/** A file as it lay there once: the same name with another size or time is another. */
export interface FileMark {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * `begun`: its shots are being taken, and it may yet grow; by this they are known again. `shots`: all of them are kept and judged.
 * `again`: another file has the same content. `passed-over`: it is no shot file.
 */
export type FileState = 'begun' | 'shots' | 'again' | 'unreadable' | 'passed-over';

export interface FileEntry extends FileMark {
  readonly kind: 'file';
  readonly at: string;
  readonly state: FileState;
  readonly sha256?: string;
  readonly problem?: Problem;
}

interface ShotEntry {
  readonly kind: 'shot';
  readonly at: string;
  readonly latencyMs: number | null;
  /** Last change of its file; absent in old journals. */
  readonly writtenMs?: number;
  /** Shot that was read from the same file before it was whole. */
  readonly replaces?: string;
  /** `packed`, as base64; without a summary, but in old journals. */
  readonly record: string;
}

interface JudgedEntry {
  readonly kind: 'judged';
  readonly shot: string;
  /** `packed`, as base64. In old journals it stands in the `record`. */
  readonly summary?: string;
  readonly record?: string;
}

type Entry =
  | FileEntry
  | ShotEntry
  | { readonly kind: 'step'; readonly shot: string; readonly step: Step }
  | JudgedEntry;

/** `at` is the place in the journal. */
export type Change =
  | { readonly kind: 'shot' | 'edit'; readonly row: ShotRow; readonly at: number }
  | { readonly kind: 'gone'; readonly id: string; readonly at: number };

/** Raised when the format of the database changes; it is then made anew. */
const VERSION = 3;

const SCHEMA = `
  CREATE TABLE shot (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT, place INTEGER, amplitudes TEXT,
    source TEXT, fired REAL NOT NULL, written REAL NOT NULL, row TEXT NOT NULL, record BLOB, summary BLOB, hidden INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL, last TEXT NOT NULL);
  CREATE INDEX shot_content ON shot (sha256);
  CREATE INDEX shot_order ON shot (fired, written, sequence);
  CREATE INDEX shot_source ON shot (source, fired, written, sequence);
  CREATE INDEX shot_unread ON shot (hidden) WHERE record IS NULL;
  CREATE INDEX shot_changed ON shot (changed);
  CREATE TABLE step (shot TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (shot, revision));
  CREATE TABLE file (path TEXT NOT NULL, size INTEGER NOT NULL, mtime REAL NOT NULL, state TEXT NOT NULL, sha256 TEXT,
    code TEXT, message TEXT, at TEXT NOT NULL, PRIMARY KEY (path, size, mtime));
  CREATE INDEX file_content ON file (sha256);
  CREATE TABLE state (key TEXT PRIMARY KEY, value INTEGER NOT NULL);
  INSERT INTO state VALUES ('journal', 0);
  PRAGMA user_version = ${VERSION};`;

export const packed = (value: ShotRecord | ShotSummary): Uint8Array =>
  deflateRawSync(JSON.stringify(value), { level: 1 });
export const unpacked = <T extends ShotRecord | ShotSummary>(bytes: Uint8Array): T =>
  JSON.parse(inflateRawSync(bytes).toString());

/** What is kept of a shot in the database: the record without its summary, and that. Both `packed`. */
function parted(text: string): { readonly record: ShotRecord; readonly bytes: Uint8Array; summary: Uint8Array | null } {
  const bytes = Buffer.from(text, 'base64');
  const { summary, ...record } = unpacked<ShotRecord>(bytes);
  return summary ? { record, bytes: packed(record), summary: packed(summary) } : { record, bytes, summary: null };
}

export type Store = ReturnType<typeof openStore>;

export interface StoreOptions {
  readonly disk?: Disk;
}

export function openStore(folder: string, { disk }: StoreOptions = {}) {
  makeFolder(folder);
  const journal = openJournal<Entry>(join(folder, 'journal.ndjson'), disk);
  const db = openDatabase(join(folder, 'station.sqlite'), journal.end);
  const statement = statements(db);
  const listeners = new Set<(change: Change) => void>();
  /** What has just been taken is asked for next. */
  let last: { readonly id: string; readonly record: ShotRecord } | undefined;

  function reached(): number {
    return statement.reached.get()!.value as number;
  }

  function catchUp(tell?: (change: Change) => void): void {
    const from = reached();
    if (from < journal.end) for (const { entry, end } of journal.entries(from)) apply(entry, end, tell);
  }

  const tellAll = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };

  function append(entry: Entry): void {
    catchUp(tellAll);
    apply(entry, journal.append(entry), tellAll);
  }

  function apply(entry: Entry, end: number, tell?: (change: Change) => void): void {
    let changes: readonly Change[] = [];
    db.exec('BEGIN IMMEDIATE');
    try {
      changes = applyEntry(entry, end);
      statement.reach.run(end);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
    if (tell) for (const change of changes) tell(change);
  }

  function applyEntry(entry: Entry, end: number): readonly Change[] {
    switch (entry.kind) {
      case 'file':
        return applyFile(entry, end);
      case 'shot':
        return applyShot(entry, end);
      case 'step': {
        if (!row(entry.shot)) return [];
        statement.addStep.run(entry.shot, entry.step.revision, JSON.stringify(entry.step));
        return [refresh(entry.shot, end, 'edit')];
      }
      case 'judged': {
        if (!row(entry.shot)) return [];
        const summary = entry.summary ? Buffer.from(entry.summary, 'base64') : parted(entry.record!).summary;
        statement.setSummary.run(summary, entry.shot);
        last = undefined;
        return [refresh(entry.shot, end, 'shot')];
      }
    }
  }

  function applyShot({ at, latencyMs, writtenMs, replaces, record: text }: ShotEntry, end: number): readonly Change[] {
    const { record, bytes, summary } = parted(text);
    const id = shotId(record.sha256, record.place);
    if (row(id)) return [];
    const gone = hideUnreadable(record.file, end);
    if (replaces !== undefined) gone.push({ kind: 'gone', id: replaces, at: end });
    if (replaces !== undefined) {
      statement.hide.run(end, replaces);
      for (const step of steps(replaces)) statement.addStep.run(id, step.revision, JSON.stringify(step));
    }
    const sequence = nextSequence();
    const written = writtenMs ?? Date.parse(at) - (latencyMs ?? 0);
    const fired = firedAt(record.recordedAt, written);
    const shown = rowOf(summary ? { ...record, summary: unpacked(summary) } : record, stateOf(steps(id)), {
      sequence,
      receivedAt: at,
      latencyMs,
      firedAt: fired,
    });
    statement.addShot.run(
      sequence,
      id,
      record.sha256,
      record.place,
      record.amplitudes,
      sourceKey(record),
      Date.parse(fired),
      written,
      JSON.stringify(shown),
      bytes,
      summary,
      end,
      'shot',
    );
    last = summary ? undefined : { id, record };
    return [...gone, { kind: 'shot', row: shown, at: end }];
  }

  /** A file that could not be read is a line of the list, until it can be; so is one of which a part could not be. */
  function applyFile(entry: FileEntry, end: number): readonly Change[] {
    const { path, size, mtimeMs, state, sha256, problem, at } = entry;
    statement.addFile.run(
      path,
      size,
      mtimeMs,
      state,
      sha256 ?? null,
      problem?.code ?? null,
      problem?.message ?? null,
      at,
    );
    if (state === 'begun') return [];
    const gone = hideUnreadable(path, end);
    if (!problem || state === 'passed-over') return gone;
    const id = `file-${Buffer.from(`${path}\n${size}\n${mtimeMs}`).toString('base64url').slice(-40)}-${end}`;
    const fired = firedAt(undefined, mtimeMs);
    const shown: ShotRow = {
      ...UNREAD,
      id,
      sequence: nextSequence(),
      file: path,
      receivedAt: at,
      firedAt: fired,
      problem,
    };
    const when = [Date.parse(fired), mtimeMs] as const;
    statement.addShot.run(
      shown.sequence,
      id,
      null,
      null,
      null,
      null,
      ...when,
      JSON.stringify(shown),
      null,
      null,
      end,
      'shot',
    );
    return [...gone, { kind: 'shot', row: shown, at: end }];
  }

  function hideUnreadable(path: string, end: number): Change[] {
    const ids = statement.unreadable.all(path).map(({ id }) => id as string);
    statement.hideUnreadable.run(end, path);
    return ids.map((id) => ({ kind: 'gone', id, at: end }));
  }

  function refresh(id: string, end: number, kind: 'shot' | 'edit'): Change {
    const { sequence, receivedAt, latencyMs, firedAt: fired } = row(id)!;
    const shown = rowOf(record(id)!, state(id), { sequence, receivedAt, latencyMs, firedAt: fired });
    statement.setRow.run(JSON.stringify(shown), end, kind, id);
    return { kind, row: shown, at: end };
  }

  const nextSequence = () => (statement.last.get()!.sequence as number) + 1;
  const rowIn = (found: Record<string, unknown> | undefined): ShotRow | undefined =>
    found && JSON.parse(found.row as string);
  const row = (id: string): ShotRow | undefined => rowIn(statement.row.get(id));
  const steps = (id: string): readonly Step[] => statement.steps.all(id).map(({ json }) => JSON.parse(json as string));
  const state = (id: string): EditState => stateOf(steps(id));
  const record = (id: string): ShotRecord | undefined => {
    if (last?.id === id) return last.record;
    const found = statement.record.get(id);
    if (!found?.record) return undefined;
    const record = unpacked<ShotRecord>(found.record as Uint8Array);
    return found.summary ? { ...record, summary: unpacked(found.summary as Uint8Array) } : record;
  };
  const summariesIn = (found: readonly Record<string, unknown>[]) =>
    found.map(({ id, summary }) => ({ id: id as string, summary: summary as Uint8Array })).reverse();

  catchUp();
  return {
    /** Byte of the journal up to which all is known: rises with every change. */
    get end() {
      return journal.end;
    },
    onChange(listener: (change: Change) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Whether anything became of the file as it lies there. */
    knows: ({ path, size, mtimeMs }: FileMark): boolean => statement.knows.get(path, size, mtimeMs) !== undefined,
    /** Whether a file of this content was taken to its end. */
    hasContent: (sha256: string): boolean => statement.hasContent.get(sha256) !== undefined,
    /** Where files of this content were seen, the latest first, and the station's own copy. */
    pathsOf(sha256: string): readonly string[] {
      const seen = statement.pathsOf.all(sha256).map(({ path }) => path as string);
      const copy = rawFile(folder, sha256);
      return copy === undefined ? seen : [...seen, copy];
    },
    /** The contents this path had before, the latest first. */
    before: (path: string): readonly { readonly size: number; readonly sha256: string }[] =>
      statement.before.all(path).map(({ size, sha256 }) => ({ size: size as number, sha256: sha256 as string })),
    /** Shots of a content by their places, hidden ones left out. */
    placesOf: (sha256: string): ReadonlyMap<number, { readonly id: string; readonly amplitudes: string }> =>
      new Map(
        statement.placesOf
          .all(sha256)
          .map(({ place, id, amplitudes }) => [
            place as number,
            { id: id as string, amplitudes: amplitudes as string },
          ]),
      ),

    /** @throws what the system says when the disk has no room: nothing has happened then */
    addFile: (entry: Omit<FileEntry, 'kind' | 'at'>): void =>
      append({ kind: 'file', at: new Date().toISOString(), ...entry }),
    addShot({
      bytes,
      ...entry
    }: {
      bytes: Uint8Array;
      latencyMs: number | null;
      writtenMs: number;
      replaces?: string;
    }): void {
      append({ kind: 'shot', at: new Date().toISOString(), ...entry, record: Buffer.from(bytes).toString('base64') });
    },
    /** The step must follow the present revision; the caller has looked. */
    addStep: (shot: string, step: Step): void => append({ kind: 'step', shot, step }),
    /** @param bytes a `packed` summary */
    judged: (shot: string, bytes: Uint8Array): void =>
      append({ kind: 'judged', shot, summary: Buffer.from(bytes).toString('base64') }),

    row,
    steps,
    state,
    record,
    /** The last that was fired first. @param before only those fired before this one */
    rows(before: string | undefined, limit: number): readonly ShotRow[] {
      const found = before === undefined ? statement.rows.all(limit) : statement.rowsBefore.all(before, limit);
      return found.map((one) => rowIn(one)!);
    },
    /** In the order in which they were fired. */
    *records(): Generator<{ readonly id: string; readonly record: ShotRecord; readonly state: EditState }> {
      for (const { id } of statement.ids.all())
        yield { id: id as string, record: record(id as string)!, state: state(id as string) };
    },
    /** Summaries of the latest that are judged, `packed`, oldest first. */
    summaries: (limit = Number.MAX_SAFE_INTEGER) => summariesIn(statement.summaries.all(limit)),
    /** Of those that were fired before this one. */
    summariesBefore: (id: string, limit: number) => summariesIn(statement.summariesBefore.all(id, limit)),
    isJudged: (id: string): boolean => statement.judged.get(id) !== undefined,
    /** Shots of a content that are not judged yet. */
    unjudgedOf: (sha256: string): readonly string[] => statement.unjudged.all(sha256).map(({ id }) => id as string),
    /** Where the shot stands in its file, and that file. */
    placeOf(id: string): { readonly sha256: string; readonly place: number; readonly amplitudes: string } | undefined {
      const found = statement.place.get(id);
      if (!found?.sha256) return undefined;
      return {
        sha256: found.sha256 as string,
        place: found.place as number,
        amplitudes: found.amplitudes as string,
      };
    },
    /** What was changed after a place in the journal, each shot once, as it is now. */
    changedSince: (end: number): readonly Change[] =>
      statement.changed
        .all(end)
        .map((found) =>
          found.hidden
            ? { kind: 'gone', id: found.id as string, at: found.changed as number }
            : { kind: found.last as 'shot' | 'edit', row: rowIn(found)!, at: found.changed as number },
        ),
    /** The shot from the same source position that was fired last before this one. */
    previousAtSource(id: string): string | null {
      const found = statement.previous.get(id, id);
      return (found?.id as string | undefined) ?? null;
    },
    counts() {
      const { shots, unreadable } = statement.counts.get()!;
      return {
        shots: shots as number,
        unreadable: unreadable as number,
        rows: (shots as number) + (unreadable as number),
      };
    },
    files: (): readonly (FileMark & { readonly state: FileState; readonly sha256: string | null })[] =>
      statement.files.all().map(({ path, size, mtime, state: became, sha256 }) => ({
        path: path as string,
        size: size as number,
        mtimeMs: mtime as number,
        state: became as FileState,
        sha256: sha256 as string | null,
      })),
    /** Brings the database up to the journal, after a full disk. @throws what the system says */
    recover: () => catchUp(tellAll),
    close() {
      db.close();
      journal.close();
    },
  };
}

const UNREAD = {
  place: 0,
  ffid: null,
  sourcePoint: null,
  verdict: null,
  reason: 'could not be read',
  traces: 0,
  samples: 0,
  picked: 0,
  recordedAt: null,
  latencyMs: null,
  accepted: null,
  notes: '',
  source: null,
  edited: 0,
  revision: 0,
} as const;

/** To the decimetre; channels and spread may differ. */
const sourceKey = ({ source }: ShotRecord): string | null =>
  source ? [source.x, source.y].map((value) => value.toFixed(1)).join(' ') : null;

/** A backlog comes in newest first: what tells shots of one instant apart is when their files were written, then their place. */
const LAST_FIRED = 'fired DESC, written DESC, sequence DESC';

const statements = (db: DatabaseSync) => ({
  reached: db.prepare(`SELECT value FROM state WHERE key = 'journal'`),
  reach: db.prepare(`UPDATE state SET value = ? WHERE key = 'journal'`),
  last: db.prepare('SELECT coalesce(max(sequence), 0) AS sequence FROM shot'),
  row: db.prepare('SELECT row FROM shot WHERE id = ?'),
  record: db.prepare('SELECT record, summary FROM shot WHERE id = ?'),
  place: db.prepare('SELECT sha256, place, amplitudes FROM shot WHERE id = ?'),
  judged: db.prepare('SELECT 1 FROM shot WHERE id = ? AND summary IS NOT NULL'),
  unjudged: db.prepare('SELECT id FROM shot WHERE sha256 = ? AND summary IS NULL AND hidden = 0 ORDER BY place'),
  rows: db.prepare(`SELECT row FROM shot WHERE hidden = 0 ORDER BY ${LAST_FIRED} LIMIT ?`),
  rowsBefore: db.prepare(
    `SELECT row FROM shot WHERE hidden = 0
      AND (fired, written, sequence) < (SELECT fired, written, sequence FROM shot WHERE id = ?) ORDER BY ${LAST_FIRED} LIMIT ?`,
  ),
  ids: db.prepare('SELECT id FROM shot WHERE hidden = 0 AND record IS NOT NULL ORDER BY fired, written, sequence'),
  summaries: db.prepare(
    `SELECT id, summary FROM shot WHERE hidden = 0 AND summary IS NOT NULL ORDER BY ${LAST_FIRED} LIMIT ?`,
  ),
  summariesBefore: db.prepare(
    `SELECT id, summary FROM shot WHERE hidden = 0 AND summary IS NOT NULL
      AND (fired, written, sequence) < (SELECT fired, written, sequence FROM shot WHERE id = ?) ORDER BY ${LAST_FIRED} LIMIT ?`,
  ),
  changed: db.prepare('SELECT id, row, last, changed, hidden FROM shot WHERE changed > ? ORDER BY changed'),
  previous: db.prepare(
    `SELECT p.id FROM shot s JOIN shot p ON p.source = s.source AND p.hidden = 0
      AND (p.fired, p.written, p.sequence) < (s.fired, s.written, s.sequence)
      WHERE s.id = ? AND p.id <> ? ORDER BY p.fired DESC, p.written DESC, p.sequence DESC LIMIT 1`,
  ),
  counts: db.prepare(
    `SELECT coalesce(sum(record IS NOT NULL), 0) AS shots, coalesce(sum(record IS NULL), 0) AS unreadable
      FROM shot WHERE hidden = 0`,
  ),
  addShot: db.prepare(
    `INSERT INTO shot (sequence, id, sha256, place, amplitudes, source, fired, written, row, record, summary, changed, last)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  setRow: db.prepare('UPDATE shot SET row = ?, changed = ?, last = ? WHERE id = ?'),
  setSummary: db.prepare('UPDATE shot SET summary = ? WHERE id = ?'),
  hide: db.prepare('UPDATE shot SET hidden = 1, changed = ? WHERE id = ?'),
  unreadable: db.prepare(`SELECT id FROM shot WHERE hidden = 0 AND record IS NULL AND json_extract(row, '$.file') = ?`),
  hideUnreadable: db.prepare(
    `UPDATE shot SET hidden = 1, changed = ? WHERE hidden = 0 AND record IS NULL AND json_extract(row, '$.file') = ?`,
  ),
  steps: db.prepare('SELECT json FROM step WHERE shot = ? ORDER BY revision'),
  addStep: db.prepare('INSERT OR IGNORE INTO step VALUES (?, ?, ?)'),
  addFile: db.prepare('INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  knows: db.prepare(`SELECT 1 FROM file WHERE path = ? AND size = ? AND mtime = ? AND state <> 'begun'`),
  hasContent: db.prepare(`SELECT 1 FROM file WHERE sha256 = ? AND state IN ('shots', 'unreadable')`),
  pathsOf: db.prepare('SELECT DISTINCT path FROM file WHERE sha256 = ? ORDER BY rowid DESC'),
  before: db.prepare(
    `SELECT size, sha256 FROM file WHERE path = ? AND state IN ('shots', 'begun') ORDER BY rowid DESC`,
  ),
  placesOf: db.prepare('SELECT place, id, amplitudes FROM shot WHERE sha256 = ? AND hidden = 0'),
  files: db.prepare('SELECT path, size, mtime, state, sha256 FROM file'),
});

/** A database that cannot be used, or that knows more than the journal, is put aside and made anew. */
function openDatabase(path: string, journalEnd: number): DatabaseSync {
  try {
    const db = prepared(path);
    const { value } = db.prepare(`SELECT value FROM state WHERE key = 'journal'`).get() as { value: number };
    if (value <= journalEnd) return db;
    db.close();
  } catch (error) {
    if (!existsSync(path) || isFull(error)) throw error;
  }
  for (let i = 1; ; i++) {
    const aside = `${path}.aside-${i}`;
    if (existsSync(aside)) continue;
    renameSync(path, aside);
    for (const more of ['-wal', '-shm']) if (existsSync(path + more)) renameSync(path + more, aside + more);
    return prepared(path);
  }
}

function prepared(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // What a power cut takes from it stands in the journal, so that one need not wait for the disk twice.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version === 0) db.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    else if (version !== VERSION) throw new Error(`expected version ${VERSION} of the database, found ${version}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** No room on the disk, whoever says it. */
export function isFull(error: unknown): boolean {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const SQLITE_FULL = 13;
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    code === 'EFBIG' ||
    errcode === SQLITE_FULL ||
    /database or disk is full/.test(message ?? '')
  );
}

/** A process that was killed takes a moment to go, and a station may be started again at once. */
const LOCK_WAIT_MS = 2000;

/** Held by the system as long as the process lives, however it ends. */
export function lockFolder(folder: string): DatabaseSync {
  const lock = openLock(folder);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    return lock;
  } catch {
    lock.close();
    throw new Error(`${folder}: expected no other station to work on it, found one`);
  }
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: LOCK_WAIT_MS });
  } catch (error) {
    throw new Error(`${folder}: expected a folder to keep data in, found that nothing can be written there`, {
      cause: error,
    });
  }
}
