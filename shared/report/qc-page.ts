/**
 * The quality control as a page in one file that needs nothing else: what to shoot again, each line at a glance, its shots from
 * the worst to the best, and pictures of the worst. Written piece by piece.
 */
import type { LineFacts } from '../qc/line/facts.ts';
import { stationWords } from '../qc/line/stations.ts';
import type { LineFinding, LineJudgement, ShotSummary } from '../qc/line/summary.ts';
import type { Profile } from '../qc/profile.ts';
import { badge, escaped, findingTable, sentence } from './qc-html.ts';
import { LINE_CHARTS } from './qc-line-charts.ts';
import { residualMap, statusMap } from './qc-maps.ts';
import { traceWords } from './trace-words.ts';
import { worstFirst } from './worst-first.ts';

const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .3rem; } h3 { font-size: 1.05rem; margin: 2rem 0 .3rem; }
h2, h3, a, td { overflow-wrap: anywhere; } a { color: inherit; }
.verdict { display: inline-block; min-width: 3.2rem; padding: .05rem .5rem; border-radius: .3rem; color: #fff; text-align: center; }
.pass { background: #1a7f37; } .warn { background: #9a6700; } .fail { background: #c4001a; } .info { background: #57606a; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }
td:nth-child(2) { min-width: 7rem; } td:last-child { min-width: 12rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .6rem; border: 1px solid #ddd; border-radius: .3rem; } figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; font-size: 13px; fill: #222; } .small { font-size: 10px; }
.grid { stroke: #e3e3e3; fill: none; } .axis { stroke: #888; fill: none; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: .3rem 0 0; font-size: .8rem; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; border: 1px solid #999; vertical-align: -.05em; }
@media (max-width: 40rem) { th { display: none; } tr, td { display: block; } tr { border-bottom: 1px solid #ddd; padding: .4rem 0; } td { border: 0; padding: .1rem 0; } }
.picture { width: 100%; height: auto; border: 1px solid #ddd; }`;

const HEAD =
  '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n' +
  `<title>Firstbreak: quality control</title>\n<style>${STYLE}\n</style>\n<h1>Quality control</h1>\n`;

export interface PageLine {
  readonly name: string;
  readonly facts: LineFacts;
  readonly judgement: LineJudgement;
}

export interface PageInput {
  readonly lines: readonly PageLine[];
  /** URL of the picture of a shot; data URLs keep the page in one file. */
  readonly pictures: ReadonlyMap<ShotSummary, string>;
  readonly profile: Profile;
  /** What picked, or the file of picks that was audited. */
  readonly picks: string;
  /** Picks were read, not made: shots that fail have poor labels, and need no new shot. */
  readonly audit?: boolean;
}

export async function* qcPage({ lines, pictures, profile, picks, audit = false }: PageInput): AsyncGenerator<string> {
  const shots = lines.flatMap(({ facts }) => facts.shots);
  const numbers = new Map(shots.map((shot, i) => [shot, i + 1]));
  const nameOf = namesOf(shots);
  const detailed = (shot: ShotSummary) => pictures.has(shot) || shot.verdict !== 'pass';
  const link = (shot: ShotSummary) =>
    detailed(shot) ? `<a href="#shot-${numbers.get(shot)}">${nameOf(shot)}</a>` : nameOf(shot);
  yield HEAD;
  yield `<p>${tally(shots)}. Picks: ${escaped(picks)}. Thresholds: ${escaped(profile.name)}.</p>\n`;
  yield failing(shots, link, audit);
  for (const line of lines) yield* lineSection(line, lines.length, profile);
  yield shotTable(shots, link);
  yield pictureNote(pictures.size, shots.length);
  for (const shot of worstFirst(shots))
    if (detailed(shot)) yield shotSection(shot, nameOf(shot), numbers.get(shot)!, pictures.get(shot));
  yield '</html>\n';
}

/** Files without the folder that all of them share. */
function namesOf(shots: readonly ShotSummary[]): Name {
  const folders = shots.map(({ file }) => file.replace(/[^\\/]*$/, ''));
  const shared = folders.reduce((common, folder) => {
    while (!folder.startsWith(common)) common = common.replace(/[^\\/]*[\\/]$/, '');
    return common;
  }, folders[0] ?? '');
  return ({ file, ffid }) => escaped(`${file.slice(shared.length)}${ffid === undefined ? '' : `, FFID ${ffid}`}`);
}

/** `3 shots: 2 pass, 1 warn, 0 fail`. */
export function tally(shots: readonly Pick<ShotSummary, 'verdict'>[]): string {
  const count = (verdict: ShotSummary['verdict']) => shots.filter((shot) => shot.verdict === verdict).length;
  const verdicts = (['pass', 'warn', 'fail'] as const).map((verdict) => `${count(verdict)} ${verdict}`);
  return `${shots.length} ${shots.length === 1 ? 'shot' : 'shots'}: ${verdicts.join(', ')}`;
}

type Name = (shot: ShotSummary) => string;

/** Longer lists are cut: nobody reads them, and browsers choke on them. */
const MOST_ROWS = 1000;

function failing(shots: readonly ShotSummary[], name: Name, audit: boolean): string {
  const title = `<h2>${audit ? 'Shots that fail' : 'To shoot again'}</h2>\n`;
  const failed = worstFirst(shots.filter(({ verdict }) => verdict === 'fail'));
  if (failed.length === 0) return `${title}<p>None: no shot fails.</p>\n`;
  const rows = failed.map((shot) => {
    const advice = new Set(
      shot.findings.filter(({ severity }) => severity === 'fail').map((finding) => finding.advice),
    );
    return `<tr><td>${name(shot)}<td>${escaped(shot.reason)}<td>${[...advice].map((text) => escaped(sentence(text))).join(' ')}</tr>`;
  });
  return `${title}${table(['shot', 'why', 'what to do'], rows)}`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const more = rows.length > MOST_ROWS ? `<p>And ${rows.length - MOST_ROWS} further ones.</p>\n` : '';
  const head = heads.map((word) => `<th>${word}`).join('');
  return `<div class="wide"><table>\n<tr>${head}</tr>\n${rows.slice(0, MOST_ROWS).join('\n')}\n</table></div>\n${more}`;
}

async function* lineSection(
  { name, facts, judgement }: PageLine,
  lines: number,
  profile: Profile,
): AsyncGenerator<string> {
  const title = name === '' || lines === 1 ? 'The line' : `Line ${name}`;
  yield `<h2>${badge(judgement.verdict)} ${escaped(title)}</h2>\n<p>${escaped(sentence(judgement.reason.replace(/\.$/, '')))}</p>\n`;
  if (judgement.findings.length > 0)
    yield `${findingTable(judgement.findings, (finding) => whereOnLine(finding, facts.shots))}\n`;
  yield '<div class="charts">\n';
  yield await statusMap(facts);
  yield (await residualMap(facts)) ?? '';
  for (const draw of LINE_CHARTS) yield draw(facts, profile) ?? '';
  yield '</div>\n';
}

/** Receivers, else shots, by their names. */
export function whereOnLine({ receivers, shots: concerned }: LineFinding, shots: readonly ShotSummary[]): string {
  const list = (words: readonly string[]) =>
    words.length > MOST_NAMES
      ? `${words.slice(0, MOST_NAMES).join(', ')} and ${words.length - MOST_NAMES} more`
      : words.join(', ');
  if (receivers.length > 0) return list(receivers.map(stationWords));
  if (concerned.length === 0) return 'the whole line';
  return list(concerned.map((i) => (shots[i].ffid === undefined ? shots[i].file : `FFID ${shots[i].ffid}`)));
}
const MOST_NAMES = 8;

function shotTable(shots: readonly ShotSummary[], name: Name): string {
  const rows = worstFirst(shots).map(
    (shot) => `<tr><td>${badge(shot.verdict)}<td>${name(shot)}<td>${escaped(shot.reason)}</tr>`,
  );
  return `<h2>Shots, the worst first</h2>\n${table(['', 'shot', 'reason'], rows)}`;
}

function pictureNote(pictures: number, shots: number): string {
  if (pictures === shots) return '';
  return `<p>Pictures of the ${pictures} worst of ${shots} shots; <code>--pictures N</code> draws more or fewer.</p>\n`;
}

function shotSection(shot: ShotSummary, name: string, number: number, picture: string | undefined): string {
  const { verdict, reason, findings, traces } = shot;
  return [
    `<h3 id="shot-${number}">${badge(verdict)} ${name}</h3>`,
    `<p>${escaped(reason)}</p>`,
    ...(findings.length > 0 ? [findingTable(findings, (finding) => traceWords(traces, finding.traces))] : []),
    ...(picture === undefined
      ? []
      : [`<img src="${picture}" class="picture" loading="lazy" alt="Traces and picks of ${name}">`]),
    '',
  ].join('\n');
}
