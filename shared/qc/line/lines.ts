/**
 * Which shots of a run belong to one line: lines with coordinates of their own, all beginning at 0, must not be held against
 * each other. Shots of one folder are a line, until nothing was recorded for days.
 */
import type { LineContext, ShotSummary } from './summary.ts';

/** A long weekend; a line is not left for longer. */
const PAUSE_MS = 4 * 24 * 3600 * 1000;

export interface Line {
  /** The folder, with the day of its first shot where the folder holds several lines; empty: all files in the working folder. */
  readonly name: string;
  /** In the order in which they were read. */
  readonly shots: readonly ShotSummary[];
}

export function linesOf(shots: readonly ShotSummary[]): readonly Line[] {
  const folders = Map.groupBy(shots, ({ file }) => folderOf(file));
  // Recorders that put each shot into a folder of its own do not mean a line by it.
  const oneEach = folders.size > 1 && folders.size === shots.length;
  return [...(oneEach ? new Map([['', shots as ShotSummary[]]]) : folders)].flatMap(([folder, own]) => {
    const parts = byPauses(own);
    return parts.map((part) => ({
      name: [folder, parts.length > 1 ? dayOf(part) : ''].filter(Boolean).join(', '),
      shots: part,
    }));
  });
}

/** Shots that the next one is held against: a line changes slowly, and a judgement must not take longer the longer it is. */
const LATEST = 20;

/** What the shots before one tell: the latest of its line. */
export function contextOf(
  before: readonly ShotSummary[],
  { file, recordedAt }: { readonly file: string; readonly recordedAt?: string | undefined },
): LineContext {
  const recent = before.slice(-LATEST);
  const folder = folderOf(file);
  const own = recent.filter((shot) => folderOf(shot.file) === folder);
  const oneEach = own.length === 0 && new Set(recent.map((shot) => folderOf(shot.file))).size === recent.length;
  const time = Date.parse(recordedAt ?? '');
  const apart = (shot: ShotSummary) => Math.abs(Date.parse(shot.recordedAt ?? '') - time) > PAUSE_MS;
  return { shots: (oneEach ? recent : own).filter((shot) => !apart(shot)) };
}

const folderOf = (file: string): string => file.replace(/[^\\/]*$/, '').replace(/[\\/]$/, '');

/** Shots without a date go with the one before them. */
function byPauses(shots: readonly ShotSummary[]): readonly (readonly ShotSummary[])[] {
  let last: number | undefined;
  const dated = shots.map((shot) => {
    const time = shot.recordedAt === undefined ? Number.NaN : Date.parse(shot.recordedAt);
    if (Number.isFinite(time)) last = time;
    return { shot, time: last };
  });
  const instants = dated.flatMap(({ time }) => time ?? []).sort((a, b) => a - b);
  const ends = instants.filter((time, i) => i > 0 && time - instants[i - 1] > PAUSE_MS);
  const partOf = (time: number | undefined) => (time === undefined ? 0 : ends.filter((end) => time >= end).length);
  return [...Map.groupBy(dated, ({ time }) => partOf(time)).values()].map((part) => part.map(({ shot }) => shot));
}

const dayOf = (shots: readonly ShotSummary[]): string =>
  shots.find(({ recordedAt }) => recordedAt !== undefined)?.recordedAt?.slice(0, 10) ?? '';
