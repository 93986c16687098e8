/** Everything a person can do, by mouse or by key, and what the source tells: the only place that changes the state. */
import { batch, effect } from '@preact/signals';
import { snap } from '#shared/picking/snap.ts';
import { ms } from '#shared/units.ts';
import type { EditJson, PickJson, ShotDetail, ShotRow } from '../station/api-types.ts';
import { type Editing, type EditingHooks, editingOf } from './editing.ts';
import { allRows, type Rows, timedShot } from './gather/rows.ts';
import { type Anchor, panned, showing, zoomed } from './gather/viewport.ts';
import type { FileSource } from './source/files.ts';
import type { GatherWindow, ShotSource } from './source/source.ts';
import * as state from './state.ts';

let source: ShotSource;
let editing: Editing | undefined;

export const sourceKind = () => source.kind;

/** Connects the page with where its shots come from; returns what ends it. */
export async function begin(from: ShotSource): Promise<() => void> {
  source = from;
  await reload();
  return from.listen({
    shot: (row) => received(row),
    edit: (row) => {
      if (row.revision > (editing?.shown.revision ?? 0) || row.id !== state.detail.value?.id) changedElsewhere(row);
    },
    status: (health) => {
      state.health.value = health;
    },
    problem: (problem) => say(`${problem.file ? `${problem.file}: ` : ''}${problem.message}`, 'problem'),
    reload: () => void reload(),
    connected: (yes) => {
      const back = yes && !state.connected.value;
      state.connected.value = yes;
      if (back) void reload();
    },
  });
}

export function say(text: string, kind: 'info' | 'problem' = 'info'): void {
  state.message.value = { text, kind };
}

/** A failure is one line on the page, never a page that stops. */
const telling =
  <A extends readonly unknown[]>(act: (...args: A) => Promise<void>) =>
  (...args: A): void => {
    act(...args).catch((error: Error) => say(error.message, 'problem'));
  };

async function reload(): Promise<void> {
  const page = await source.list();
  batch(() => {
    state.shots.value = page.shots;
    state.moreShots.value = page.more;
    state.totalShots.value = page.total;
  });
  const first = page.shots.find(({ problem }) => !problem);
  if (first && (state.follow.value || state.chosen.value === undefined)) open(first.id);
}

export const olderShots = telling(async () => {
  const page = await source.list(state.shots.value.at(-1)?.id);
  batch(() => {
    state.shots.value = [...state.shots.value, ...page.shots];
    state.moreShots.value = page.more;
  });
});

/** A day of shots is not drawn anew with each of them; older ones are had again by the button at the end. */
const MOST_LISTED = 300;

function received(row: ShotRow): void {
  const known = state.shots.value.some(({ id }) => id === row.id);
  batch(() => {
    replaceRow(row);
    if (!known) {
      const all = [row, ...state.shots.value].sort((a, b) => b.sequence - a.sequence);
      state.shots.value = all.slice(0, MOST_LISTED);
      if (all.length > MOST_LISTED) state.moreShots.value = true;
      state.totalShots.value += 1;
    }
  });
  if (row.problem) return;
  if (known) changedElsewhere(row);
  // Of a backlog, which comes in backwards, nothing is new.
  else if (row.latencyMs === null && state.detail.value && source.kind === 'station') return;
  else if (state.follow.value && state.shots.value.find(({ problem }) => !problem)?.id === row.id) open(row.id);
  if (state.tab.value === 'line') loadLine();
}

function replaceRow(row: ShotRow): void {
  state.shots.value = state.shots.value.map((each) => (each.id === row.id ? row : each));
}

const changedElsewhere = telling(async (row: ShotRow) => {
  replaceRow(row);
  if (state.detail.value?.id === row.id) editing?.renew(await source.detail(row.id));
});

/** Of rows held in memory: so many samples are kept for shots that were looked at before. */
const KEPT_SAMPLES = 24_000_000;
/** Larger shots are had window by window. */
const WHOLE_SAMPLES = 6_000_000;
const kept = new Map<string, Rows>();

export const isLarge = (shot: ShotDetail): boolean => shot.picks.length * shot.samples > WHOLE_SAMPLES;

/** So long the shot before stays on the screen, for that of the new one to be there as a whole; then verdict and picks go first. */
const WHOLE_MS = 120;

export const open = telling(async (id: string) => {
  if (state.chosen.value === id && state.detail.value?.id === id) return;
  state.chosen.value = id;
  const shot = await source.detail(id);
  if (state.chosen.value !== id) return;
  const problem = withRows(shot);
  await Promise.race([problem, new Promise((resolve) => setTimeout(resolve, WHOLE_MS))]);
  if (state.chosen.value !== id) return;
  show(shot);
  if (shot.previousAtSource !== null) void ghostOf(shot.previousAtSource);
  const found = await problem;
  if (state.detail.value?.id !== id) return;
  state.rows.value ??= kept.get(id);
  if (found) say(found, 'problem');
});

function show(shot: ShotDetail): void {
  for (const id of editings.keys()) if (!unsaved.get(id)) editings.delete(id);
  const busy = editings.get(shot.id);
  editing = busy ?? editingOf(source, shot, hooks(shot.id));
  editings.set(shot.id, editing);
  batch(() => {
    if (state.detail.value?.picks.length !== shot.picks.length) state.cursor.value = 0;
    state.zoom.value = undefined;
    state.marked.value = new Set();
    state.openFinding.value = undefined;
    state.rows.value = kept.get(shot.id);
    state.detail.value = busy?.shown ?? shot;
    if (state.message.value?.kind === 'problem') state.message.value = undefined;
  });
}

/** Of the shot on the screen, and of those before it whose edits are not saved yet. */
const editings = new Map<string, Editing>();
const unsaved = new Map<string, number>();

const hooks = (id: string): EditingHooks => ({
  show(now) {
    if (state.detail.value?.id === id) state.detail.value = now;
    replaceRow(rowOf(now));
  },
  waiting(count) {
    unsaved.set(id, count);
    if (count === 0 && state.detail.value?.id !== id) editings.delete(id);
    state.saving.value = [...unsaved.values()].reduce((sum, one) => sum + one, 0);
  },
  say,
});

const rowOf = ({ picks: _, findings: __, branches: ___, problems: ____, ...row }: ShotDetail): ShotRow => row;

async function ghostOf(id: string): Promise<void> {
  if (state.ghost.value?.id === id) return;
  state.ghost.value = await source.detail(id).catch(() => undefined);
}

/** Returns what is wrong where the amplitudes cannot be had: picks and findings are shown without them. */
async function withRows(shot: ShotDetail): Promise<string | undefined> {
  if (kept.has(shot.id)) return undefined;
  if (!shot.available) return `${shot.file} cannot be reached now: picks and findings are shown without the traces`;
  try {
    keep(shot.id, await source.rows(shot, isLarge(shot) ? firstWindow(shot) : 'all'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function keep(id: string, rows: Rows): void {
  kept.delete(id);
  kept.set(id, rows);
  let held = [...kept.values()].reduce((sum, { shot }) => sum + shot.amplitudes.length, 0);
  for (const [old, { shot }] of kept) {
    if (held <= KEPT_SAMPLES || old === id) break;
    held -= shot.amplitudes.length;
    kept.delete(old);
  }
}

const firstWindow = (shot: ShotDetail): GatherWindow => ({
  ...screen,
  firstTrace: 0,
  lastTrace: shot.picks.length - 1,
  fromMs: shot.firstSampleMs,
  toMs: shot.firstSampleMs + (shot.samples - 1) * shot.sampleIntervalMs,
});

/** Pixels of the gather on the screen. */
const screen = { width: 1200, height: 600 };
export function gatherSize(width: number, height: number): void {
  screen.width = Math.max(64, Math.round(width));
  screen.height = Math.max(64, Math.round(height));
}

const WINDOW_DELAY_MS = 180;
let windowTimer: ReturnType<typeof setTimeout> | undefined;

/** Of a large shot, what is zoomed into is had in full. */
effect(() => {
  const shot = state.detail.value;
  const { fromTrace, toTrace, fromMs, toMs } = state.view.value;
  const { value: shifts } = state.shifts;
  clearTimeout(windowTimer);
  if (!shot || !isLarge(shot) || !shot.available) return;
  windowTimer = setTimeout(
    telling(async () => {
      const first = Math.max(0, Math.floor(fromTrace) - 1);
      const last = Math.min(shot.picks.length - 1, Math.ceil(toTrace));
      const few = (last - first + 1) * shot.samples <= WHOLE_SAMPLES;
      const seen = shifts.subarray(first, last + 1);
      const rows = await source.rows(shot, {
        ...firstWindow(shot),
        firstTrace: first,
        lastTrace: last,
        // Of few traces the whole record is had, for the strip along the first breaks too.
        ...(few
          ? { width: last - first + 1, height: shot.samples }
          : {
              fromMs: fromMs + seen.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
              toMs: toMs + seen.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
            }),
      });
      if (state.detail.value?.id === shot.id) state.rows.value = rows;
    }),
    WINDOW_DELAY_MS,
  );
});

export const loadLine = telling(async () => {
  state.line.value = await source.line();
});

export function showTab(tab: 'shot' | 'line'): void {
  state.tab.value = tab;
  if (tab === 'line') loadLine();
}

// ── Which shot ──────────────────────────────────────────────────────────────

export function choose(id: string): void {
  const newest = state.shots.value.find(({ problem }) => !problem)?.id;
  state.follow.value = id === newest && state.follow.value;
  open(id);
}

/** Shots by which the list moves on; positive: older. */
export function neighbourShot(by: number): void {
  const good = state.shots.value.filter(({ problem }) => !problem);
  const at = good.findIndex(({ id }) => id === state.chosen.value);
  const next = good[Math.max(0, Math.min(good.length - 1, at + by))];
  if (next) choose(next.id);
}

export function goLive(): void {
  state.follow.value = true;
  const newest = state.shots.value.find(({ problem }) => !problem);
  if (newest) open(newest.id);
}

// ── Editing ─────────────────────────────────────────────────────────────────

/** Who edits wants this shot to stay. */
function send(edits: readonly EditJson[], options?: { readonly merge?: boolean }): void {
  if (edits.length === 0) return;
  state.follow.value = false;
  editing?.edit(edits, options);
}

const pickAt = (row: number): PickJson | undefined => state.detail.value?.picks[row];

/** Inside the record, to a thousandth of a millisecond. */
function heldTime(time: number): number {
  const { firstSampleMs, samples, sampleIntervalMs } = state.detail.value!;
  const last = firstSampleMs + (samples - 1) * sampleIntervalMs;
  return Math.round(1000 * Math.max(firstSampleMs, Math.min(last, time))) / 1000;
}

/** Where the page has the traces it looks itself, which keeps up with a stroke of the pointer. */
async function onsetNear(shot: ShotDetail, row: number, timeMs: number): Promise<number> {
  const rows = kept.get(shot.id);
  if (rows?.step !== 1 || rows.shot.traces.length !== rows.traces)
    return source.snap(shot, shot.picks[row].trace, timeMs);
  return snap(rows.shot, row, ms(timeMs), { period: shot.periodMs === null ? undefined : ms(shot.periodMs) });
}

/** A pick at a place that was pointed at; at the onset near it while snapping is on. */
export const pickHere = telling(async (row: number, timeMs: number, exact = !state.snapping.value) => {
  const shot = state.detail.value;
  const pick = pickAt(row);
  if (!shot || !pick || pick.killed) return;
  moveCursor(row);
  const time = exact ? timeMs : await onsetNear(shot, row, timeMs);
  send([{ kind: 'set', trace: pick.trace, timeMs: heldTime(time) }]);
  speakTrace(row);
});

/** Picks along a stroke, one step of undo. */
export const paint = telling(async (stroke: ReadonlyMap<number, number>, exact = !state.snapping.value) => {
  const shot = state.detail.value;
  if (!shot) return;
  const places = [...stroke].flatMap(([row, timeMs]) => {
    const pick = pickAt(row);
    return pick && !pick.killed ? [{ row, trace: pick.trace, timeMs }] : [];
  });
  const times = exact
    ? places.map(({ timeMs }) => timeMs)
    : await Promise.all(places.map(({ row, timeMs }) => onsetNear(shot, row, timeMs)));
  send(places.map(({ trace }, i) => ({ kind: 'set', trace, timeMs: heldTime(times[i]) })));
  say(`${places.length} traces picked`);
});

export function erase(rows: Iterable<number>): void {
  const edits = [...rows].flatMap((row): EditJson[] => {
    const pick = pickAt(row);
    return pick?.status === 'picked' ? [{ kind: 'remove', trace: pick.trace }] : [];
  });
  send(edits);
}

/** The pick under the cursor by samples; where there is none, one between its neighbours. */
export function nudge(samples: number): void {
  const shot = state.detail.value;
  const row = state.cursor.value;
  const pick = pickAt(row);
  if (!shot || !pick || pick.killed) return;
  const from = pick.timeMs ?? expectedAt(row);
  const time = heldTime(from + (pick.timeMs === null ? 0 : samples * shot.sampleIntervalMs));
  send([{ kind: 'set', trace: pick.trace, timeMs: time }], { merge: true });
  keepInSight(row);
  speakTrace(row);
}

/** Where a break is to be expected: on the line between the picked neighbours, else in the middle of what is seen. */
function expectedAt(row: number): number {
  const between = state.stripShifts.value?.[row];
  const { fromMs, toMs } = state.view.value;
  return between ?? (fromMs + toMs) / 2 + state.shifts.value[row];
}

export const snapAtCursor = (): void => {
  const row = state.cursor.value;
  pickHere(row, pickAt(row)?.timeMs ?? expectedAt(row), false);
};
export const eraseAtCursor = (): void => erase([state.cursor.value]);

export function restoreAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: 'restore', trace: pick.trace }]);
}

export function killAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: pick.killed ? 'unkill' : 'kill', trace: pick.trace }]);
}

export function reverseAtCursor(): void {
  const pick = pickAt(state.cursor.value);
  if (pick) send([{ kind: 'reverse', trace: pick.trace }]);
}

export const undo = (): void => editing?.step('undo');
export const redo = (): void => editing?.step('redo');

/** A second time takes it back. */
export function decide(decision: 'accepted' | 'rejected'): void {
  const before = state.detail.value?.accepted;
  send([{ kind: before === decision ? 'clear-decision' : decision === 'accepted' ? 'accept' : 'reject' }]);
}

export function note(text: string): void {
  if (text !== state.detail.value?.notes) send([{ kind: 'note', text }]);
}

// ── Looking ─────────────────────────────────────────────────────────────────

export function moveCursor(row: number): void {
  const last = (state.detail.value?.picks.length ?? 1) - 1;
  state.cursor.value = Math.max(0, Math.min(last, row));
}

export function stepCursor(by: number): void {
  moveCursor(state.cursor.value + by);
  keepInSight(state.cursor.value);
  speakTrace(state.cursor.value);
}

function keepInSight(row: number): void {
  if (state.zoom.value === undefined) return;
  const ms = (pickAt(row)?.timeMs ?? expectedAt(row)) - state.shifts.value[row];
  state.zoom.value = showing(state.zoom.value, { trace: row + 0.5, ms }, state.whole.value);
}

function speakTrace(row: number): void {
  const pick = pickAt(row);
  if (!pick) return;
  const where = `channel ${pick.channel}${pick.offsetM === null ? '' : `, offset ${Math.round(10 * pick.offsetM) / 10} m`}`;
  const what =
    pick.timeMs === null
      ? `no pick, ${pick.killed ? 'killed' : (pick.reason ?? '')}`
      : `${pick.timeMs.toFixed(2)} ms, ${pick.edited ? 'by hand' : `${Math.round(100 * (pick.confidence ?? 0))} % sure`}`;
  state.spoken.value = `${where}: ${what}`;
}

const middleOf = (): Anchor => {
  const { fromMs, toMs } = state.view.value;
  const row = state.cursor.value;
  const time = pickAt(row)?.timeMs;
  return { trace: row + 0.5, ms: time ? time - state.shifts.value[row] : (fromMs + toMs) / 2 };
};

export function zoomBy(factor: number, axes: 'both' | 'traces' | 'times' = 'both', at: Anchor = middleOf()): void {
  const shot = state.detail.value;
  if (!shot) return;
  state.zoom.value = zoomed(
    state.view.value,
    at,
    { traces: axes === 'times' ? 1 : factor, times: axes === 'traces' ? 1 : factor },
    state.whole.value,
    16 * shot.sampleIntervalMs,
  );
}

export function panBy(traces: number, times: number): void {
  state.zoom.value = panned(state.view.value, traces, times, state.whole.value);
}

export function zoomHome(): void {
  state.zoom.value = undefined;
}

/** Around the first breaks, or the whole record. */
export function toggleRecord(): void {
  batch(() => {
    state.wholeRecord.value = !state.wholeRecord.value;
    state.zoom.value = undefined;
  });
}

export function toggleReduced(): void {
  if (!state.hasOffsets.value) {
    say('the file has no offsets to reduce by');
    return;
  }
  batch(() => {
    state.reduced.value = !state.reduced.value;
    state.zoom.value = undefined;
  });
  const branches = state.detail.value?.branches ?? [];
  const fastest = branches.reduce((most, { velocity }) => Math.max(most, velocity), 0);
  if (state.reduced.value && fastest > 0) state.velocity.value = Math.round(fastest / 50) * 50 || 50;
}

export const gainBy = (db: number): void => {
  state.gainDb.value = Math.max(-60, Math.min(60, state.gainDb.value + db));
};

export function nextOf<T>(options: readonly T[], now: T): T {
  return options[(options.indexOf(now) + 1) % options.length];
}

/** Shows the traces of a finding; a second time hides them. */
export function lookAtFinding(index: number): void {
  const shot = state.detail.value;
  if (!shot) return;
  const same = state.openFinding.value === index;
  const places = new Map(shot.picks.map(({ trace }, i) => [trace, i]));
  const traces = same ? [] : (shot.findings[index]?.traces.flatMap((trace) => places.get(trace) ?? []) ?? []);
  batch(() => {
    state.openFinding.value = same ? undefined : index;
    state.marked.value = new Set(traces);
    if (traces.length > 0) moveCursor(traces[0]);
  });
  if (traces.length > 0) keepInSight(traces[0]);
}

export const download = telling(async (name: string) => {
  await source.download(name);
  say(`${name} is being written`);
});

/** The whole shot without its amplitudes, where they cannot be had. */
export const emptyRows = (shot: ShotDetail): Rows => allRows(timedShot(shot));

// ── Files without a station ─────────────────────────────────────────────────

const fromFiles = (): FileSource => source as FileSource;

let taking: Promise<void> = Promise.resolve();

/** Files wait for those before them. */
export function takeFiles(files: readonly File[]): void {
  if (files.length === 0) return;
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  taking = taking.then(async () => {
    const { shots, known, failures } = await fromFiles().take(sorted, (progress) => {
      state.working.value = progress;
    });
    const done = `${shots} shots picked${known > 0 ? `, ${known} files were known` : ''}`;
    if (failures.length === 0) say(done);
    else
      say(
        [
          done,
          failures[0],
          ...(failures.length > 1 ? [`and ${failures.length - 1} more files that could not be read`] : []),
        ].join('; '),
        'problem',
      );
  });
}

export const forgetFiles = telling(async () => {
  if (!confirm('Remove all shots and edits from this browser?')) return;
  await fromFiles().forget();
  batch(() => {
    state.detail.value = undefined;
    state.rows.value = undefined;
    state.chosen.value = undefined;
    state.line.value = undefined;
  });
});
