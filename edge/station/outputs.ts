/** What goes out of the station: picks in any format of the command line, corrections as training labels, the observer's log. */
import { zipSync } from 'fflate';
import type { PickedShot } from '#shared/picks.ts';
import { quoted } from '#shared/report/csv.ts';
import { picksJson } from '#shared/report/json.ts';
import { PICK_FILES, type PickFormat } from '#shared/report/pick-file.ts';
import { escaped } from '#shared/report/qc-html.ts';
import type { ShotRow } from './api-types.ts';
import type { EditState, Step } from './edits.ts';
import { pickedOf, type ShotRecord } from './record.ts';
import { picksAfter } from './shot-json.ts';

export interface KeptShot {
  readonly record: ShotRecord;
  readonly state: EditState;
}

export interface OutputFile {
  readonly name: string;
  readonly type: string;
  readonly content: string | Uint8Array;
}

export const EXPORTS = (Object.keys(PICK_FILES) as PickFormat[]).filter((format) => PICK_FILES[format].write);

/** With the picks that stand; several files of one format come as a ZIP. */
export function exportPicks(kept: readonly KeptShot[], format: PickFormat): OutputFile {
  if (format === 'json') return { name: 'picks.json', type: 'application/json', content: jsonOf(kept) };
  const files = PICK_FILES[format].write!(kept.map(pickedShot));
  if (files.length === 1) return { name: files[0].name, type: 'text/plain; charset=utf-8', content: files[0].text };
  const inside = Object.fromEntries(files.map(({ name, text }) => [name, new TextEncoder().encode(text)]));
  return { name: `picks-${format}.zip`, type: 'application/zip', content: zipSync(inside) };
}

const pickedShot = ({ record, state }: KeptShot): PickedShot => pickedOf(record, picksAfter(record, state));

/** One document a file, an array when there are several. */
function jsonOf(kept: readonly KeptShot[]): string {
  const documents = [...Map.groupBy(kept, ({ record }) => record.sha256).values()].map((shots) => {
    const { file, sha256, format, model, digest, runtime } = shots[0].record;
    const about = { file, sha256, format, model: { name: model, ...(digest && { digest }) }, runtime };
    return picksJson(
      about,
      shots.map(pickedShot),
      shots.map(({ record }) => record.summary),
    );
  });
  return `${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 1)}\n`;
}

const LABEL_COLUMNS = ['file', 'trace', 'ffid', 'channel', 'time_ms', 'status', 'reason', 'picker', 'sha256'];

/**
 * What people say of first breaks: every trace of a shot that was accepted, and in other shots the traces that were corrected.
 * Rejected shots teach nothing.
 */
export function labelsCsv(kept: readonly (KeptShot & { readonly who: string })[]): string {
  const rows = kept.flatMap(({ record, state, who }) => {
    if (state.decision === 'rejected') return [];
    const picks = picksAfter(record, state);
    return record.traces.flatMap(({ index, channel }, i) => {
      if (state.decision !== 'accepted' && !state.traces.has(index)) return [];
      const pick = picks[i];
      const [time, reason] = pick.kind === 'picked' ? [pick.time.toFixed(4), ''] : ['', pick.reason];
      return [
        [
          quoted(record.file),
          index,
          record.ffid ?? '',
          channel,
          time,
          pick.kind,
          reason,
          quoted(who),
          record.sha256,
        ].join(','),
      ];
    });
  });
  return `${[LABEL_COLUMNS.join(','), ...rows].join('\n')}\n`;
}

/** Who did something to a shot last; empty: nobody. */
export const lastHand = (steps: readonly Step[]): string => steps.at(-1)?.who ?? '';

const LOG_COLUMNS: readonly {
  readonly name: string;
  readonly of: (row: ShotRow & { readonly who: string }) => string;
}[] = [
  { name: 'number', of: ({ sequence }) => `${sequence}` },
  { name: 'received', of: ({ receivedAt }) => receivedAt },
  { name: 'recorded', of: ({ recordedAt }) => recordedAt ?? '' },
  { name: 'file', of: ({ file }) => file },
  { name: 'ffid', of: ({ ffid }) => `${ffid ?? ''}` },
  { name: 'source_x_m', of: ({ source }) => (source ? String(Number(source.x.toFixed(3))) : '') },
  { name: 'source_y_m', of: ({ source }) => (source ? String(Number(source.y.toFixed(3))) : '') },
  { name: 'traces', of: ({ traces }) => `${traces}` },
  { name: 'picked', of: ({ picked }) => `${picked}` },
  { name: 'corrected', of: ({ edited }) => `${edited}` },
  { name: 'verdict', of: ({ verdict, problem }) => (problem ? 'unreadable' : (verdict ?? 'not judged')) },
  { name: 'reason', of: ({ reason, problem }) => problem?.message ?? reason },
  { name: 'decision', of: ({ accepted }) => accepted ?? '' },
  { name: 'notes', of: ({ notes }) => notes },
  { name: 'who', of: ({ who }) => who },
];

export type LogRow = ShotRow & { readonly who: string };

export const logCsv = (rows: readonly LogRow[]): string =>
  `${[LOG_COLUMNS.map(({ name }) => name), ...rows.map((row) => LOG_COLUMNS.map(({ of }) => quoted(of(row))))]
    .map((fields) => fields.join(','))
    .join('\n')}\n`;

const LOG_STYLE = `
body { font: 12px/1.35 system-ui, sans-serif; margin: 1.5rem; color: #111; } h1 { font-size: 1.3rem; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid #999; padding: .2rem .4rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; } .fail { background: #f8d0d0; } .warn { background: #fbeec4; } tr { break-inside: avoid; } thead { display: table-header-group; }
@page { size: A4 landscape; margin: 12mm; } @media print { body { margin: 0; } }`;

/** A page to print. */
export function logHtml(rows: readonly LogRow[], title: string): string {
  const head = LOG_COLUMNS.map(({ name }) => `<th>${name.replaceAll('_', ' ')}`).join('');
  const body = rows.map(
    (row) =>
      `<tr class="${row.problem ? 'fail' : (row.verdict ?? 'warn')}">${LOG_COLUMNS.map(({ of }) => `<td>${escaped(of(row))}`).join('')}</tr>`,
  );
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n<style>${LOG_STYLE}\n</style>\n<h1>${escaped(title)}</h1>\n<table><thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody></table>\n</html>\n`;
}
