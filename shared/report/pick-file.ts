/** All pick files by name: what writes them, what reads them, and which kind a text is. */
import { RecordError } from '../errors.ts';
import type { PickedShot } from '../picks.ts';
import { isPicksCsv, readPicksCsv, writeCsv } from './csv.ts';
import { isGeoTomCg, readGeoTomCg, writeGeoTomCg } from './geotomcg.ts';
import { picksJson, readPicksJson } from './json.ts';
import { raysOf } from './picked-rays.ts';
import { isPyRefra, pyRefraNote, readPyRefra, writePyRefra } from './pyrefra.ts';
import type { ReferencePick } from './reference-pick.ts';
import { isReflexw, readReflexw, writeReflexw } from './reflexw.ts';
import { isSeismicPro, readSeismicPro, writeSeismicPro } from './seismicpro.ts';
import { isSgt, readSgt, writeSgt } from './sgt.ts';
import { linesOf } from './text-table.ts';
import { isTraceTime, readTraceTime, type TraceTimeOptions } from './trace-time.ts';

export type PickFormat = 'csv' | 'json' | 'sgt' | 'pyrefra' | 'seismicpro' | 'reflexw' | 'geotomcg' | 'trace-time';

export interface WrittenFile {
  /** What the format's program expects it to be called; the first one of several holds the picks. */
  readonly name: string;
  readonly text: string;
}

export interface PickFileKind {
  readonly extension: string;
  readonly about: string;
  /** Without geometry the positions are made from channel numbers, and the file says so where it can. */
  readonly needs: 'nothing' | 'geometry' | 'shot numbers';
  /** One text, or several files where the program wants its geometry apart. Absent: only read. */
  readonly write?: (shots: readonly PickedShot[]) => readonly WrittenFile[];
  /** What the user must know of the files written: positions made up, shots left out. One line, or empty. */
  readonly note?: (shots: readonly PickedShot[]) => string;
  readonly is: (text: string) => boolean;
  /** @throws RecordError `malformed` */
  readonly read: (text: string, name: string, options: ReadPickOptions) => readonly ReferencePick[];
}

export type ReadPickOptions = TraceTimeOptions;

/** The surest marks first: what has a header before what is only columns of numbers. */
export const PICK_FILES: Readonly<Record<PickFormat, PickFileKind>> = {
  json: {
    extension: 'json',
    about: 'Firstbreak picks and findings',
    needs: 'nothing',
    write: (shots) => [{ name: 'picks.json', text: jsonText(shots) }],
    is: (text) => /^\uFEFF?\s*[[{]/.test(text),
    read: readPicksJson,
  },
  csv: {
    extension: 'csv',
    about: 'one row a trace, for spreadsheets and scripts',
    needs: 'nothing',
    write: (shots) => [{ name: 'picks.csv', text: writeCsv(shots) }],
    is: isPicksCsv,
    read: readPicksCsv,
  },
  sgt: {
    extension: 'sgt',
    about: 'pyGIMLi and BERT unified data format',
    needs: 'geometry',
    write: (shots) => [{ name: 'picks.sgt', text: writeSgt(shots) }],
    note: (shots) => raysOf(shots).note,
    is: isSgt,
    read: (text, name) => readSgt(text, name).picks,
  },
  pyrefra: {
    extension: 'dat',
    about: 'PyRefra picks.dat, with shots.geo and receivers.geo',
    needs: 'geometry',
    write: (shots) => {
      const { picks, shots: sources, receivers } = writePyRefra(shots);
      return [
        { name: 'picks.dat', text: picks },
        { name: 'shots.geo', text: sources },
        { name: 'receivers.geo', text: receivers },
      ];
    },
    note: pyRefraNote,
    is: isPyRefra,
    read: (text, name) => readPyRefra(text, name),
  },
  seismicpro: {
    extension: 'txt',
    about: 'SeismicPro first breaks: FieldRecord, TraceNumber, ms',
    needs: 'shot numbers',
    write: (shots) => [{ name: 'picks.txt', text: writeSeismicPro(shots) }],
    is: isSeismicPro,
    read: (text, name) => readSeismicPro(text, name),
  },
  reflexw: {
    extension: 'pck',
    about: 'ReflexW picks, ASCII columns',
    needs: 'geometry',
    write: (shots) => [{ name: 'picks.pck', text: writeReflexw(shots) }],
    note: (shots) => raysOf(shots).note,
    is: isReflexw,
    read: (text, name) => readReflexw(text, name),
  },
  geotomcg: {
    extension: '3dd',
    about: 'GeoTomCG rays with source, receiver and time',
    needs: 'geometry',
    write: (shots) => [{ name: 'picks.3dd', text: writeGeoTomCg(shots) }],
    note: (shots) => raysOf(shots).note,
    is: isGeoTomCg,
    read: (text, name) => readGeoTomCg(text, name),
  },
  'trace-time': {
    extension: 'txt',
    about: 'plain lists of times, with trace numbers or positions before them',
    needs: 'nothing',
    is: isTraceTime,
    read: readTraceTime,
  },
};

/** One document a file, an array when there are several. */
function jsonText(shots: readonly PickedShot[]): string {
  const documents = [...Map.groupBy(shots, ({ file }) => file)].map(([file, ofFile]) =>
    picksJson({ file, model: { name: ofFile[0].model } }, ofFile),
  );
  return `${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 1)}\n`;
}

/** The kind a text is, by its contents; undefined when it is none. */
export const pickFormatOf = (text: string): PickFormat | undefined =>
  (Object.keys(PICK_FILES) as PickFormat[]).find((format) => PICK_FILES[format].is(text));

/**
 * Reads picks of any kind.
 * @throws RecordError `empty`, `not-recognised`, or `malformed` with the line
 */
export function readPickFile(text: string, name: string, options: ReadPickOptions = {}): readonly ReferencePick[] {
  const [first] = linesOf(text);
  if (first === undefined) throw new RecordError('empty', name, 'expected picks, found an empty file');
  const format = pickFormatOf(text);
  if (format === undefined)
    throw new RecordError(
      'not-recognised',
      name,
      `expected picks (${Object.keys(PICK_FILES).join(', ')}), found "${first.text.slice(0, 60)}" in line ${first.number}`,
    );
  return PICK_FILES[format].read(text, name, options);
}
