/**
 * What a station sends home in the evening: shot files by their digests, picks and findings, every correction. All of it may be sent
 * again, and is broken off anywhere, without anything being there twice: see sync-folder.ts and sync-cloud.ts for where it goes.
 */
import { basename } from 'node:path';
import type { EditJson } from './api-types.ts';
import { type EditState, type Step, stateOf } from './edits.ts';
import { exportPicks, type KeptShot, labelsCsv, lastHand, logCsv } from './outputs.ts';
import { picksAfter } from './shot-json.ts';
import type { Store } from './store.ts';

export interface SyncFile {
  readonly sha256: string;
  readonly name: string;
  readonly size: number;
  /** Where it was seen, the latest first; it may be away now. */
  readonly paths: readonly string[];
}

export interface SyncDocument {
  readonly name: string;
  readonly text: string;
}

/** A correction by itself: what an undo took back is said as edits too. */
export interface SyncEntry {
  readonly id: string;
  readonly sha256: string;
  readonly ffid: number | null;
  readonly at: string;
  readonly who: string;
  readonly edits: readonly EditJson[];
}

export interface SyncReport {
  readonly sent: number;
  readonly known: number;
  /** Files that cannot be reached now; they go the next time. */
  readonly away: readonly string[];
}

export interface SyncTarget {
  readonly name: string;
  file(file: SyncFile): Promise<'sent' | 'known' | 'away'>;
  document(document: SyncDocument): Promise<'sent' | 'known'>;
  /** In the order in which they were made. */
  entries(entries: readonly SyncEntry[]): Promise<{ readonly sent: number; readonly known: number }>;
}

/** @throws Error when the target cannot be reached; what was sent until then stays */
export async function sync(
  store: Store,
  target: SyncTarget,
  note: (line: string) => void = () => {},
): Promise<SyncReport> {
  let [sent, known] = [0, 0];
  const away: string[] = [];
  const count = (became: 'sent' | 'known' | 'away', name: string) => {
    if (became === 'sent') sent++;
    else if (became === 'known') known++;
    else away.push(name);
    if (became !== 'known') note(`${became === 'sent' ? 'sent' : 'away, left for the next time:'} ${name}`);
  };
  for (const file of filesOf(store)) count(await target.file(file), file.paths[0]);
  const shots = [...store.records()].map((shot) => ({ ...shot, steps: store.steps(shot.id) }));
  const entries = shots.flatMap(({ id, record, steps }) =>
    entriesOf(steps).map((entry) => ({
      ...entry,
      id: `${id}.${entry.id}`,
      sha256: record.sha256,
      ffid: record.ffid ?? null,
    })),
  );
  const told = await target.entries(entries);
  sent += told.sent;
  known += told.known;
  for (const { id, record, state, steps } of shots) {
    const document = { name: `shots/${id}.json`, text: shotText({ record, state }, steps) };
    count(await target.document(document), document.name);
  }
  for (const document of summaries(store)) count(await target.document(document), document.name);
  return { sent, known, away };
}

function filesOf(store: Store): readonly SyncFile[] {
  const whole = store
    .files()
    .filter(({ state, sha256 }) => sha256 !== null && (state === 'shots' || state === 'unreadable'));
  return whole.map(({ sha256, path, size }) => ({
    sha256: sha256!,
    name: basename(path),
    size,
    paths: store.pathsOf(sha256!),
  }));
}

/** Everything that the station knows of a shot, and how it came to it. */
function shotText({ record, state }: KeptShot, steps: readonly Step[]): string {
  const { summary, ...shot } = record;
  return `${JSON.stringify(
    {
      schema: 'firstbreak.station-shot/1',
      ...shot,
      standing: picksAfter(record, state),
      decision: state.decision ?? null,
      notes: state.notes,
      verdict: summary?.verdict ?? null,
      reason: summary?.reason ?? '',
      findings: summary?.findings ?? [],
      branches: summary?.branches ?? [],
      steps,
    },
    null,
    1,
  )}\n`;
}

function summaries(store: Store): readonly SyncDocument[] {
  const shots = [...store.records()].map((shot) => ({ ...shot, who: lastHand(store.steps(shot.id)) }));
  const kept = shots.filter(({ state }) => state.decision !== 'rejected');
  const log = store.rows(undefined, Number.MAX_SAFE_INTEGER).toReversed();
  return [
    { name: 'picks.csv', text: exportPicks(kept, 'csv').content as string },
    { name: 'picks.json', text: exportPicks(kept, 'json').content as string },
    { name: 'labels.csv', text: labelsCsv(shots) },
    { name: 'observers-log.csv', text: logCsv(log.map((row) => ({ ...row, who: lastHand(store.steps(row.id)) }))) },
  ];
}

/** The history of a shot as edits alone; `id` is the revision. */
export function entriesOf(steps: readonly Step[]): readonly Omit<SyncEntry, 'sha256' | 'ffid'>[] {
  return steps.flatMap((step, k) => {
    const edits =
      step.kind === 'edits' ? step.edits : between(stateOf(steps.slice(0, k)), stateOf(steps.slice(0, k + 1)));
    return edits.length === 0 ? [] : [{ id: String(step.revision), at: step.at, who: step.who, edits }];
  });
}

/** Edits that make the one state of the other. */
function between(from: EditState, to: EditState): readonly EditJson[] {
  const edits: EditJson[] = [];
  for (const trace of new Set([...from.traces.keys(), ...to.traces.keys()])) {
    const [was, is] = [from.traces.get(trace), to.traces.get(trace)];
    if (JSON.stringify(was?.pick) !== JSON.stringify(is?.pick))
      edits.push(
        is?.pick === undefined
          ? { kind: 'restore', trace }
          : is.pick === 'removed'
            ? { kind: 'remove', trace }
            : { kind: 'set', trace, timeMs: is.pick.timeMs },
      );
    if ((was?.killed ?? false) !== (is?.killed ?? false)) edits.push({ kind: is?.killed ? 'kill' : 'unkill', trace });
    if ((was?.reversed ?? false) !== (is?.reversed ?? false)) edits.push({ kind: 'reverse', trace });
  }
  if (from.decision !== to.decision) edits.push({ kind: to.decision ? DECIDE[to.decision] : 'clear-decision' });
  if (from.notes !== to.notes) edits.push({ kind: 'note', text: to.notes });
  return edits;
}

const DECIDE = { accepted: 'accept', rejected: 'reject' } as const;
