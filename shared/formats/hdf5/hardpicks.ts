/**
 * Surveys in the HDF5 layout of the hardpicks data sets (Brunswick, Halfmile, Lalor, Sudbury; St-Charles et al. 2024,
 * github.com/mila-iqia/hardpicks, `data/fbp/trace_parser.py`): group TRACE_DATA/DEFAULT with one value a trace in each field.
 */
import { isRecordError, type Problem, RecordError } from '../../errors.ts';
import {
  MAX_SHOT_SAMPLES,
  type OpenOptions,
  type Position,
  type Recording,
  type Shot,
  type ShotOptions,
  type Trace,
} from '../../gather.ts';
import type { ByteSource } from '../../source.ts';
import { type Milliseconds, metres, ms, samples } from '../../units.ts';
import type { FormatReader } from '../format.ts';
import { type H5File, openHdf5, reasonOf, type SyncSource, synchronous } from './mount.ts';
import { isHdf5 } from './signature.ts';

const GROUP = 'TRACE_DATA/DEFAULT';

/** One number a trace; lengths differ from the standard names only in that some files store them as a column. */
const FIELDS = {
  interval: 'SAMP_RATE', // µs
  shotId: 'SHOTID',
  shotPeg: 'SHOT_PEG', // station of the source; the same everywhere in Sudbury, where it means nothing
  receiverPeg: 'REC_PEG', // line and station of the receiver in one number
  sourceX: 'SOURCE_X',
  sourceY: 'SOURCE_Y',
  sourceHeight: 'SOURCE_HT',
  receiverX: 'REC_X',
  receiverY: 'REC_Y',
  receiverHeight: 'REC_HT',
  horizontalScale: 'COORD_SCALE', // coordinates are divided by its absolute value
  verticalScale: 'HT_SCALE',
} as const;
const AMPLITUDES = 'data_array'; // [trace, sample]

export type LabelField = 'SPARE1' | 'SPARE2' | 'SPARE3' | 'SPARE4';
const LABEL_FIELDS: readonly LabelField[] = ['SPARE1', 'SPARE2', 'SPARE3', 'SPARE4'];

export const hdf5: FormatReader = {
  format: 'hdf5',

  recognises: isHdf5,

  async open(source, options) {
    const local = await synchronous(source);
    const survey = await withFile(local, (file) => surveyOf(file, local, options));
    return {
      name: source.name,
      format: 'hdf5',
      byteOrder: 'little',
      sampleFormat: survey.sampleFormat,
      text: [],
      problems: survey.problems,
      shots: (shotOptions) => shots(local, survey, options, shotOptions),
    } satisfies Recording;
  },
};

/** What a person picked on a trace; without `time` the trace was left unpicked. */
export interface HumanLabel {
  readonly file: string;
  /** Row of the data array. */
  readonly trace: number;
  readonly ffid: number;
  readonly channel: number;
  readonly time?: Milliseconds;
}

/**
 * The first breaks that came with the survey, in ms after the first sample; 0, negative and missing ones are no picks.
 * `field`: Lalor keeps its final ones in SPARE2. @default the first of SPARE1–4 that holds any
 * @throws RecordError
 */
export async function hardpicksLabels(
  source: ByteSource,
  { field }: { field?: LabelField } = {},
): Promise<HumanLabel[]> {
  const local = await synchronous(source);
  return withFile(local, (file) => {
    const survey = surveyOf(file, local, {});
    const labels = labelsIn(file, survey, local, field ? [field] : LABEL_FIELDS);
    return Array.from(labels, (time, trace) => ({
      file: source.name,
      trace,
      ffid: survey.fields.shotId[trace],
      channel: survey.fields.receiverPeg[trace],
      ...(time > 0 && Number.isFinite(time) && { time: ms(time) }),
    }));
  });
}

function labelsIn(file: H5File, survey: Survey, source: SyncSource, fields: readonly LabelField[]): Numbers {
  const held = fields.filter((field) => file.get(`${GROUP}/${field}`) !== null);
  if (held.length === 0)
    throw new RecordError(
      'malformed',
      source.name,
      `expected first breaks in ${fields.join(' or ')}, found no such field`,
    );
  const columns = held.map((field) => numbersIn(file, field, survey.traces, source));
  return columns.find((column) => column.some((value) => value > 0)) ?? columns[0];
}

async function withFile<T>(source: SyncSource, use: (file: H5File) => T): Promise<T> {
  const { file, close } = await openHdf5(source);
  try {
    return use(file);
  } catch (cause) {
    if (isRecordError(cause)) throw cause;
    throw new RecordError('malformed', source.name, `expected a whole HDF5 file, found damage: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    close();
  }
}

type Numbers = Int32Array | Uint32Array | Float32Array | Float64Array;

interface Survey {
  readonly traces: number;
  readonly samples: number;
  /** Bits of a stored sample. */
  readonly sampleFormat: number;
  readonly interval: Milliseconds | undefined;
  readonly fields: { readonly [K in keyof typeof FIELDS]: Numbers };
  /** SHOT_PEG tells shots apart; where it is the same everywhere it says nothing. */
  readonly hasPegs: boolean;
  /** Rows of each shot, in file order. */
  readonly shots: readonly (readonly number[])[];
  readonly problems: readonly Problem[];
}

/** @throws RecordError `unsupported` for another layout, `malformed` when the fields contradict each other */
function surveyOf(file: H5File, source: SyncSource, { sampleInterval }: OpenOptions): Survey {
  const group = file.get(GROUP);
  if (group === null)
    throw new RecordError(
      'unsupported',
      source.name,
      `expected the HDF5 group ${GROUP} (hardpicks layout), found ${file.keys().slice(0, 12).join(', ') || 'none'}`,
    );
  const { shape, metadata } = datasetIn(file, AMPLITUDES, source);
  const [traces, samplesPerTrace] = shape ?? [];
  if (shape?.length !== 2 || !(traces > 0) || !(samplesPerTrace > 0))
    throw new RecordError(
      'malformed',
      source.name,
      `expected ${AMPLITUDES} of [trace, sample], found [${shape?.join(', ') ?? ''}]`,
    );
  mustHold(source, AMPLITUDES, traces * samplesPerTrace * metadata.size);
  const fields = Object.fromEntries(
    Object.entries(FIELDS).map(([name, field]) => [name, numbersIn(file, field, traces, source)]),
  ) as Survey['fields'];
  const problems: Problem[] = [];
  const hasPegs = fields.shotPeg.some((peg) => peg !== fields.shotPeg[0]);
  return {
    traces,
    samples: samplesPerTrace,
    sampleFormat: metadata.size * 8,
    interval: sampleInterval ?? intervalOf(fields.interval, problems),
    fields,
    hasPegs,
    shots: rowsOfShots(hasPegs ? fields.shotPeg : fields.shotId),
    problems,
  };
}

/** Deflate, the strongest filter in use, makes at best one byte of 1032; a file that claims more does not hold it. */
function mustHold(source: SyncSource, field: string, bytes: number): void {
  if (bytes > source.size * 1032)
    throw new RecordError(
      'malformed',
      source.name,
      `expected at most ${source.size * 1032} bytes of ${field} in a file of ${source.size} bytes, found ${bytes} declared`,
    );
}

function datasetIn(file: H5File, field: string, source: SyncSource) {
  const found = file.get(`${GROUP}/${field}`);
  if (found === null || !('shape' in found))
    throw new RecordError(
      'malformed',
      source.name,
      `expected the data set ${GROUP}/${field}, found ${found ? 'a group' : 'none'}`,
    );
  return found;
}

/** A field of one number a trace, stored as [trace] or [trace, 1]. */
function numbersIn(file: H5File, field: string, traces: number, source: SyncSource): Numbers {
  const dataset = datasetIn(file, field, source);
  const length = (dataset.shape ?? []).reduce((product, extent) => product * extent, 1);
  if (length !== traces)
    throw new RecordError('malformed', source.name, `expected ${traces} values of ${field}, found ${length}`);
  mustHold(source, field, length * dataset.metadata.size);
  return asNumbers(
    reading(() => dataset.value, field, source),
    field,
    source,
  );
}

/** The library's own errors, which name no file, become ours. */
function reading<T>(read: () => T, what: string, source: SyncSource): T {
  try {
    return read();
  } catch (cause) {
    throw new RecordError('malformed', source.name, `expected readable ${what}, found ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function asNumbers(value: unknown, field: string, source: SyncSource): Numbers {
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as Numbers;
  throw new RecordError('malformed', source.name, `expected numbers in ${field}, found ${typeof value}`);
}

function intervalOf(rates: Numbers, problems: Problem[]): Milliseconds | undefined {
  const [rate] = rates;
  if (rates.some((other) => other !== rate))
    problems.push({
      code: 'sample-interval-varies',
      message: `SAMP_RATE is not the same in all traces; that of the first, ${rate} µs, is used`,
    });
  return rate > 0 && Number.isFinite(rate) ? ms(rate / 1000) : undefined;
}

function rowsOfShots(ids: Numbers): number[][] {
  const shots = new Map<number, number[]>();
  for (let row = 0; row < ids.length; row++) {
    const rows = shots.get(ids[row]);
    if (rows) rows.push(row);
    else shots.set(ids[row], [row]);
  }
  return [...shots.values()];
}

async function* shots(
  source: SyncSource,
  survey: Survey,
  options: OpenOptions,
  { amplitudes = true }: ShotOptions = {},
): AsyncGenerator<Shot, void, undefined> {
  const { file, close } = await openHdf5(source);
  const size = Math.max(1, Math.floor(MAX_SHOT_SAMPLES / survey.samples));
  try {
    for (const rows of survey.shots) {
      const parts = Math.ceil(rows.length / size);
      for (let part = 0; part < parts; part++) {
        const own = rows.slice(part * size, (part + 1) * size);
        const values = amplitudes ? readRows(file, own, survey.samples, source) : new Float32Array(0);
        yield shotOf(survey, own, values, options, parts);
      }
    }
  } finally {
    close();
  }
}

function shotOf(
  survey: Survey,
  rows: readonly number[],
  amplitudes: Float32Array,
  options: OpenOptions,
  parts: number,
): Shot {
  const { fields } = survey;
  const source = positionOf(survey, rows[0], fields.sourceX, fields.sourceY, fields.sourceHeight);
  return {
    ffid: fields.shotId[rows[0]],
    ...(survey.hasPegs && { sourcePoint: fields.shotPeg[rows[0]] }),
    amplitudes,
    samples: samples(survey.samples),
    sampleInterval: survey.interval,
    firstSample:
      options.timeZero === undefined
        ? { time: ms(0), from: 'the hardpicks layout has no delay: first sample taken at the shot' }
        : {
            time: ms(0 - options.timeZero),
            from: `shot instant given as ${options.timeZero} ms after the first sample`,
          },
    source,
    traces: rows.map((row): Trace => {
      const receiver = positionOf(survey, row, fields.receiverX, fields.receiverY, fields.receiverHeight);
      return {
        index: row,
        channel: fields.receiverPeg[row],
        kind: 'seismic',
        receiver,
        offset: metres(Math.hypot(receiver.x - source.x, receiver.y - source.y, receiver.z - source.z)),
        start: samples(0),
        count: samples(survey.samples),
      };
    }),
    problems: parts > 1 ? [{ code: 'shot-in-parts', message: `the shot comes in ${parts} parts to bound memory` }] : [],
  };
}

function positionOf({ fields }: Survey, row: number, x: Numbers, y: Numbers, height: Numbers): Position {
  const horizontal = Math.abs(fields.horizontalScale[row]) || 1;
  const vertical = Math.abs(fields.verticalScale[row]) || 1;
  return { x: metres(x[row] / horizontal), y: metres(y[row] / horizontal), z: metres(height[row] / vertical) };
}

/** Samples read in one go: the library holds them once more in its own memory. */
const MAX_READ = 4 * 1024 * 1024;

/** [row, sample]; neighbouring rows are read together. */
function readRows(file: H5File, rows: readonly number[], length: number, source: SyncSource): Float32Array {
  const dataset = datasetIn(file, AMPLITUDES, source);
  const amplitudes = new Float32Array(rows.length * length);
  const most = Math.max(1, Math.floor(MAX_READ / length));
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && to - from < most && rows[to] === rows[to - 1] + 1) to++;
    const range: [number, number] = [rows[from], rows[to - 1] + 1];
    const values = reading(() => dataset.slice([range, [0, length]]), AMPLITUDES, source);
    amplitudes.set(asNumbers(values, AMPLITUDES, source), from * length);
    from = to;
  }
  return amplitudes;
}
