/** Findings as a table, one row each: of shots in the order in which they were judged, then of lines. Quoted as RFC 4180 has it. */
import type { LineFinding, ShotSummary } from '../qc/line/summary.ts';
import { quoted } from './csv.ts';
import { whereOnLine } from './qc-page.ts';
import { ranges, traceWords } from './trace-words.ts';

const COLUMNS = [
  'about',
  'file',
  'ffid',
  'verdict',
  'code',
  'severity',
  'value',
  'unit',
  'threshold',
  'where',
  'traces',
  'cause',
  'advice',
] as const;

export const findingsHeader = `${COLUMNS.join(',')}\n`;

type Row = Readonly<Record<(typeof COLUMNS)[number], string | number>>;
const rowText = (row: Row): string => `${COLUMNS.map((column) => quoted(String(row[column]))).join(',')}\n`;

/** `traces` are places in the file, from 0, between blanks. */
export const shotFindingRows = ({ file, ffid, verdict, findings, traces }: ShotSummary): string =>
  findings
    .map((finding) =>
      rowText({
        ...finding,
        about: 'shot',
        file,
        ffid: ffid ?? '',
        verdict,
        where: traceWords(traces, finding.traces),
        traces: finding.traces.join(' '),
      }),
    )
    .join('');

/** `file` is the name of the line; `ffid` those of the shots concerned. */
export const lineFindingRows = (
  name: string,
  { verdict, findings }: { readonly verdict: string; readonly findings: readonly LineFinding[] },
  shots: readonly ShotSummary[],
): string =>
  findings
    .map((finding) =>
      rowText({
        ...finding,
        about: 'line',
        file: name,
        ffid: ranges(finding.shots.flatMap((i) => shots[i].ffid ?? [])),
        verdict,
        where: whereOnLine(finding, shots),
        traces: '',
      }),
    )
    .join('');
