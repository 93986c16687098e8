/**
 * A part of a survey: its shots are read once more and judged with the picks they have, each beside the shots before it, as
 * `firstbreak qc` judges them. Nothing is picked again.
 */
import { open } from '#shared/formats/open.ts';
import { timed } from '#shared/gather.ts';
import { getJson, isStoreError, type ObjectStore, StoreError } from '#shared/object-store.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { contextOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { objectSource } from '../store/object-source.ts';
import { boundedSummary, MOST_LINE_TRACES, PROFILE } from './line-report.ts';
import { type LineShot, packedLines, picksOfRows, readLines } from './line-shots.ts';
import { localFile, type Spare } from './local-file.ts';
import { judgedKey, resultKeys, surveyKeys } from './result-keys.ts';
import type { SurveyPart, Unit } from './survey.ts';
import { openOptions } from './task.ts';

/** A shot of a survey, judged beside the others. */
export interface JudgedShot {
  readonly summary: ShotSummary;
  /** Key of its picture, where it has one. */
  readonly picture?: string;
}

/** Shots that one is held against at most. */
const CONTEXT = 20;

export async function judgePart(
  stores: { readonly surveys: ObjectStore; readonly results: ObjectStore },
  survey: string,
  index: number,
  { spare }: { readonly spare?: Spare },
): Promise<void> {
  const key = surveyKeys(survey).part(index);
  const part = (await getJson<SurveyPart>(stores.results, key))?.value;
  if (!part) throw new StoreError('missing', key, 'expected a part of a survey, found none');
  if (await stores.results.head(judgedKey(part.id))) return;
  let traces = part.tracesBefore;
  const latest = await shotsBefore(stores.results, part);
  const judged: JudgedShot[] = [];
  for (const unit of part.units) {
    const shots = await lineShots(stores.results, unit);
    for await (const { summary, picture, picks } of judgedShots(stores, unit, shots, latest, spare)) {
      const kept = boundedSummary(summary, traces < MOST_LINE_TRACES);
      traces += picks.length;
      judged.push({ summary: kept, ...(picture !== undefined && { picture }) });
      latest.push(kept);
      if (latest.length > CONTEXT) latest.shift();
    }
  }
  await stores.results.put(judgedKey(part.id), packedLines(judged), {
    condition: 'absent',
    contentType: 'application/gzip',
  });
}

/** A survey's files are told apart by their keys. */
async function lineShots(results: ObjectStore, { key, result, shard }: Pick<Unit, 'key' | 'result' | 'shard'>) {
  const shots = await readLines<LineShot>(results, resultKeys(result).shots(shard.index));
  return shots.map((shot): LineShot => ({ ...shot, summary: { ...shot.summary, file: key } }));
}

async function shotsBefore(results: ObjectStore, { before, tracesBefore }: SurveyPart): Promise<ShotSummary[]> {
  const latest: ShotSummary[] = [];
  let traces = tracesBefore;
  for (const unit of before.toReversed()) {
    for (const { summary, picks } of (await lineShots(results, unit)).toReversed()) {
      traces -= picks.length;
      latest.unshift(boundedSummary(summary, traces < MOST_LINE_TRACES));
      if (latest.length === CONTEXT) return latest;
    }
  }
  return latest;
}

/** What is no longer there keeps the judgement it got by itself. */
async function* judgedShots(
  { surveys }: { readonly surveys: ObjectStore },
  { key, etag, size, shard, settings }: Unit,
  shots: readonly LineShot[],
  latest: readonly ShotSummary[],
  spare: Spare | undefined,
): AsyncGenerator<LineShot> {
  let at = 0;
  try {
    const object = { key, etag, size, modified: new Date(0) };
    const file =
      shard.trace === undefined
        ? await localFile(surveys, object, key, spare)
        : { source: objectSource(surveys, object, { name: key }), close: async () => {} };
    try {
      const recording = await open(file.source, openOptions(settings));
      const [from, length] = shard.bytes;
      const part = shard.trace === undefined ? {} : { part: { trace: shard.trace, at: from, end: from + length } };
      if (shots.length > 0)
        for await (const read of recording.shots(part)) {
          const shot = timed(read, key);
          const line = contextOf(latest, { file: key, recordedAt: shot.recordedAt });
          const facts = factsOf(shot, picksOfRows(shots[at].picks), { problems: recording.problems, line });
          const summary = summarise(facts, judgeFacts(facts, PROFILE), key);
          yield { ...shots[at], summary };
          // What could not be read when it was picked cannot be read now.
          if (++at === shots.length) return;
        }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isStoreError(error, 'missing') && !isStoreError(error, 'changed')) throw error;
    yield* shots.slice(at);
  }
}
