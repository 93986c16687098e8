/** What `firstbreak qc` judges by, besides the shots: a profile of thresholds, and picks made by others. */
import { readFileSync } from 'node:fs';
import type { TimedShot } from '#shared/gather.ts';
import { UsageError } from '#shared/options.ts';
import type { Pick } from '#shared/picks.ts';
import { PROFILES, type Profile, type ProfileName, readProfile } from '#shared/qc/profile.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { readPicks } from './pick-tables.ts';

/** A preset by its name, else a file. @throws UsageError, RecordError `malformed` */
export function profileOf(word: string): Profile {
  if (Object.hasOwn(PROFILES, word)) return PROFILES[word as ProfileName];
  let text: string;
  try {
    text = readFileSync(word, 'utf8');
  } catch {
    throw new UsageError(`--profile: expected ${Object.keys(PROFILES).join(', ')} or a readable file, found '${word}'`);
  }
  return readProfile(text, word);
}

/** Picks of a shot as a table has them: traces without a row are not picked. undefined: none of the shot is in the table. */
export type Labels = (shot: TimedShot, file: string) => readonly Pick[] | undefined;

/** @throws RecordError */
export function labelsOf(path: string): Labels {
  const byFile = Map.groupBy(readPicks(path), ({ file }) => file && baseName(file));
  const byShot = new Map([...byFile].map(([name, rows]) => [name, Map.groupBy(rows, ({ ffid }) => ffid)]));
  /** The rows that can be meant, so that a long line does not look at all of them for each shot. */
  const rowsFor = (shot: TimedShot, file: string): readonly ReferencePick[] =>
    [baseName(file), undefined].flatMap((name) => {
      const shots = byShot.get(name);
      const own = [shot.ffid, undefined].flatMap((ffid) => shots?.get(ffid) ?? []);
      return own.length > 0 ? own : (byFile.get(name) ?? []);
    });
  return (shot, file) => {
    const picks = picksOfShot(rowsFor(shot, file), shot, file);
    if (picks.every((pick) => pick === undefined)) return undefined;
    return picks.map((pick, i) => pick ?? { kind: 'skipped', reason: missingBecause(shot, i) });
  };
}

const missingBecause = ({ traces }: TimedShot, i: number) =>
  traces[i].kind === 'auxiliary' ? 'auxiliary' : traces[i].kind === 'dead' ? 'dead' : 'removed';

const baseName = (path: string): string => path.replace(/^.*[\\/]/, '');
