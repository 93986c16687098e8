/** The quality control as a page in one file: written from the top, a shot at a time, with pictures inside. */
import type { Finding, Judgement, Verdict } from '../qc/finding.ts';

const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .3rem; overflow-wrap: anywhere; }
.verdict { display: inline-block; min-width: 3.2rem; padding: .05rem .5rem; border-radius: .3rem; color: #fff; text-align: center; }
.pass { background: #1a7f37; } .warn { background: #9a6700; } .fail { background: #c4001a; } .info { background: #57606a; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }
img { width: 100%; height: auto; border: 1px solid #ddd; }`;

export const pageHead = (): string =>
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n` +
  `<title>Firstbreak: quality control</title>\n<style>${STYLE}\n</style>\n<h1>Quality control of shots</h1>\n`;

export interface PageShot {
  readonly file: string;
  readonly ffid: number | undefined;
  readonly judgement: Judgement;
  /** URL of the picture; a data URL keeps the page in one file. */
  readonly picture: string;
}

export function pageShot({ file, ffid, judgement, picture }: PageShot): string {
  const name = `${file}${ffid === undefined ? '' : `, FFID ${ffid}`}`;
  return [
    `<h2>${badge(judgement.verdict)} ${escaped(name)}</h2>`,
    `<p>${escaped(judgement.reason)}</p>`,
    ...(judgement.findings.length > 0 ? [findingTable(judgement.findings)] : []),
    `<img src="${picture}" alt="Traces and picks of ${escaped(name)}">`,
    '',
  ].join('\n');
}

export function pageFoot(verdicts: readonly Verdict[]): string {
  const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
  return `<p>${verdicts.length} shots: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail.</p>\n</html>\n`;
}

const badge = (word: string) => `<span class="verdict ${word}">${word}</span>`;

function findingTable(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ code, severity, traces, value, unit, threshold, cause, advice }) =>
      `<tr><td>${badge(severity)}<td>${code}<td>${value} ${escaped(unit)} (limit ${threshold})` +
      `<td>${traces.length > 0 ? escaped(ranges(traces)) : 'whole shot'}<td>${escaped(cause)}. ${escaped(advice)}.</tr>`,
  );
  return `<table>\n<tr><th><th>finding<th>value<th>traces, from 0<th>likely cause, and what to do</tr>\n${rows.join('\n')}\n</table>`;
}

/** `0–3, 7`: consecutive numbers drawn together. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end] + 1) end++;
    parts.push(end === i ? `${numbers[i]}` : `${numbers[i]}–${numbers[end]}`);
    i = end + 1;
  }
  return parts.join(', ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
