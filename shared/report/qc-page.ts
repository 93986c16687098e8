/** The quality control as a page in one file: written from the top, a shot at a time, with pictures inside. */
import type { Trace } from '../gather.ts';
import type { Finding, Judgement, Verdict } from '../qc/finding.ts';
import { traceWords } from './trace-words.ts';

const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; display: flex; flex-direction: column; }
h1 { font-size: 1.4rem; order: -2; } .summary { order: -1; } a { color: inherit; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .3rem; overflow-wrap: anywhere; }
.verdict { display: inline-block; min-width: 3.2rem; padding: .05rem .5rem; border-radius: .3rem; color: #fff; text-align: center; }
.pass { background: #1a7f37; } .warn { background: #9a6700; } .fail { background: #c4001a; } .info { background: #57606a; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }
img { width: 100%; height: auto; border: 1px solid #ddd; }`;

export const pageHead = (): string =>
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n` +
  `<title>Firstbreak: quality control</title>\n<style>${STYLE}\n</style>\n<h1>Quality control of shots</h1>\n`;

export interface PageEntry {
  readonly file: string;
  readonly ffid: number | undefined;
  readonly judgement: Judgement;
}

export interface PageShot extends PageEntry {
  /** From 1; the summary links to it. */
  readonly number: number;
  readonly traces: readonly Trace[];
  /** URL of the picture; a data URL keeps the page in one file. */
  readonly picture: string;
}

const nameOf = ({ file, ffid }: PageEntry) => escaped(`${file}${ffid === undefined ? '' : `, FFID ${ffid}`}`);

export function pageShot({ number, traces, picture, ...entry }: PageShot): string {
  const { verdict, reason, findings } = entry.judgement;
  return [
    `<h2 id="shot-${number}">${badge(verdict)} ${nameOf(entry)}</h2>`,
    `<p>${escaped(reason)}</p>`,
    ...(findings.length > 0 ? [findingTable(findings, traces)] : []),
    `<img src="${picture}" alt="Traces and picks of ${nameOf(entry)}">`,
    '',
  ].join('\n');
}

/** Written last, when all is known, and shown first. */
export function pageFoot(entries: readonly PageEntry[]): string {
  const count = (verdict: Verdict) => entries.filter(({ judgement }) => judgement.verdict === verdict).length;
  const rows = entries.map(
    (entry, i) =>
      `<tr><td>${badge(entry.judgement.verdict)}<td><a href="#shot-${i + 1}">${nameOf(entry)}</a>` +
      `<td>${escaped(entry.judgement.reason)}</tr>`,
  );
  return [
    '<section class="summary">',
    `<p>${entries.length} shots: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail.</p>`,
    `<table>\n<tr><th><th>shot<th>reason</tr>\n${rows.join('\n')}\n</table>`,
    '</section>\n</html>\n',
  ].join('\n');
}

const badge = (word: string) => `<span class="verdict ${word}">${word}</span>`;

function findingTable(findings: readonly Finding[], traces: readonly Trace[]): string {
  const rows = findings.map(
    ({ code, severity, traces: concerned, value, unit, threshold, cause, advice }) =>
      `<tr><td>${badge(severity)}<td>${code}<td>${value} ${escaped(unit)} (limit ${threshold})` +
      `<td>${escaped(traceWords(traces, concerned))}<td>${escaped(sentence(cause))} ${escaped(sentence(advice))}</tr>`,
  );
  return `<table>\n<tr><th><th>finding<th>value<th>where<th>likely cause, and what to do</tr>\n${rows.join('\n')}\n</table>`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
