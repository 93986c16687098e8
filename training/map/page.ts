/**
 * The map of a survey as a page in one file that needs nothing else. As it stands: the gathers in the plane, and the odd ones
 * as a table with pictures. With JavaScript the colours change and a gather shows itself under the pointer.
 */
import { escaped } from '#shared/report/qc-html.ts';
import type { CodedGather } from './codes.ts';
import type { Embedding, Point } from './embed.ts';
import { COLOURINGS, type Colouring } from './ink.ts';
import { ODD, type Standing } from './outliers.ts';
import { SCRIPT, STYLE } from './page-parts.ts';
import { THUMBNAIL } from './thumbnail.ts';

export interface MappedGather extends CodedGather, Standing {
  /** URL of a small picture, where there is one. */
  readonly picture?: string | undefined;
}

export interface MapInput {
  readonly gathers: readonly MappedGather[];
  readonly embeddings: readonly Embedding[];
  /** What the codes are of, for the line under the title. */
  readonly network: string;
}

export function mapPage({ gathers, embeddings, network }: MapInput): string {
  const colourings = COLOURINGS.map((colouring) => colouring(gathers));
  const odd = gathers.map((_, i) => i).filter((i) => gathers[i].odd);
  odd.sort((a, b) => gathers[b].score - gathers[a].score);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>Firstbreak: map of ${gathers.length} gathers</title>`,
    `<style>${STYLE}</style>`,
    '<h1>Map of the survey</h1>',
    `<p>${gathers.length} gathers, ${odd.length === 1 ? 'one of them odd' : `${odd.length || 'none'} of them odd`}. ${escaped(network)}</p>`,
    `<div class="choice" hidden>Colours: ${colourings.map(({ name }, c) => `<label><input type="radio" name="colours" value="${c}"${c === 0 ? ' checked' : ''}> ${escaped(name)}</label>`).join(' ')}</div>`,
    ...colourings.map(({ legend }, c) => `<p class="legend" data-of="${c}"${c === 0 ? '' : ' hidden'}>${legend}</p>`),
    '<div class="maps">',
    ...embeddings.map((embedding) => figure(embedding, gathers, colourings)),
    '</div>',
    '<div id="shown" hidden></div>',
    oddTable(gathers, odd),
    allTable(gathers),
    `<script type="application/json" id="gathers">${json(gathers.map((gather, i) => ({ words: wordsOf(gather), picture: gather.picture, colours: colourings.map(({ colours }) => colours[i]) })))}</script>`,
    `<script>${SCRIPT}</script>`,
    '</html>',
    '',
  ].join('\n');
}

const SIZE = 420;
const MARGIN = 16;

function figure(
  { name, about, points }: Embedding,
  gathers: readonly MappedGather[],
  colourings: readonly Colouring[],
) {
  const place = placed(points);
  const dots = points
    .map((_, i) => i)
    // Odd ones on top.
    .sort((a, b) => Number(gathers[a].odd) - Number(gathers[b].odd))
    .map((i) => {
      const [x, y] = place[i];
      const ring = gathers[i].odd ? `<circle class="ring" cx="${x}" cy="${y}" r="8"/>` : '';
      return `<a href="#g${i}">${ring}<circle class="dot" data-i="${i}" cx="${x}" cy="${y}" r="4.5" fill="${colourings[0].colours[i]}"><title>${escaped(wordsOf(gathers[i]))}</title></circle></a>`;
    });
  return (
    `<figure><figcaption>${escaped(name)}</figcaption><p class="small">${escaped(about)}</p>` +
    `<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="${escaped(name)}"><rect width="${SIZE}" height="${SIZE}" class="ground"/>\n${dots.join('\n')}\n</svg></figure>`
  );
}

/** Into the square, with one scale for both axes. */
function placed(points: readonly Point[]): readonly Point[] {
  const range = (axis: 0 | 1) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  const [[left, right], [low, high]] = [range(0), range(1)];
  const scale = (SIZE - 2 * MARGIN) / (Math.max(right - left, high - low) || 1);
  const round = (value: number) => Math.round(10 * value) / 10;
  return points.map(
    ([x, y]) =>
      [round(SIZE / 2 + scale * (x - (left + right) / 2)), round(SIZE / 2 - scale * (y - (low + high) / 2))] as const,
  );
}

const nameOf = ({ gather: { site, file, shot } }: MappedGather) =>
  `${site === file || file.startsWith(`${site}.`) ? '' : `${site}: `}${file}${shot.ffid === undefined ? '' : `, FFID ${shot.ffid}`}`;

const noiseOf = ({ signalToNoise }: MappedGather) =>
  signalToNoise === undefined ? '' : `${signalToNoise.toFixed(0)} dB`;

const wordsOf = (gather: MappedGather) =>
  [nameOf(gather), noiseOf(gather), `${percent(gather.amiss)} amiss`, ...gather.why]
    .filter((words) => words !== '')
    .join('; ');

function oddTable(gathers: readonly MappedGather[], odd: readonly number[]): string {
  const about = `<p>Odd is what scores above ${ODD}: so many robust standard deviations further from its nearest neighbours than most gathers are, or rebuilt worse than most by as many.</p>`;
  if (odd.length === 0) return `<h2>Odd gathers</h2>\n${about}\n<p>None.</p>`;
  const rows = odd.map((i) => {
    const gather = gathers[i];
    return (
      `<tr id="g${i}"><td>${thumbnail(gather)}<td>${escaped(nameOf(gather))}<td class="number">${gather.score.toFixed(1)}` +
      `<td>${gather.why.map(escaped).join('<br>')}<td class="number">${noiseOf(gather)}<td class="number">${percent(gather.amiss)}</tr>`
    );
  });
  return `<h2>Odd gathers, the oddest first</h2>\n${about}\n${table(['', 'gather', 'score', 'likely why', 'signal to noise', 'amiss'], rows)}`;
}

/** Longer lists are cut: nobody reads them, and browsers choke on them. */
const MOST_ROWS = 1000;

function allTable(gathers: readonly MappedGather[]): string {
  const usual = gathers.flatMap((gather, i) => (gather.odd ? [] : [{ gather, i }]));
  const rows = usual
    .slice(0, MOST_ROWS)
    .map(
      ({ gather, i }) =>
        `<tr id="g${i}"><td>${thumbnail(gather)}<td>${escaped(nameOf(gather))}<td class="number">${gather.score.toFixed(1)}` +
        `<td class="number">${noiseOf(gather)}<td class="number">${percent(gather.amiss)}</tr>`,
    );
  const more = usual.length > rows.length ? `<p>And ${usual.length - rows.length} further ones.</p>` : '';
  return `<h2>The others</h2>\n<details><summary>${usual.length} gathers</summary>\n${table(['', 'gather', 'score', 'signal to noise', 'amiss'], rows)}\n${more}</details>`;
}

const thumbnail = ({ picture }: MappedGather) =>
  picture === undefined
    ? ''
    : `<img src="${picture}" width="${THUMBNAIL.width}" height="${THUMBNAIL.height}" alt="" loading="lazy">`;

const table = (heads: readonly string[], rows: readonly string[]) =>
  `<div class="wide"><table>\n<tr>${heads.map((word) => `<th>${word}`).join('')}</tr>\n${rows.join('\n')}\n</table></div>`;

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** Nothing in it ends a script. */
const json = (value: unknown) => JSON.stringify(value).replace(/</g, '\\u003c');
