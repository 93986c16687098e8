/**
 * The field station: folders are watched, files taken, shots picked, judged and kept, and what people do to them with them.
 * Knows no HTTP; app.ts puts it there.
 */
import { existsSync, statfsSync } from 'node:fs';
import type { Pick } from '#shared/picks.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import type { Profile } from '#shared/qc/profile.ts';
import type { PickFormat } from '#shared/report/pick-file.ts';
import type { PickerChoice } from '../cli/opening.ts';
import { makeFolder } from '../folders.ts';
import type {
  EditRequest,
  EditResponse,
  HealthJson,
  LineResponse,
  ProblemJson,
  ShotDetail,
  ShotsPage,
  SnapRequest,
  SnapResponse,
  UndoRequest,
} from './api-types.ts';
import { outsideOfShot, type Step } from './edits.ts';
import type { GatherView } from './gather-bytes.ts';
import { type Intake, type Patience, startIntake } from './intake.ts';
import type { Disk } from './journal.ts';
import { exportPicks, labelsCsv, lastHand, logCsv, logHtml, type OutputFile } from './outputs.ts';
import type { OpenedPicker, PickJobs, PickThreadData } from './pick-thread.ts';
import { keepRaw } from './raw-files.ts';
import { LOOKED_BACK } from './record.ts';
import { Refusal } from './refusal.ts';
import { detailOf, picksAfter } from './shot-json.ts';
import { giveBackMemory } from './spare-memory.ts';
import { type Change, lockFolder, openStore, unpacked } from './store.ts';
import { startThread } from './thread.ts';
import type { ShotPlace, ViewJobs } from './view-thread.ts';
import { type Watch, watchFolders } from './watch.ts';

export interface StationOptions {
  readonly folders: readonly string[];
  /** Where the station keeps what it knows. */
  readonly data: string;
  readonly choice: PickerChoice;
  readonly version: string;
  readonly profile?: Profile;
  readonly pollMs?: number;
  readonly patience?: Patience;
  /** Keeps copies of the shot files. */
  readonly keepRaw?: boolean;
  readonly disk?: Disk;
}

export interface Listener {
  change?(change: Change): void;
  /** Pages listen to this. */
  status?(health: HealthJson): void;
  problem?(problem: ProblemJson & { readonly file?: string }): void;
}

export type Station = Awaited<ReturnType<typeof openStation>>;

/** A corrected shot is judged anew when the hand has rested so long. */
const REST_MS = 800;
const STATUS_MS = 1000;

/** @throws Error when another station works on the same data */
export async function openStation(options: StationOptions) {
  const { folders, data, choice, version, profile, pollMs, patience, disk, keepRaw: keepsRaw = false } = options;
  makeFolder(data);
  const lock = lockFolder(data);
  const store = openStore(data, disk ? { disk } : {});
  const line = store.summaries(LOOKED_BACK).map(({ summary }) => unpacked<ShotSummary>(summary));
  const pickData: { -readonly [K in keyof PickThreadData]: PickThreadData[K] } = {
    choice,
    line,
    ...(profile && { profile }),
  };
  const picking = startThread<PickJobs>('pick-thread', pickData);
  const viewing = startThread<ViewJobs>('view-thread', profile ? { profile } : {});
  const startedAt = new Date().toISOString();
  const listeners = new Set<Listener>();
  const problems = new Map<string, ProblemJson & { readonly file?: string }>();
  const resting = new Map<string, NodeJS.Timeout>();
  let opened: OpenedPicker = { model: '', runtime: '', golden: null };
  let intake: Intake | undefined;
  let watch: Watch | undefined;
  let told = '';
  let closing = false;
  const seenAll = Promise.withResolvers<void>();

  const tell = (say: (listener: Listener) => void) => {
    for (const listener of listeners) say(listener);
  };
  const problem = (one: ProblemJson & { readonly file?: string }, key = one.code) => {
    if (problems.has(key)) return;
    if (LASTING.has(one.code)) problems.set(key, one);
    tell((listener) => listener.problem?.(one));
  };
  store.onChange((change) => {
    tell((listener) => listener.change?.(change));
    giveBackMemory();
  });
  /** What is done by a timer or a folder's change has nobody to tell its failure to. */
  const guarded =
    <A extends readonly unknown[]>(act: (...args: A) => void) =>
    (...args: A) => {
      try {
        act(...args);
      } catch (error) {
        problem({ code: 'store', message: `the station cannot read its data: ${(error as Error).message}` });
      }
    };
  const tellStatus = () => {
    const health = api.health();
    const { memoryMb: _, diskFree: __, ...what } = health;
    const text = JSON.stringify(what);
    if (text !== told) tell((listener) => listener.status?.(health));
    told = text;
  };
  const statusTimer = setInterval(guarded(tellStatus), STATUS_MS);
  statusTimer.unref();

  function known(id: string) {
    const row = store.row(id);
    if (!row) throw new Refusal(404, 'no-such-shot', `expected the id of a shot, found '${id}'`);
    return row;
  }

  function recordOf(id: string) {
    known(id);
    const record = store.record(id);
    if (!record) throw unreadable();
    return record;
  }
  const unreadable = () => new Refusal(404, 'unreadable', 'expected a shot, found a file that could not be read');

  function placeOf(id: string): ShotPlace {
    const { file } = known(id);
    const found = store.placeOf(id);
    if (!found) throw unreadable();
    return { ...found, paths: [...new Set([...store.pathsOf(found.sha256), file])] };
  }

  function detail(id: string): ShotDetail {
    const row = known(id);
    const record = store.record(id);
    if (!record) return { ...row, ...NOTHING_READ };
    return detailOf(row, record, store.state(id), {
      previousAtSource: store.previousAtSource(id),
      available: placeOf(id).paths.some((path) => existsSync(path)),
    });
  }

  function addStep(id: string, base: number, step: StepBody): [EditResponse, 200 | 409] {
    // What the journal took while the disk was full must be seen before anything stands upon it.
    store.recover();
    recordOf(id);
    const { revision, canUndo, canRedo } = store.state(id);
    const stale = base !== revision;
    const idle = (step.kind === 'undo' && !canUndo) || (step.kind === 'redo' && !canRedo);
    if (!stale && !idle) {
      store.addStep(id, { revision: revision + 1, at: new Date().toISOString(), ...step });
      judgeSoon(id);
    }
    const shot = detail(id);
    return [{ revision: shot.revision, shot }, stale ? 409 : 200];
  }

  function judgeSoon(id: string): void {
    clearTimeout(resting.get(id));
    resting.set(
      id,
      setTimeout(() => {
        resting.delete(id);
        void judge(id).catch(() => {});
      }, REST_MS),
    );
  }

  /** With the picks that stand. Where the file is away, or the shot was edited meanwhile, the verdict stays what it was. */
  async function judge(id: string): Promise<void> {
    const record = recordOf(id);
    const state = store.state(id);
    const picks: readonly Pick[] = picksAfter(record, state);
    const before = store.summariesBefore(id, LOOKED_BACK).map(({ summary }) => summary);
    const { file, problems } = record;
    const bytes = await viewing.ask('judge', { shot: placeOf(id), file, picks, problems, before });
    if (store.state(id).revision === state.revision) store.judged(id, bytes);
  }

  /** A copy that cannot be made holds nothing else up; it is tried again at the next start. */
  async function keepCopy(path: string, sha256: string): Promise<void> {
    try {
      await keepRaw(data, path, sha256);
      problems.delete('raw-file');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(path)) return;
      problem({ code: 'raw-file', message: `${path}: no copy of it can be kept: ${(error as Error).message}` });
    }
  }

  async function keepMissing(): Promise<void> {
    for (const { path, state, sha256 } of store.files()) {
      if (closing) return;
      if (state === 'shots' && sha256 !== null && existsSync(path)) await keepCopy(path, sha256);
    }
  }

  const api = {
    get end() {
      return store.end;
    },
    listen(listener: Listener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changedSince: store.changedSince,
    /** All that lies in the folders has been seen once. */
    listed: seenAll.promise,

    health(): HealthJson {
      const { shots, unreadable } = store.counts();
      const backlog = intake?.backlog ?? 0;
      return {
        status: problems.size > 0 ? 'trouble' : backlog > 0 ? 'working' : 'idle',
        version,
        model: opened.model,
        runtime: opened.runtime,
        golden: opened.golden,
        watching: watch?.folders ?? folders.map((folder) => ({ folder, reachable: false })),
        backlog,
        unfinished: intake?.unfinished ?? 0,
        shots,
        unreadable,
        diskFree: freeBytes(data),
        memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
        startedAt,
        problems: [...problems.values()],
      };
    },

    list({ before, limit }: { readonly before?: string | undefined; readonly limit: number }): ShotsPage {
      const rows = store.rows(before === undefined ? undefined : known(before).id, limit + 1);
      return { shots: rows.slice(0, limit), more: rows.length > limit, total: store.counts().rows };
    },
    detail,
    history: (id: string): { readonly steps: readonly Step[] } => ({ steps: store.steps(known(id).id) }),
    edit(id: string, { base, edits, who }: EditRequest): [EditResponse, 200 | 409] {
      const strange = outsideOfShot(edits, recordOf(id));
      if (strange) throw new Refusal(400, strange.code, strange.message);
      return addStep(id, base, { kind: 'edits', edits, who });
    },
    turn: (id: string, kind: 'undo' | 'redo', { base, who }: UndoRequest) => addStep(id, base, { kind, who }),
    gather: (id: string, view: GatherView): Promise<Uint8Array> => viewing.ask('gather', { shot: placeOf(id), view }),
    async snap(id: string, { trace, timeMs }: SnapRequest): Promise<SnapResponse> {
      const { traces, summary, period } = recordOf(id);
      const row = traces.findIndex(({ index }) => index === trace);
      if (row < 0) throw new Refusal(400, 'no-such-trace', `expected a trace of the shot, found ${trace}`);
      const periodMs = summary?.period ?? period;
      return { trace, timeMs: await viewing.ask('snap', { shot: placeOf(id), row, timeMs, periodMs }) };
    },

    async line(most: number): Promise<LineResponse> {
      const judged = store.summaries(most);
      const ids = judged.map(({ id }) => id);
      const { line: found, shares } = await viewing.ask('line', { summaries: judged.map(({ summary }) => summary) });
      const total = store.counts().shots;
      const accepted = ids.map((id) => store.state(id).decision ?? null);
      return { ...(found ?? NO_LINE), ids, accepted, total, receiverShares: shares };
    },
    async report(): Promise<string> {
      return viewing.ask('report', { summaries: store.summaries().map(({ summary }) => summary), picks: opened.model });
    },
    log(format: 'csv' | 'html'): string {
      const rows = store
        .rows(undefined, Number.MAX_SAFE_INTEGER)
        .map((row) => ({ ...row, who: lastHand(store.steps(row.id)) }))
        .reverse();
      return format === 'csv' ? logCsv(rows) : logHtml(rows, `Observer's log, ${startedAt.slice(0, 10)}`);
    },
    labels: (): string =>
      labelsCsv([...store.records()].map(({ id, ...kept }) => ({ ...kept, who: lastHand(store.steps(id)) }))),
    export({ format, rejected }: { readonly format: PickFormat; readonly rejected: boolean }): OutputFile {
      return exportPicks(
        [...store.records()].filter(({ state }) => rejected || state.decision !== 'rejected'),
        format,
      );
    },
    store,

    /** @throws RecordError when the model does not open or compute here; the present one picks on */
    async useModel(folder: string): Promise<void> {
      opened = await picking.ask('use', { folder });
      pickData.choice = { ...choice, name: 'neural', asked: true, folder }; // of a thread that has to start again
    },

    async close(): Promise<void> {
      closing = true;
      clearInterval(statusTimer);
      for (const timer of resting.values()) clearTimeout(timer);
      watch?.close();
      intake?.close();
      await Promise.all([picking.close(), viewing.close()]);
      store.close();
      lock.close();
    },
  };

  try {
    opened = await picking.ask('open', undefined);
  } catch (error) {
    await api.close();
    throw error;
  }
  if (opened.instead !== undefined)
    problem({ code: 'other-picker', message: `${opened.instead}; picking with the classical picker` });
  if (opened.golden && !opened.golden.holds)
    problem({
      code: 'golden-check',
      message: `expected scores within ${opened.golden.tolerance} of those the model was made with, found ${opened.golden.largestDifference}: this machine computes wrongly`,
    });
  let kept = false;
  intake = startIntake({
    store,
    thread: picking,
    judge,
    taking(path) {
      // By the time it is picked, the page can have its traces.
      const watched = [...listeners].some(({ status }) => status !== undefined);
      if (watched) void viewing.ask('ready', { path }).catch(() => {});
    },
    ...(keepsRaw && { taken: keepCopy }),
    ...(patience && { patience }),
    problem: (one) => problem(one, LASTING.has(one.code) ? one.code : `${one.code} ${one.file}`),
    solved: (code) => void problems.delete(code),
  });
  watch = watchFolders(folders, {
    ...(pollMs !== undefined && { pollMs }),
    except: data,
    seen: guarded(intake.seen),
    listed() {
      intake?.begin();
      if (keepsRaw && !kept) void keepMissing();
      kept = true;
      seenAll.resolve();
    },
    reached(folder, reachable, why) {
      const key = `folder-away ${folder}`;
      if (reachable) problems.delete(key);
      else
        problem(
          { code: 'folder-away', message: `${folder}: expected a folder to watch, found ${why}; waiting for it` },
          key,
        );
    },
  });
  return api;
}

type StepBody = Step extends infer S ? (S extends unknown ? Omit<S, 'revision' | 'at'> : never) : never;

/** Shown until they are solved; others are told once. */
export const LASTING: ReadonlySet<string> = new Set([
  'disk-full',
  'store',
  'folder-away',
  'raw-file',
  'other-picker',
  'golden-check',
]);

const NOTHING_READ = {
  sha256: '',
  format: null,
  recorder: null,
  model: '',
  sampleIntervalMs: 0,
  firstSampleMs: 0,
  firstSampleFrom: '',
  periodMs: null,
  picks: [],
  findings: [],
  branches: [],
  problems: [],
  previousAtSource: null,
  canUndo: false,
  canRedo: false,
  available: false,
} as const;

const NO_LINE = {
  name: '',
  verdict: 'pass',
  reason: 'no shots yet',
  findings: [],
  shots: [],
  timeZeroFrom: '',
  receivers: [],
  reciprocity: { pairs: 0, medianDifferenceMs: null },
  coverage: [],
} as const;

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
