/** The end of a survey: its parts, one after the other, become the judgement of its lines, a list of its shots and a page. */
import { getJson, type ObjectStore, putJson, StoreError } from '#shared/object-store.ts';
import type { Verdict } from '#shared/qc/finding.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import type { JudgedShot } from './judge-part.ts';
import { writeLineReport } from './line-report.ts';
import { readLines } from './line-shots.ts';
import { judgedKey, surveyKeys, surveyPointerKey } from './result-keys.ts';
import type { SurveyPlan } from './survey.ts';

export interface SurveyResult {
  readonly schema: 'firstbreak.survey/1';
  readonly id: string;
  readonly prefix: string;
  /** That were picked. */
  readonly files: number;
  readonly shots: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly lines: readonly { readonly name: string; readonly verdict: Verdict; readonly reason: string }[];
  /** Keys: each shot with what was found, as `firstbreak qc --json`; the lines, as `--line-json`; both as a page. */
  readonly results: { readonly qc: string; readonly lines: string; readonly report: string };
}

export async function surveyPlan(results: ObjectStore, survey: string): Promise<SurveyPlan> {
  const { plan } = surveyKeys(survey);
  const found = await getJson<SurveyPlan>(results, plan);
  if (!found) throw new StoreError('missing', plan, 'expected the plan of a survey, found none');
  return found.value;
}

export async function missingParts(results: ObjectStore, { parts }: SurveyPlan): Promise<number> {
  const there = await Promise.all(parts.map((part) => results.head(judgedKey(part))));
  return there.filter((object) => object === undefined).length;
}

/** @throws StoreError `missing` when a part has not been judged */
export async function judgeSurvey(
  { surveys, results }: { readonly surveys: ObjectStore; readonly results: ObjectStore },
  survey: string,
): Promise<SurveyResult> {
  const plan = await surveyPlan(results, survey);
  const { prefix, files } = plan;
  const keys = surveyKeys(survey);
  const known = await readSurvey(results, survey);
  const result = known ?? (await judged());
  if (!known) await putJson(results, keys.survey, result, 'absent');
  const pointer = surveyPointerKey(prefix);
  const told = await getJson<SurveyResult>(surveys, pointer);
  if (told?.value.id !== survey) await putJson(surveys, pointer, result);
  return result;

  async function judged(): Promise<SurveyResult> {
    const shots: ShotSummary[] = [];
    const pictures = new Map<ShotSummary, string>();
    const verdicts = { pass: 0, warn: 0, fail: 0 };
    for (const part of plan.parts)
      for (const { summary, picture } of await readLines<JudgedShot>(results, judgedKey(part))) {
        shots.push(summary);
        verdicts[summary.verdict]++;
        if (picture !== undefined) pictures.set(summary, picture);
      }
    await results.putStream(keys.qc, listOf(shots), { contentType: 'application/json' });
    const { lines } = await writeLineReport(results, keys, shots, pictures, plan.picks);
    return {
      schema: 'firstbreak.survey/1',
      id: survey,
      prefix,
      files,
      shots: shots.length,
      verdicts,
      lines: lines.map(({ name, judgement: { verdict, reason } }) => ({ name, verdict, reason })),
      results: { qc: keys.qc, lines: keys.lines, report: keys.report },
    };
  }
}

export const readSurvey = async (results: ObjectStore, survey: string): Promise<SurveyResult | undefined> =>
  (await getJson<SurveyResult>(results, surveyKeys(survey).survey))?.value;

const utf8 = new TextEncoder();

async function* listOf(shots: readonly ShotSummary[]): AsyncGenerator<Uint8Array> {
  let before = '[\n';
  for (const { file, ffid, verdict, reason, findings } of shots) {
    yield utf8.encode(before + JSON.stringify({ file, ffid: ffid ?? null, verdict, reason, findings }));
    before = ',\n';
  }
  yield utf8.encode(before === '[\n' ? '[]\n' : '\n]\n');
}
