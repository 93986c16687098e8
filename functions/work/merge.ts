/**
 * The shards of a file become its tables, its judgement and its page: one pass over the shards, all outputs written as they
 * come, so that memory holds a shard, whatever the size of the file.
 */
import type { Problem } from '#shared/errors.ts';
import { everyObject, isStoreError, type ObjectStore, putJson } from '#shared/object-store.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Verdict } from '#shared/qc/finding.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { csvHeader } from '#shared/report/csv.ts';
import { picksJson } from '#shared/report/json.ts';
import { boundedSummary, MOST_LINE_TRACES, writeLineReport } from './line-report.ts';
import { parquetTable } from './parquet.ts';
import { distinct, type PickedShard, readShard } from './pick-shard.ts';
import { type Pipe, pipe } from './pipe.ts';
import type { Plan } from './plan.ts';
import { resultKeys } from './result-keys.ts';
import type { PickSettings } from './task.ts';

export interface Result {
  readonly schema: 'firstbreak.result/1';
  readonly id: string;
  readonly input: { readonly key: string; readonly file: string; readonly etag: string; readonly size: number };
  readonly format: string;
  readonly model: { readonly name: string; readonly digest: string | null };
  readonly runtime: string;
  readonly settings: PickSettings;
  readonly shots: number;
  readonly traces: number;
  readonly picked: number;
  /** Traces without a pick, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly shards: number;
  /** Shards that could not be read to their end. */
  readonly failed: readonly { readonly shard: number; readonly code: string; readonly message: string }[];
  readonly problems: readonly Problem[];
  /** Keys of the results; what the report shows as pictures, the worst shot first. */
  readonly files: {
    readonly csv: string;
    readonly parquet: string;
    readonly json: string;
    readonly qc: string;
    readonly lines: string;
    readonly report: string;
    readonly pictures: readonly string[];
  };
}

/** Problems that are listed; the rest says the same of other traces. */
const MOST_PROBLEMS = 100;

const utf8 = new TextEncoder();

/** @throws StoreError `missing` when a shard is not there: not picked yet, or merged and cleared away by another */
export async function merge(store: ObjectStore, id: string, plan: Plan, picker: Picker): Promise<Result> {
  const keys = resultKeys(id);
  const { name, learned } = picker;
  const first = await readShard(store, id, 0);
  const state = tallyOf(keys.picture);
  const outputs = {
    csv: writing(store, keys.csv, 'text/csv'),
    parquet: writing(store, keys.parquet, 'application/vnd.apache.parquet'),
    json: writing(store, keys.json, 'application/json'),
    qc: writing(store, keys.qc, 'application/json'),
  };
  const all = Object.values(outputs);
  try {
    const table = parquetTable(plan.file, name);
    const about = picksJson(
      {
        file: plan.file,
        format: first.head.format,
        ...(first.head.sha256 !== undefined && { sha256: first.head.sha256 }),
        model: { name, ...(learned && { digest: learned.digest }) },
        runtime: learned?.runtime ?? 'javascript',
      },
      [],
    );
    await outputs.csv.text(csvHeader);
    await outputs.json.text(JSON.stringify(about).replace(/\]\}$/, () => '\n'));
    let before = 0;
    for (const { index } of plan.shards) {
      const shard = index === 0 ? first : await readShard(store, id, index);
      const separated = (texts: readonly string[], start: string) =>
        texts.map((text, i) => (before + i === 0 ? start : ',\n') + text).join('');
      const { shots } = shard;
      await Promise.all([
        outputs.csv.text(shots.map(({ csv }) => csv).join('')),
        outputs.parquet.bytes(table.add(shots.map(({ json }) => json))),
        outputs.json.text(
          separated(
            shots.map(({ json }) => JSON.stringify(json)),
            '',
          ),
        ),
        outputs.qc.text(
          separated(
            shots.map(({ summary: { file, ffid, verdict, reason, findings } }) =>
              JSON.stringify({ file, ffid: ffid ?? null, verdict, reason, findings }),
            ),
            '[\n',
          ),
        ),
      ]);
      state.add(index, shard);
      before += shots.length;
    }
    await outputs.parquet.bytes(table.end());
    await outputs.json.text('\n]}\n');
    await outputs.qc.text(before === 0 ? '[]\n' : '\n]\n');
    for (const output of all) output.end();
    await Promise.all(all.map(({ done }) => done));
  } catch (error) {
    for (const output of all) output.fail(error);
    await Promise.allSettled(all.map(({ done }) => done));
    throw error;
  }
  const { pictures } = await writeLineReport(store, keys, state.summaries, state.pictures, name);
  const { csv, parquet, json, qc, lines: lineKey, report } = keys;
  const result: Result = {
    schema: 'firstbreak.result/1',
    id,
    input: { key: plan.key, file: plan.file, etag: plan.etag, size: plan.size },
    format: first.head.format,
    model: { name, digest: learned?.digest ?? null },
    runtime: learned?.runtime ?? 'javascript',
    settings: plan.settings,
    ...state.counts(),
    shards: plan.shards.length,
    failed: state.failed,
    problems: distinct(state.problems).slice(0, MOST_PROBLEMS),
    files: { csv, parquet, json, qc, lines: lineKey, report, pictures },
  };
  await putJson(store, keys.result, result, 'absent');
  return result;
}

/** Takes the shards away that a finished result no longer needs. */
export async function clearShards(store: ObjectStore, id: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of everyObject(store, resultKeys(id).shards)) keys.push(key);
  for (const key of keys) await store.delete(key);
}

function writing(store: ObjectStore, key: string, contentType: string) {
  const pieces: Pipe = pipe();
  const done = store.putStream(key, pieces, { contentType });
  done.catch(() => {}); // waited for at the end, and told by push
  const bytes = async (piece: Uint8Array) => {
    if (piece.length > 0) await Promise.race([pieces.push(piece), done]);
  };
  return { bytes, text: (text: string) => bytes(utf8.encode(text)), end: pieces.end, fail: pieces.fail, done };
}

/** @param pictureKey of a picture by its name */
function tallyOf(pictureKey: (name: string) => string) {
  const summaries: ShotSummary[] = [];
  const pictures = new Map<ShotSummary, string>();
  const problems: Problem[] = [];
  const failed: { shard: number; code: string; message: string }[] = [];
  const skipped: Record<string, number> = {};
  const verdicts = { pass: 0, warn: 0, fail: 0 };
  let [traces, picked, onLine] = [0, 0, 0];
  return {
    summaries,
    pictures,
    problems,
    failed,
    add(index: number, { head, shots, end }: PickedShard): void {
      if (index === 0) problems.push(...head.problems);
      if (problems.length < MOST_PROBLEMS) problems.push(...end.problems);
      if (end.error) failed.push({ shard: index, ...end.error });
      for (const { json, summary, picture } of shots) {
        traces += json.picks.length;
        for (const { reason } of json.picks) {
          if (reason === null) picked++;
          else skipped[reason] = (skipped[reason] ?? 0) + 1;
        }
        verdicts[summary.verdict]++;
        const kept = boundedSummary(summary, onLine < MOST_LINE_TRACES);
        onLine += summary.traces.length;
        summaries.push(kept);
        if (picture !== undefined) pictures.set(kept, pictureKey(picture));
      }
    },
    counts: () => ({ shots: summaries.length, traces, picked, skipped, verdicts }),
  };
}

/** The result, where there is one. */
export async function readResult(store: ObjectStore, id: string): Promise<Result | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await store.get(resultKeys(id).result))) as Result;
  } catch (error) {
    if (isStoreError(error, 'missing')) return undefined;
    throw error;
  }
}
