/** What the shots of a file or of a survey show as lines: a document of numbers, and a page with pictures of the worst shots. */
import { type ObjectStore, putJson } from '#shared/object-store.ts';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLineFacts } from '#shared/qc/line/judge-line.ts';
import { linesOf } from '#shared/qc/line/lines.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { PROFILES } from '#shared/qc/profile.ts';
import { pngUrl } from '#shared/report/indexed-png.ts';
import { linesJson } from '#shared/report/qc-line-json.ts';
import { type PageLine, qcPage } from '#shared/report/qc-page.ts';
import { worstFirst } from '#shared/report/worst-first.ts';

/** Thresholds by which the cloud judges. */
export const PROFILE = PROFILES.refraction;

/** Beyond so many traces, further shots are no longer looked at as part of their line. */
export const MOST_LINE_TRACES = 400_000;

/** Pictures in the report. */
const PICTURES = 20;

/** As the line keeps a shot that comes behind the bound. */
export const boundedSummary = (summary: ShotSummary, whole: boolean): ShotSummary =>
  whole ? summary : { ...summary, traces: [], branches: [] };

export interface LineReport {
  readonly lines: readonly PageLine[];
  /** Keys of the pictures shown, the worst shot first. */
  readonly pictures: readonly string[];
}

/** @param pictures key of the picture of a shot, where it has one; @param picks what picked */
export async function writeLineReport(
  store: ObjectStore,
  keys: { readonly lines: string; readonly report: string },
  shots: readonly ShotSummary[],
  pictures: ReadonlyMap<ShotSummary, string>,
  picks: string,
): Promise<LineReport> {
  const lines = linesOf(shots).map((line): PageLine => {
    const facts = lineFactsOf(line.shots);
    return { name: line.name, facts, judgement: judgeLineFacts(facts, PROFILE) };
  });
  const pictured = worstFirst([...pictures.keys()]).slice(0, PICTURES);
  const urls = new Map<ShotSummary, string>();
  for (const shot of pictured) urls.set(shot, pngUrl(await store.get(pictures.get(shot)!)));
  const page = qcPage({ lines, pictures: urls, profile: PROFILE, picks });
  await putJson(store, keys.lines, linesJson(lines, PROFILE));
  await store.putStream(keys.report, encoded(page), { contentType: 'text/html; charset=utf-8' });
  return { lines, pictures: pictured.map((shot) => pictures.get(shot)!) };
}

const utf8 = new TextEncoder();

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) if (text !== '') yield utf8.encode(text);
}
