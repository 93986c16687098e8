/**
 * First breaks in trace header words of a copy of a SEG-Y or SU file, and back. No standard has a place for them, so byte, type, unit and
 * the value that means "no pick" are settings: 237–240 as u32 in µs in one program, 109–110 as i16 in ms in another.
 */
import { RecordError } from '../../errors.ts';
import type { OpenOptions, Shot, Trace } from '../../gather.ts';
import { recordedSample } from '../../picks.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { FIELD_BYTES, type Field, type FieldKind, readField, writeField } from '../fields.ts';
import { HEAD_BYTES } from '../format.ts';
import { isRevision2 } from './file-header.ts';
import { HEADER_NAME_AT, TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { openTraces } from './open-traces.ts';
import { segy } from './segy.ts';
import { readShots } from './shots.ts';
import { openSuTraces } from './su.ts';
import type { TraceLayout } from './trace-layout.ts';
import { Window } from './window.ts';

export const PICK_KINDS = ['i16', 'u16', 'i32', 'u32', 'f32'] as const satisfies readonly FieldKind[];
export const PICK_UNITS = ['ms', 'us', 'samples'] as const;

export interface PickWords {
  /** First byte of the word in the trace header, counted from 1. */
  readonly at: number;
  readonly as: (typeof PICK_KINDS)[number];
  /** Time after the shot instant, or fractional index in the recorded trace. */
  readonly unit: (typeof PICK_UNITS)[number];
  /** Stands in traces without a pick. */
  readonly noPick: number;
}

/**
 * The bytes of a copy of `source` with the word of every trace set: to the pick of its index, or to `noPick`.
 * All is checked before the first byte comes.
 * @throws RecordError `unsupported` for words that other fields need, or that cannot hold the picks
 */
export async function* withPicks(
  source: ByteSource,
  picks: ReadonlyMap<number, Milliseconds>,
  words: PickWords,
  options: OpenOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const file = await openWords(source, words, options);
  refuseTaken(source, words, file);
  const values = await wordsOf(file, (shot, trace) => {
    const time = picks.get(trace.index);
    return time === undefined ? words.noPick : toWord(source, shot, trace, time, words);
  });
  const width = FIELD_BYTES[words.as];
  const word = new DataView(new ArrayBuffer(width));
  let next = 0;
  for (let from = 0; from < source.size; from += CHUNK_BYTES) {
    const chunk = await bytesAt(source, from, CHUNK_BYTES);
    const to = from + chunk.length;
    if (chunk.length === 0)
      throw new RecordError('unreadable', source.name, `expected ${source.size} bytes, found ${from}`);
    while (next < values.length && values[next].byte < to) {
      const { byte, value } = values[next];
      writeField({ at: 1, as: words.as }, word, 0, file.layout.order, value);
      // A word that lies across two chunks is written into both.
      for (let i = Math.max(0, from - byte); i < width && byte + i < to; i++) chunk[byte + i - from] = word.getUint8(i);
      if (byte + width > to) break;
      next++;
    }
    yield chunk;
  }
}

/** The picks in the words of a file, by trace index; traces with `noPick` or NaN are left out. @throws RecordError */
export async function readPickWords(
  source: ByteSource,
  words: PickWords,
  options: OpenOptions = {},
): Promise<ReadonlyMap<number, Milliseconds>> {
  const file = await openWords(source, words, options);
  const window = new Window(file.source, CHUNK_BYTES);
  const width = FIELD_BYTES[words.as];
  const places = await wordsOf(file, (shot, trace) => ({ shot: timeFacts(shot), trace }));
  const picks = new Map<number, Milliseconds>();
  for (const { byte, value: place } of places) {
    if (!window.holds(byte, width)) await window.load(byte);
    const value = readField({ at: 1, as: words.as }, window.view, window.place(byte), file.layout.order);
    if (value === words.noPick || !Number.isFinite(value)) continue;
    picks.set(place.trace.index, fromWord(source, place.shot, place.trace, value, words));
  }
  return picks;
}

const CHUNK_BYTES = 1 << 20;

interface WordFile {
  readonly source: ByteSource;
  readonly layout: TraceLayout;
  readonly words: PickWords;
  readonly options: OpenOptions;
  readonly revision2: boolean;
}

async function openWords(source: ByteSource, words: PickWords, options: OpenOptions): Promise<WordFile> {
  const last = words.at + FIELD_BYTES[words.as] - 1;
  if (!Number.isInteger(words.at) || words.at < 1 || last > TRACE_HEADER_BYTES)
    throw new RecordError(
      'unsupported',
      source.name,
      `expected a word within bytes 1–${TRACE_HEADER_BYTES} of the trace header, found ${words.at}–${last}`,
    );
  if (!segy.recognises(await bytesAt(source, 0, HEAD_BYTES), source))
    return { source, layout: await openSuTraces(source, options), words, options, revision2: false };
  const { source: traces, layout, header } = await openTraces(source, options);
  if (header.pairSwapped)
    throw new RecordError(
      'unsupported',
      source.name,
      'expected a file in big- or little-endian order, found pair-swapped bytes; convert it first',
    );
  return { source: traces, layout, words, options, revision2: isRevision2(header) };
}

/** What a reader needs to find the traces again; the rest of the header is the user's. */
const ESSENTIAL = ['ffid', 'channel', 'identification', 'samples', 'intervalUs'] as const;

function refuseTaken(source: ByteSource, { at, as }: PickWords, { revision2 }: WordFile): void {
  const last = at + FIELD_BYTES[as] - 1;
  const taken = (field: Field) => at <= field.at + FIELD_BYTES[field.as] - 1 && last >= field.at;
  for (const name of ESSENTIAL)
    if (taken(TRACE_HEADER[name]))
      throw new RecordError(
        'unsupported',
        source.name,
        `expected bytes that no other field needs, found ${at}–${last}, which hold ${name} (${TRACE_HEADER[name].at}–${TRACE_HEADER[name].at + FIELD_BYTES[TRACE_HEADER[name].as] - 1})`,
      );
  if (revision2 && last >= HEADER_NAME_AT)
    throw new RecordError(
      'unsupported',
      source.name,
      `expected bytes that no other field needs, found ${at}–${last}: in SEG-Y revision 2, ${HEADER_NAME_AT}–240 hold the name of the header`,
    );
}

/** The first byte of each trace's word in the file, with what `value` makes of the trace. */
async function wordsOf<T>(
  { source, layout, words, options }: WordFile,
  value: (shot: Shot, trace: Trace) => T,
): Promise<{ readonly byte: number; readonly value: T }[]> {
  const found: { byte: number; value: T }[] = [];
  const headers: number[] = []; // first byte of each trace
  const key = { byFieldRecord: true, bySourcePoint: false, bySourcePosition: false, apart: false, problems: [] };
  const file = {
    source,
    layout,
    key,
    options,
    recorder: undefined,
    onTrace: (i: number, at: number) => (headers[i] = at),
  };
  for await (const shot of readShots(file, { amplitudes: false }))
    for (const trace of shot.traces)
      found.push({ byte: headers[trace.index] + words.at - 1, value: value(shot, trace) });
  return found;
}

type TimeFacts = Pick<Shot, 'firstSample' | 'sampleInterval' | 'ffid'>;
const timeFacts = ({ firstSample, sampleInterval, ffid }: Shot): TimeFacts => ({ firstSample, sampleInterval, ffid });

function toWord(source: ByteSource, shot: Shot, trace: Trace, time: Milliseconds, words: PickWords): number {
  const { as, unit, noPick } = words;
  const exact = unit === 'ms' ? time : unit === 'us' ? time * 1000 : recordedSample(shot, trace, time);
  const value = as === 'f32' ? Math.fround(exact) : Math.round(exact);
  const refuse = (found: string) => {
    throw new RecordError('unsupported', source.name, `expected picks that ${as} in ${unit} can hold, found ${found}`);
  };
  const [low, high] = RANGE[as];
  if (Number.isNaN(value)) refuse(`no sample interval in trace ${trace.index}`);
  if (value < low || value > high) refuse(`${value} in trace ${trace.index}`);
  if (value === noPick) refuse(`${value} in trace ${trace.index}, which means no pick`);
  return value;
}

function fromWord(
  source: ByteSource,
  { firstSample, sampleInterval, ffid }: TimeFacts,
  trace: Trace,
  value: number,
  { unit }: PickWords,
): Milliseconds {
  if (unit === 'ms') return ms(value);
  if (unit === 'us') return ms(value / 1000);
  if (sampleInterval === undefined)
    throw new RecordError(
      'no-sample-interval',
      source.name,
      `expected a sample interval to read picks in samples, found none in FFID ${ffid}`,
    );
  return ms(firstSample.time + (trace.start + value) * sampleInterval);
}

const RANGE: Readonly<Record<PickWords['as'], readonly [number, number]>> = {
  i16: [-(2 ** 15), 2 ** 15 - 1],
  u16: [0, 2 ** 16 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  f32: [-3.4028234663852886e38, 3.4028234663852886e38],
};
