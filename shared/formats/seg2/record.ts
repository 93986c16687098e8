/**
 * One SEG-2 record: its descriptor, its strings and where each trace lies. Everything a file declares is checked here
 * against the bytes that are there, so what follows may trust it.
 */
import { type Problem, RecordError } from '../../errors.ts';
import { type ByteOrder, MAX_SHOT_SAMPLES } from '../../gather.ts';
import { readFields } from '../fields.ts';
import {
  byteOrderOf,
  dataBytes,
  FILE_DESCRIPTOR,
  FIXED_BYTES,
  isSampleCode,
  SAMPLE_FORMATS,
  type SampleCode,
  samplesIn,
  TRACE_DESCRIPTOR,
  TRACE_ID,
} from './blocks.ts';
import type { Bytes } from './bytes.ts';
import { readStrings, type Strings } from './strings.ts';

export interface TraceBlock {
  /** Place in the trace pointers. */
  readonly slot: number;
  readonly strings: Strings;
  readonly code: SampleCode;
  /** First byte of the samples. */
  readonly dataAt: number;
  readonly samples: number;
}

export interface Seg2Record {
  readonly order: ByteOrder;
  readonly revision: number;
  readonly strings: Strings;
  /** Traces the record declares; those that cannot be read are missing in `traces` and told in `problems`. */
  readonly declared: number;
  readonly traces: readonly TraceBlock[];
  readonly problems: readonly Problem[];
  /** First byte after the record. */
  readonly end: number;
}

export interface RecordOptions {
  /** In place of the trace's own sample code. */
  readonly code?: SampleCode | undefined;
}

/** Longest file string block that is read. */
const MAX_STRING_BYTES = 1024 * 1024;

/** @throws RecordError `truncated` or `empty`; what is wrong with single traces is a problem of the record */
export async function readRecord(
  bytes: Bytes,
  base: number,
  name: string,
  { code }: RecordOptions = {},
): Promise<Seg2Record> {
  const head = await bytes.at(base, FIXED_BYTES);
  const order = byteOrderOf(head);
  if (order === undefined) throw new RecordError('malformed', name, `expected a SEG-2 file descriptor at byte ${base}`);
  if (head.length < FIXED_BYTES)
    throw new RecordError(
      'truncated',
      name,
      `expected ${FIXED_BYTES} bytes of SEG-2 file descriptor at byte ${base}, file ends after ${bytes.size}`,
    );
  const file = readFields(FILE_DESCRIPTOR, viewOf(head), 0, order);
  if (file.traces === 0) throw new RecordError('empty', name, 'expected SEG-2 traces, the file descriptor declares 0');
  const table = await bytes.at(base + FIXED_BYTES, 4 * file.traces);
  if (table.length < 4 * file.traces)
    throw new RecordError(
      'truncated',
      name,
      `expected ${4 * file.traces} bytes of pointers to ${file.traces} SEG-2 traces, file ends after ${bytes.size}`,
    );
  const pointers = pointersIn(table, order);
  const stringsAt = base + FIXED_BYTES + Math.max(file.pointerBytes, 4 * file.traces);
  const firstTrace = Math.min(...pointers.filter((pointer) => base + pointer >= stringsAt), MAX_STRING_BYTES);
  const stringBytes = await bytes.at(stringsAt, Math.max(0, base + firstTrace - stringsAt));
  const strings = readStrings(stringBytes, 0, stringBytes.length, order);
  const { traces, problems, end } = await readTraces(bytes, base, pointers, order, code);
  return {
    order,
    revision: file.revision,
    strings,
    declared: file.traces,
    traces,
    problems,
    end: Math.max(end, stringsAt),
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function pointersIn(table: Uint8Array, order: ByteOrder): number[] {
  const view = viewOf(table);
  return Array.from({ length: table.length / 4 }, (_, i) => view.getUint32(4 * i, order === 'little'));
}

async function readTraces(
  bytes: Bytes,
  base: number,
  pointers: readonly number[],
  order: ByteOrder,
  code: SampleCode | undefined,
): Promise<{ traces: TraceBlock[]; problems: Problem[]; end: number }> {
  // A trace may not reach into the next one, wherever that stands in the table; so no byte is read twice.
  const starts = [...new Set(pointers)].map((pointer) => base + pointer).sort((a, b) => a - b);
  const next = new Map(starts.map((start, i) => [start, Math.min(starts[i + 1] ?? bytes.size, bytes.size)]));
  const seen = new Set<number>();
  const traces: TraceBlock[] = [];
  const losses = new Losses();
  let end = 0;
  for (const [slot, pointer] of pointers.entries()) {
    const at = base + pointer;
    if (seen.has(at)) {
      losses.add('malformed-trace', slot, `share the descriptor of another trace at byte ${at}`);
      continue;
    }
    seen.add(at);
    const limit = next.get(at) ?? bytes.size;
    const found = await readTrace(bytes, at, limit, order, code);
    if ('lost' in found) {
      losses.add(found.lost, slot, found.why);
      if (found.lost === 'truncated') end = bytes.size;
      continue;
    }
    if (found.problem) losses.note(found.problem, slot);
    traces.push({ slot, ...found.trace });
    end = Math.max(end, found.end);
  }
  return { traces, problems: losses.problems(pointers.length), end };
}

type FoundTrace =
  | { readonly lost: 'truncated' | 'malformed-trace' | 'too-large'; readonly why: string }
  | { readonly trace: Omit<TraceBlock, 'slot'>; readonly end: number; readonly problem?: string };

/** `limit`: where the next descriptor begins, or the file ends. */
async function readTrace(
  bytes: Bytes,
  at: number,
  limit: number,
  order: ByteOrder,
  override: SampleCode | undefined,
): Promise<FoundTrace> {
  const head = await bytes.at(at, FIXED_BYTES);
  if (head.length < FIXED_BYTES)
    return { lost: 'truncated', why: `would begin after the file's end, which is at byte ${bytes.size}` };
  const descriptor = readFields(TRACE_DESCRIPTOR, viewOf(head), 0, order);
  if (descriptor.id !== TRACE_ID)
    return { lost: 'malformed-trace', why: `have no trace descriptor (id 4422) where their pointer says` };
  const code = override ?? descriptor.sampleFormat;
  if (!isSampleCode(code))
    return {
      lost: 'malformed-trace',
      why: `have the sample format code ${code}, expected one of ${Object.keys(SAMPLE_FORMATS).join(', ')}`,
    };
  const dataAt = at + Math.max(descriptor.blockBytes, FIXED_BYTES);
  const room = limit - dataAt;
  const needed = dataBytes(code, descriptor.samples);
  let samples = descriptor.samples;
  let problem: string | undefined;
  if (samples === 0 && descriptor.dataBytes > 0 && descriptor.dataBytes <= room) {
    samples = samplesIn(code, descriptor.dataBytes);
    problem = `declare 0 samples, but ${descriptor.dataBytes} bytes of them; ${samples} are read`;
  }
  if (needed > room) {
    const block = descriptor.dataBytes;
    if (limit === bytes.size && !(block > 0 && block <= room))
      return { lost: 'truncated', why: `are cut off by the end of the file at byte ${bytes.size}` };
    samples = samplesIn(code, block > 0 ? Math.min(block, room) : room);
    problem = `declare ${descriptor.samples} samples where ${samples} fit; ${samples} are read`;
  }
  if (samples > MAX_SHOT_SAMPLES)
    return {
      lost: 'too-large',
      why: `have ${samples} samples, more than the ${MAX_SHOT_SAMPLES} that are read at once`,
    };
  if (samples <= 0) return { lost: 'malformed-trace', why: 'have no samples' };
  const block = await bytes.at(at, dataAt - at);
  return {
    trace: { strings: readStrings(block, FIXED_BYTES, block.length, order), code, dataAt, samples },
    end: Math.min(limit, dataAt + Math.max(dataBytes(code, samples), Math.min(descriptor.dataBytes, room))),
    ...(problem && { problem }),
  };
}

/** Losses of the same kind become one problem, so that a file of 1000 broken traces has one line to read. */
class Losses {
  readonly #found = new Map<string, { code: string; text: string; slots: number[]; lost: boolean }>();

  add(code: string, slot: number, why: string): void {
    this.#push(code, slot, why, true);
  }

  note(why: string, slot: number): void {
    this.#push('sample-count', slot, why, false);
  }

  problems(declared: number): Problem[] {
    return [...this.#found.values()].map(({ code, text, slots, lost }) => ({
      code,
      message: `${slots.length} of ${declared} traces (from the ${ordinal(slots[0])}) ${text}${lost ? '; they are left out' : ''}`,
    }));
  }

  #push(code: string, slot: number, text: string, lost: boolean): void {
    const key = `${code} ${text}`;
    const same = this.#found.get(key);
    if (same) same.slots.push(slot);
    else this.#found.set(key, { code, text, slots: [slot], lost });
  }
}

function ordinal(slot: number): string {
  const n = slot + 1;
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}
