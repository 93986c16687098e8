/**
 * Edits are seen at once and saved one after the other. What the station has not yet confirmed stands in a queue over the last
 * confirmed state; when the station does not answer, the queue waits and tries again, so that nothing is lost.
 */
import type { EditJson, PickJson, ShotDetail } from '../station/api-types.ts';
import { type ShotSource, StaleEdit } from './source/source.ts';

/** A shot after an edit, as the source will say it once it is saved. */
export function edited(shot: ShotDetail, edits: readonly EditJson[]): ShotDetail {
  const picks = new Map(shot.picks.map((pick) => [pick.trace, pick]));
  let { accepted, notes } = shot;
  for (const edit of edits) {
    if ('trace' in edit) {
      const before = picks.get(edit.trace);
      if (before) picks.set(edit.trace, editedPick(before, edit));
    } else if (edit.kind === 'note') notes = edit.text;
    else accepted = DECISIONS[edit.kind];
  }
  const all = shot.picks.map(({ trace }) => picks.get(trace)!);
  return {
    ...shot,
    accepted,
    notes,
    picks: all,
    picked: all.filter(({ status }) => status === 'picked').length,
    canUndo: true,
    canRedo: false,
  };
}

const DECISIONS = { accept: 'accepted', reject: 'rejected', 'clear-decision': null } as const;

function editedPick(pick: PickJson, edit: Extract<EditJson, { readonly trace: number }>): PickJson {
  switch (edit.kind) {
    case 'set':
      return { ...pick, timeMs: edit.timeMs, confidence: 1, status: 'picked', reason: null, edited: true };
    case 'remove':
      return { ...pick, timeMs: null, confidence: null, status: 'skipped', reason: 'removed', edited: true };
    case 'restore':
      return { ...pick, ...pick.auto, edited: false };
    case 'kill':
      return { ...pick, timeMs: null, confidence: null, status: 'skipped', reason: 'dead', killed: true };
    case 'unkill':
      return { ...pick, ...pick.auto, killed: false, edited: false };
    case 'reverse':
      return { ...pick, reversed: !pick.reversed };
  }
}

export interface EditingHooks {
  /** Something is to be seen. */
  show(shot: ShotDetail): void;
  /** Edits that are not saved yet. */
  waiting(count: number): void;
  say(text: string): void;
}

export interface Editing {
  readonly shown: ShotDetail;
  /** @param merge a further nudge of the same trace replaces the one before, where that has not been sent */
  edit(edits: readonly EditJson[], options?: { readonly merge?: boolean }): void;
  step(way: 'undo' | 'redo'): void;
  /** The source says it anew; taken when nothing waits. */
  renew(shot: ShotDetail): void;
}

type Waiting = readonly EditJson[] | 'undo' | 'redo';

const RETRY_MS = 2000;

export function editingOf(source: ShotSource, first: ShotDetail, { show, waiting, say }: EditingHooks): Editing {
  let settled = first;
  const queue: Waiting[] = [];
  let sending = false;

  const shown = () =>
    queue.reduce<ShotDetail>((shot, next) => (typeof next === 'string' ? shot : edited(shot, next)), settled);
  const changed = () => {
    waiting(queue.length);
    show(shown());
  };
  const send = async () => {
    if (sending) return;
    sending = true;
    while (queue.length > 0) {
      try {
        const next = queue[0];
        settled = typeof next === 'string' ? await source.step(settled, next) : await source.edit(settled, next);
        queue.shift();
      } catch (error) {
        if (error instanceof StaleEdit) {
          settled = error.shot;
          queue.length = 0;
          say(error.message);
        } else if (error instanceof TypeError) {
          say('not saved yet: the station does not answer; trying again');
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        } else {
          queue.shift();
          say(`not saved: ${(error as Error).message}`);
        }
      }
      changed();
    }
    sending = false;
  };
  const add = (next: Waiting) => {
    queue.push(next);
    changed();
    void send();
  };
  return {
    get shown() {
      return shown();
    },
    edit(edits, { merge = false } = {}) {
      const last = queue.at(-1);
      if (merge && queue.length > 1 && Array.isArray(last) && sameNudge(last, edits)) {
        queue[queue.length - 1] = edits;
        changed();
      } else add(edits);
    },
    step(way) {
      if (queue.length > 0 || (way === 'undo' ? settled.canUndo : settled.canRedo)) add(way);
      else say(way === 'undo' ? 'nothing to undo' : 'nothing to redo');
    },
    renew(shot) {
      if (queue.length > 0 || shot.id !== settled.id) return;
      settled = shot;
      changed();
    },
  };
}

function sameNudge(a: readonly EditJson[], b: readonly EditJson[]): boolean {
  const [x, y] = [a[0], b[0]];
  return a.length === 1 && b.length === 1 && x.kind === 'set' && y.kind === 'set' && x.trace === y.trace;
}
