/**
 * One shard of a file: read, picked, judged, shot after shot. What comes of it is one object of gzipped lines of JSON: a head,
 * the shots, and what it came to. Whatever the shard holds, the same lines come of it.
 */
import { isRecordError, type Problem } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type Format, type Recording, type TimedShot, timed } from '#shared/gather.ts';
import type { ObjectStore, StoredObject } from '#shared/object-store.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { csvRows } from '#shared/report/csv.ts';
import { picksJson, type ShotJson } from '#shared/report/json.ts';
import { galleryOf } from '#shared/report/worst-first.ts';
import { objectSource } from '../store/object-source.ts';
import { type LineShot, packedLines, pickRows, readLines } from './line-shots.ts';
import { localFile, type Spare } from './local-file.ts';
import type { Plan, Shard } from './plan.ts';
import { resultKeys } from './result-keys.ts';
import { openOptions } from './task.ts';

export type TimedPickedShot = PickedShot & { readonly shot: TimedShot };

export interface PickDeps {
  readonly picker: Picker;
  /** A picture of a shot as PNG; absent: reports come without pictures. */
  readonly picture?: (picked: TimedPickedShot) => Promise<Uint8Array>;
  /** Where whole files may lie while they are read. */
  readonly spare?: Spare;
  /** Told of each shot that was picked. */
  readonly onShot?: (picks: readonly Pick[]) => void;
}

export interface ShardHead {
  readonly schema: 'firstbreak.shard/1';
  readonly index: number;
  readonly format: Format;
  readonly problems: readonly Problem[];
  /** Of the whole file, where it was read whole. */
  readonly sha256?: string;
}

export interface ShardShot {
  /** Rows of the picks table. */
  readonly csv: string;
  readonly json: ShotJson;
  readonly summary: ShotSummary;
  /** Name of its picture, of the worst shots alone. */
  readonly picture?: string;
}

export interface ShardEnd {
  /** What was wrong with the shots; with the bytes behind the last one when `error` is there. */
  readonly problems: readonly Problem[];
  /** Why the shard could not be read to its end. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Pictures of a file that is one shard, and of each of several. */
const PICTURES = 20;
const PICTURES_OF_PART = 4;

const GZIP = 'application/gzip';

/** @returns false when it had been picked before. @throws StoreError; RecordError where a whole file gives no shot */
export async function pickShard(
  stores: { readonly surveys: ObjectStore; readonly results: ObjectStore },
  id: string,
  plan: Plan,
  shard: Shard,
  deps: PickDeps,
): Promise<boolean> {
  const keys = resultKeys(id);
  if (await stores.results.head(keys.shard(shard.index))) return false;
  const object: StoredObject = { key: plan.key, etag: plan.etag, size: plan.size, modified: new Date(0) };
  const file =
    shard.trace === undefined
      ? await localFile(stores.surveys, object, plan.file, deps.spare)
      : { source: objectSource(stores.surveys, object, { name: plan.file }), close: async () => {} };
  try {
    const recording = await open(file.source, openOptions(plan.settings));
    const { format, problems } = recording;
    const sha256 = 'sha256' in file ? file.sha256 : undefined;
    const head: ShardHead = {
      schema: 'firstbreak.shard/1',
      index: shard.index,
      format,
      problems,
      ...(sha256 && { sha256 }),
    };
    const pictures = galleryOf<ShotSummary, string>(shard.trace === undefined ? PICTURES : PICTURES_OF_PART);
    const shots: Omit<ShardShot, 'picture'>[] = [];
    const rows: LineShot['picks'][] = [];
    const told: Problem[] = [];
    let error: ShardEnd['error'];
    try {
      for await (const picked of pickedShots(recording, plan, shard, deps)) {
        const shot = lineOf(picked, problems);
        shots.push(shot);
        rows.push(pickRows(picked.picks));
        told.push(...picked.shot.problems);
        deps.onShot?.(picked.picks);
        if (deps.picture && pictures.wants(shot.summary)) {
          const name = pictureName(shard, shots.length - 1, picked);
          await stores.results.put(keys.picture(name), await deps.picture(picked), { contentType: 'image/png' });
          pictures.keep(shot.summary, name);
        }
      }
    } catch (failed) {
      // A file without one shot is no result; a shard without one is told of beside the others.
      if (!isRecordError(failed) || (shots.length === 0 && shard.trace === undefined)) throw failed;
      error = { code: failed.code, message: failed.message };
    }
    const pictured = shots.map((shot): ShardShot => {
      const picture = pictures.kept.get(shot.summary);
      return { ...shot, ...(picture !== undefined && { picture }) };
    });
    const line = pictured.map(
      ({ summary, picture }, i): LineShot => ({
        summary,
        picks: rows[i],
        ...(picture !== undefined && { picture: keys.picture(picture) }),
      }),
    );
    const end: ShardEnd = { problems: distinct(told), ...(error && { error }) };
    // The shard last: where it is, its shots are.
    await stores.results.put(keys.shots(shard.index), packedLines(line), { contentType: GZIP });
    const bytes = packedLines([head, ...pictured, end]);
    const { written } = await stores.results.put(keys.shard(shard.index), bytes, {
      condition: 'absent',
      contentType: GZIP,
    });
    return written;
  } finally {
    await file.close();
  }
}

async function* pickedShots(
  recording: Recording,
  { file, settings }: Plan,
  { trace, bytes: [at, length] }: Shard,
  { picker }: PickDeps,
): AsyncGenerator<TimedPickedShot> {
  const { minConfidence = 0, convention = 'onset' } = settings;
  const only = trace === undefined ? {} : { part: { trace, at, end: at + length } };
  for await (const read of recording.shots(only)) {
    const shot = timed(read, file);
    yield { ...(await pickShot(file, shot, picker, { minConfidence, convention })), shot };
  }
}

/** A shot is judged by itself; what only the line shows is found when all of it has been picked (judge-part.ts, line.ts). */
function lineOf(picked: TimedPickedShot, problems: readonly Problem[]): Omit<ShardShot, 'picture'> {
  const facts = factsOf(picked.shot, picked.picks, { problems });
  const judgement = judgeFacts(facts);
  const [json] = picksJson({ file: picked.file, model: { name: picked.model } }, [picked], [judgement]).shots;
  return { csv: csvRows(picked), json, summary: summarise(facts, judgement, picked.file) };
}

const pictureName = ({ index }: Shard, n: number, { shot }: PickedShot): string =>
  `${String(index).padStart(5, '0')}-${String(n).padStart(5, '0')}${shot.ffid === undefined ? '' : `-ffid${shot.ffid}`}`;

/** Each once: many shots say the same. */
export const distinct = (problems: Iterable<Problem>): Problem[] => [
  ...new Map([...problems].map((problem) => [`${problem.code}\n${problem.message}`, problem])).values(),
];

export interface PickedShard {
  readonly head: ShardHead;
  readonly shots: readonly ShardShot[];
  readonly end: ShardEnd;
}

/** @throws StoreError `missing` */
export async function readShard(store: ObjectStore, id: string, index: number): Promise<PickedShard> {
  const lines = await readLines(store, resultKeys(id).shard(index));
  return {
    head: lines[0] as ShardHead,
    shots: lines.slice(1, -1) as ShardShot[],
    end: lines.at(-1) as ShardEnd,
  };
}
