/** Which shots there are and which one is on the screen: what the source tells, and what a person chooses. */
import { batch } from '@preact/signals';
import type { ShotDetail, ShotRow } from '../../station/api-types.ts';
import { type Editing, type EditingHooks, editingOf } from '../editing.ts';
import type { ShotSource } from '../source/source.ts';
import * as state from '../state.ts';
import { loadLine } from './looking.ts';
import { say, source, telling, useSource } from './session.ts';
import { keptRows, rowsBeside, withRows } from './traces.ts';

/** Connects the page with where its shots come from; returns what ends it. */
export async function begin(from: ShotSource): Promise<() => void> {
  useSource(from);
  await reload();
  return from.listen({
    shot: (row) => received(row),
    edit: (row) => {
      if (row.revision > (current?.shown.revision ?? 0) || row.id !== state.detail.value?.id) changedElsewhere(row);
    },
    gone,
    status: (health) => {
      state.health.value = health;
    },
    problem: (problem) => say(`${problem.file ? `${problem.file}: ` : ''}${problem.message}`, 'problem'),
    reload: reloadTelling,
    connected: (yes) => {
      state.connected.value = yes;
      // What came between the list and the first event is in neither.
      if (yes) reloadTelling();
    },
  });
}

async function reload(): Promise<void> {
  const page = await source().list();
  batch(() => {
    state.shots.value = page.shots;
    state.moreShots.value = page.more;
    state.totalShots.value = page.total;
  });
  const first = page.shots.find(({ problem }) => !problem);
  if (first && (state.follow.value || state.chosen.value === undefined)) open(first.id);
}

const reloadTelling = telling(reload);

export const olderShots = telling(async () => {
  const page = await source().list(state.shots.value.at(-1)?.id);
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
      const all = [row, ...state.shots.value].sort(lastFiredFirst);
      // Behind the last one listed there may be others that were not loaded yet.
      if (state.moreShots.value && all.at(-1) === row) all.pop();
      state.shots.value = all.slice(0, MOST_LISTED);
      if (all.length > MOST_LISTED) state.moreShots.value = true;
      state.totalShots.value += 1;
    }
  });
  if (row.problem) return;
  if (known) changedElsewhere(row);
  // Of a backlog, which comes in backwards, nothing is new.
  else if (row.latencyMs === null && state.detail.value && source().kind === 'station') return;
  // Of a recorder whose clock was set back as well, a shot that has just been fired is what one wants to see.
  else if (state.follow.value && (row.latencyMs !== null || newest()?.id === row.id)) open(row.id);
  if (state.tab.value === 'line') loadLine();
}

/** What stands in its place is told right behind. */
function gone(id: string): void {
  if (!state.shots.value.some((row) => row.id === id)) return;
  const shown = state.chosen.value === id;
  batch(() => {
    state.shots.value = state.shots.value.filter((row) => row.id !== id);
    state.totalShots.value -= 1;
    if (shown) state.follow.value = true;
  });
}

const newest = (): ShotRow | undefined => state.shots.value.find(({ problem }) => !problem);
const lastFiredFirst = (a: ShotRow, b: ShotRow): number =>
  Date.parse(b.firedAt) - Date.parse(a.firedAt) || b.sequence - a.sequence;

function replaceRow(row: ShotRow): void {
  state.shots.value = state.shots.value.map((each) => (each.id === row.id ? row : each));
}

const changedElsewhere = telling(async (row: ShotRow) => {
  replaceRow(row);
  if (state.detail.value?.id === row.id) current?.renew(await source().detail(row.id));
});

/** So long the shot before stays on the screen, for that of the new one to be there as a whole; then verdict and picks go first. */
const WHOLE_MS = 80;

export const open = telling(async (id: string) => {
  if (state.chosen.value === id && state.detail.value?.id === id) return;
  state.chosen.value = id;
  const asked = source().detail(id);
  const rows = rowsBeside(
    state.shots.value.find((row) => row.id === id),
    asked,
  );
  const shot = await asked;
  if (state.chosen.value !== id) return;
  const problem = withRows(shot, rows);
  await Promise.race([problem, new Promise((resolve) => setTimeout(resolve, WHOLE_MS))]);
  if (state.chosen.value !== id) return;
  show(shot);
  // What came between asking for it and showing it was not heard of yet.
  const row = state.shots.value.find((each) => each.id === id);
  if (row && (row.verdict !== shot.verdict || row.revision > shot.revision)) changedElsewhere(row);
  if (shot.previousAtSource !== null) void ghostOf(shot.previousAtSource);
  const found = await problem;
  if (state.detail.value?.id !== id) return;
  state.rows.value ??= keptRows(id);
  if (found) say(found, 'problem');
});

function show(shot: ShotDetail): void {
  for (const id of editings.keys()) if (!unsaved.get(id)) editings.delete(id);
  const busy = editings.get(shot.id);
  current = busy ?? editingOf(source(), shot, hooks(shot.id));
  editings.set(shot.id, current);
  batch(() => {
    if (state.detail.value?.picks.length !== shot.picks.length) state.cursor.value = 0;
    state.zoom.value = undefined;
    state.marked.value = new Set();
    state.openFinding.value = undefined;
    state.rows.value = keptRows(shot.id);
    state.detail.value = busy?.shown ?? shot;
    if (state.message.value?.kind === 'problem') state.message.value = undefined;
  });
}

let current: Editing | undefined;
/** Edits of the shot on the screen. */
export const editing = (): Editing | undefined => current;

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
  state.ghost.value = await source()
    .detail(id)
    .catch(() => undefined);
}

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
