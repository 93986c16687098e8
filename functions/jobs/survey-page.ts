/** What came of a survey, as a page: its lines, then a row a file, those that failed first. */
import { badge, escaped } from '#shared/report/qc-html.ts';
import type { SurveyResult } from '../work/line.ts';
import type { Result } from '../work/merge.ts';
import type { Item, Job } from './job.ts';

const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .3rem; } td { overflow-wrap: anywhere; }
.verdict { display: inline-block; min-width: 3.2rem; padding: .05rem .5rem; border-radius: .3rem; color: #fff; text-align: center; }
.pass { background: #1a7f37; } .warn { background: #9a6700; } .fail { background: #c4001a; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ddd; } .n { text-align: right; }`;

/** @param survey its lines, where they were judged; `items` of all objects; `results` of those that were picked */
export async function* surveyPage(
  job: Job,
  survey: SurveyResult | undefined,
  items: AsyncIterable<Item>,
  results: AsyncIterable<Result>,
): AsyncGenerator<string> {
  yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n';
  yield `<title>Firstbreak: survey</title>\n<style>${STYLE}\n</style>\n<h1>Survey</h1>\n`;
  yield linesOf(job, survey);
  const failed: string[] = [];
  let passedOver = 0;
  for await (const { key, state, error } of items) {
    if (state === 'passed-over') passedOver++;
    if (state === 'failed') failed.push(`<tr><td>${escaped(key)}<td>${escaped(error?.message ?? '')}</tr>\n`);
  }
  yield `<p>${job.objects ?? 0} objects${passedOver > 0 ? `, ${passedOver} of them no shot files` : ''}. The report of a file judges it by itself.</p>\n`;
  if (failed.length > 0) {
    yield '<h2>Not picked</h2>\n<div class="wide"><table>\n<tr><th>object<th>why</tr>\n';
    yield* failed;
    yield '</table></div>\n';
  }
  yield '<h2>Picked</h2>\n<div class="wide"><table>\n<tr><th><th>object<th class="n">shots<th class="n">traces<th class="n">picked<th class="n">fail<th class="n">warn<th>report</tr>\n';
  for await (const { input, shots, traces, picked, verdicts } of results) {
    const worst = verdicts.fail > 0 ? 'fail' : verdicts.warn > 0 ? 'warn' : 'pass';
    const numbers = [shots, traces, picked, verdicts.fail, verdicts.warn].map((n) => `<td class="n">${n}`).join('');
    yield `<tr><td>${badge(worst)}<td>${escaped(input.key)}${numbers}<td><a href="report?key=${escaped(encodeURIComponent(input.key))}">report</a></tr>\n`;
  }
  yield '</table></div>\n</html>\n';
}

function linesOf({ line }: Job, survey: SurveyResult | undefined): string {
  if (survey) {
    const rows = survey.lines.map(
      ({ name, verdict, reason }) => `<tr><td>${badge(verdict)}<td>${escaped(name)}<td>${escaped(reason)}</tr>`,
    );
    return `<h2>${rows.length === 1 ? 'The line' : 'Lines'}</h2>\n<div class="wide"><table>\n${rows.join('\n')}\n</table></div>\n<p><a href="report?of=line">All shots judged together</a>, with charts and pictures.</p>\n`;
  }
  return line?.state === 'failed' ? `<p>Not judged as a line: ${escaped(line.error.message)}</p>\n` : '';
}
