/** What can be taken away from the page, by the station or by the page itself: every format of the command line, log and report. */
import { PICK_FILES, type PickFormat } from '#shared/report/pick-file.ts';

export interface Export {
  readonly name: string;
  readonly about: string;
  /** Of picks; others are made of all that is known. */
  readonly format?: PickFormat;
  /** Of the station. */
  readonly path: string;
}

const PICKS = (Object.keys(PICK_FILES) as PickFormat[]).filter((format) => PICK_FILES[format].write);

export const EXPORTS: readonly Export[] = [
  ...PICKS.map((format) => ({
    name: `picks ${format}`,
    about: PICK_FILES[format].about,
    format,
    path: `api/export?format=${format}`,
  })),
  { name: 'qc-report.html', about: 'quality report of the line', path: 'api/report' },
  { name: 'observer-log.csv', about: 'observer’s log, for spreadsheets', path: 'api/log?format=csv' },
  { name: 'observer-log.html', about: 'observer’s log, to print', path: 'api/log?format=html' },
  { name: 'labels.csv', about: 'corrections, for training', path: 'api/labels' },
];

export function exportNamed(name: string): Export {
  const found = EXPORTS.find((each) => each.name === name);
  if (!found) throw new Error(`expected an export, found ${name}`);
  return found;
}
