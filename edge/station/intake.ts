/**
 * From files that lie there to shots that are kept: each file once, whole, the newest first. What fails for want of room is tried
 * again; what cannot be read is kept with the reason. Stillness is measured by a clock that nobody can set, and a clock that is
 * set back does not bring shots out of order.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecordError } from '#shared/errors.ts';
import type { ProblemJson } from './api-types.ts';
import type { Completeness } from './completeness.ts';
import type { KnownPlaces, Look, PickJobs, TakenShot } from './pick-thread.ts';
import { shotId } from './record.ts';
import { type FileMark, isFull, type Store } from './store.ts';
import type { Thread } from './thread.ts';

/** How long a file must not have changed, ms. */
export interface Patience {
  /** Before it is looked at. */
  readonly still: number;
  /** Of whole traces, when the format does not say how many there are to be; and the same when the next file has begun. */
  readonly whole: number;
  readonly wholeNext: number;
  /** Before a file is taken that misses something, or is no shot at all. */
  readonly cut: number;
  readonly cutNext: number;
}

export const PATIENCE: Patience = { still: 40, whole: 1000, wholeNext: 250, cut: 30_000, cutNext: 5000 };

export interface IntakeOptions {
  readonly store: Store;
  readonly thread: Thread<PickJobs>;
  /** A shot whose picks are kept, and that was not judged before a crash. @throws RecordError when its file is away */
  judge(id: string): Promise<void>;
  readonly patience?: Patience;
  /** A file that has just been written is being picked. */
  taking?(path: string): void;
  /** A file of shots that are picked and judged. */
  taken?(path: string, sha256: string): Promise<void>;
  /** Told once for each cause, until it has gone. */
  problem(problem: ProblemJson & { readonly file?: string }): void;
  /** The cause of a problem has gone. */
  solved(code: string): void;
}

export interface Intake {
  seen(file: FileMark): void;
  /** Everything that lies there has been seen once: only now is it known what is newest. */
  begin(): void;
  /** Complete files that wait or are worked on, and those that are still being written. */
  readonly backlog: number;
  readonly unfinished: number;
  close(): void;
}

/** What was read cannot be kept; the file is tried again until it can. */
class StoreTrouble extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

interface Candidate {
  mark: FileMark;
  /** `performance.now()` of the last change that was seen. */
  since: number;
  /** When it was written, by a clock that goes on and on. */
  writtenMs: number;
  /** ms from being written to being seen; undefined in a backlog, and where clocks disagree. */
  age: number | undefined;
  /** Not looked at before. */
  due: number;
  /** What was found by the last look, of the mark as it is. */
  found?: Completeness;
  crashes: number;
}

/** Names of shot files: of others it is not said that they could not be read. */
const SHOT_NAME = /\.(se?g-?2|dat|se?gy|su|se?gd|sgd|rg16|rg|fcnt|h5|hdf5|raw|gz|\d+)$/i;
/** Should it become one, its size changes, and it is looked at anew. */
const isNoShot = ({ path, size }: FileMark, found: Completeness | undefined): boolean =>
  found?.kind === 'cut' && (size === 0 || found.code === 'not-recognised') && !SHOT_NAME.test(path);

/** A file that ends the thread twice is left. */
const CRASHES = 2;
const RETRY_MS = 2000;
/** A file that was written so long ago is being written now, as far as can be told; ms. */
const FRESH_MS = 10_000;
/** Files that are written at the same time are not further apart. */
const SET_BACK_MS = 60_000;

export function startIntake({
  store,
  thread,
  judge,
  patience = PATIENCE,
  taking = () => {},
  taken = async () => {},
  problem,
  solved,
}: IntakeOptions): Intake {
  const candidates = new Map<string, Candidate>();
  /** Last change seen of any file of a folder, by which the next one is known to have begun. */
  const latest = new Map<string, { path: string; mtimeMs: number }>();
  /** The last file that was seen being written, and when by `performance.now()`. */
  let course: { readonly writtenMs: number; readonly at: number } | undefined;
  const startedAt = Date.now();
  let closed = false;
  let begun = false;
  let busy = true;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;

  function seen(mark: FileMark): void {
    const { path, size, mtimeMs } = mark;
    const newest = latest.get(dirname(path));
    if (!newest || mtimeMs > newest.mtimeMs) latest.set(dirname(path), { path, mtimeMs });
    const known = candidates.get(path);
    if (known?.mark.size === size && known.mark.mtimeMs === mtimeMs) return;
    if (store.knows(mark)) {
      candidates.delete(path);
      return;
    }
    const now = performance.now();
    const age = Date.now() - mtimeMs;
    const live = begun && age > -FRESH_MS && (age < FRESH_MS || mtimeMs >= startedAt);
    candidates.set(path, {
      mark,
      since: now,
      writtenMs: live && age < FRESH_MS ? goingOn(mtimeMs, now) : mtimeMs,
      age: live ? Math.max(0, age) : undefined,
      due: now + patience.still,
      crashes: known?.crashes ?? 0,
    });
    wake(now + patience.still);
  }

  /** A file that is being written now was written after the one before, whatever the clock says. */
  function goingOn(writtenMs: number, at: number): number {
    const setBack = course !== undefined && writtenMs < course.writtenMs - SET_BACK_MS;
    course = { writtenMs: setBack ? course!.writtenMs + (at - course!.at) : writtenMs, at };
    return course.writtenMs;
  }

  function wake(at: number): void {
    if (closed || busy || at >= timerAt) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(() => void work(), Math.max(0, at - performance.now()));
  }

  async function work(): Promise<void> {
    timerAt = Number.POSITIVE_INFINITY;
    busy = true;
    for (let next = nextDue(); next && !closed; next = nextDue()) await attempt(next);
    busy = false;
    let soonest = Number.POSITIVE_INFINITY;
    for (const { due } of candidates.values()) soonest = Math.min(soonest, due);
    if (Number.isFinite(soonest)) wake(soonest);
  }

  /** The newest of those that are due. */
  function nextDue(): Candidate | undefined {
    const now = performance.now();
    let best: Candidate | undefined;
    for (const one of candidates.values())
      if (one.due <= now && (!best || one.mark.mtimeMs > best.mark.mtimeMs)) best = one;
    return best;
  }

  async function attempt(one: Candidate): Promise<void> {
    try {
      await process(one);
      solved('disk-full');
      solved('store');
    } catch (error) {
      if (closed || candidates.get(one.mark.path) !== one) return;
      one.due = performance.now() + RETRY_MS;
      try {
        await failed(one, error as Error);
      } catch (again) {
        troubled(one, again as Error);
      }
    }
  }

  async function failed(one: Candidate, error: Error): Promise<void> {
    const { mark } = one;
    if (error instanceof StoreTrouble) troubled(one, error);
    else if (isRecordError(error)) await unreachable(one, error.message);
    else if (++one.crashes >= CRASHES)
      settle(one, {
        ...mark,
        state: 'unreadable',
        problem: { code: 'internal', message: `${mark.path}: ${error.message}` },
      });
  }

  function troubled({ mark: { path } }: Candidate, { message, cause = {} }: Error): void {
    if (isFull(cause))
      problem({ code: 'disk-full', message: `no space left where the station keeps its data: ${message}`, file: path });
    else problem({ code: 'store', message: `the station cannot keep its data: ${message}`, file: path });
  }

  async function process(one: Candidate): Promise<void> {
    const { mark } = one;
    const { path } = mark;
    const before = store.before(path);
    const wait = one.found && waitFor(one);
    if (wait !== undefined && wait > 0) {
      one.due = performance.now() + wait;
      return;
    }
    const look = await thread.ask('look', { path, whatever: one.found?.kind === 'cut', before });
    if (candidates.get(path) !== one) return;
    if (look.size !== mark.size || look.mtimeMs !== mark.mtimeMs)
      return seen({ path, size: look.size, mtimeMs: look.mtimeMs });
    one.found = look.completeness;
    const more = waitFor(one);
    if (more > 0) {
      one.due = performance.now() + Math.min(more, CHECK_MS);
      return;
    }
    if (look.sha256 === undefined) return;
    await take(one, { ...look, sha256: look.sha256 });
  }

  /** ms until what was found may be taken. */
  function waitFor({ mark, since, found }: Candidate): number {
    const still = performance.now() - since;
    const newest = latest.get(dirname(mark.path));
    const next = newest !== undefined && newest.path !== mark.path && newest.mtimeMs > mark.mtimeMs;
    const least = {
      complete: patience.still,
      whole: next ? patience.wholeNext : patience.whole,
      cut: isNoShot(mark, found) ? patience.whole : next ? patience.cutNext : patience.cut,
    }[found?.kind ?? 'complete'];
    return least - still;
  }

  async function take(one: Candidate, { sha256, continues, completeness }: Look & { sha256: string }): Promise<void> {
    const { mark, writtenMs } = one;
    const { path } = mark;
    // Nothing is no content: each empty file is a shot that is missing.
    if (mark.size > 0 && store.hasContent(sha256)) return settle(one, { ...mark, state: 'again', sha256 });
    if (isNoShot(mark, completeness)) return settle(one, { ...mark, state: 'passed-over', sha256 });
    if (completeness.kind !== 'complete') keep(() => store.addFile({ ...mark, state: 'begun', sha256 }));
    if (one.age !== undefined) taking(path);
    let trouble: StoreTrouble | undefined;
    const answer = await thread.ask(
      'take',
      {
        path,
        sha256,
        writtenMs,
        done: new Set(store.placesOf(sha256).keys()),
        known: continues ? knownPlaces(path) : new Map(),
      },
      (shot) => {
        if (trouble) return;
        try {
          keep(() => addPart(shot, sha256, one));
        } catch (error) {
          trouble = error as StoreTrouble;
        }
      },
    );
    if (trouble) throw trouble;
    for (const id of store.unjudgedOf(sha256))
      await judge(id).catch((error: Error) => {
        throw isFull(error) ? new StoreTrouble(error) : error;
      });
    const { shots, problem: found } = answer;
    if (shots > 0) await taken(path, sha256);
    settle(one, { ...mark, state: shots > 0 ? 'shots' : 'unreadable', sha256, ...(found && { problem: found }) });
  }

  function addPart(part: TakenShot, sha256: string, { writtenMs, age, since }: Candidate): void {
    if (part.kind === 'picked') {
      const { bytes, replaces } = part;
      const latencyMs = age === undefined ? null : Math.round(age + performance.now() - since);
      store.addShot({ bytes, latencyMs, writtenMs, ...(replaces !== undefined && { replaces }) });
    } else {
      // A person who was quicker with a correction had it judged with that.
      const id = shotId(sha256, part.place);
      if (!store.isJudged(id)) store.judged(id, part.bytes);
    }
  }

  function keep(add: () => void): void {
    try {
      add();
    } catch (error) {
      throw new StoreTrouble(error as Error);
    }
  }

  function settle(one: Candidate, entry: Parameters<Store['addFile']>[0]): void {
    keep(() => store.addFile(entry));
    if (candidates.get(one.mark.path) === one) candidates.delete(one.mark.path);
    if (entry.problem && entry.state !== 'passed-over') problem({ ...entry.problem, file: one.mark.path });
  }

  /** A file that is away is met again when it is back; one that cannot be opened is waited for as one that is cut. */
  async function unreachable(one: Candidate, message: string): Promise<void> {
    const { mark, since } = one;
    if (!(await stat(mark.path).catch(() => undefined))) {
      candidates.delete(mark.path);
      return;
    }
    if (performance.now() - since >= patience.cut)
      settle(one, { ...mark, state: 'unreadable', problem: { code: 'unreadable', message } });
  }

  /** Shots that were read of earlier states of the file, the latest of each place. */
  function knownPlaces(path: string): KnownPlaces {
    const contents = store.before(path).toReversed();
    return new Map(contents.flatMap(({ sha256 }) => [...store.placesOf(sha256)]));
  }

  return {
    seen,
    begin() {
      if (begun) return;
      begun = true;
      busy = false;
      const due = performance.now() + patience.still;
      for (const one of candidates.values()) one.due = due;
      wake(due);
    },
    get backlog() {
      return [...candidates.values()].filter(({ found }) => found?.kind !== 'cut').length;
    },
    get unfinished() {
      return [...candidates.values()].filter(({ found }) => found?.kind === 'cut').length;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** How often it is looked whether the next file has begun. */
const CHECK_MS = 500;
