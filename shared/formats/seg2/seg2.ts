/**
 * Reads SEG-2: one file descriptor with pointers to traces of any place and length. Usually a file is one shot; some
 * recorders and users put several records one behind the other.
 */
import { type Problem, RecordError } from '../../errors.ts';
import type { OpenOptions, Recording, Shot } from '../../gather.ts';
import type { ByteSource } from '../../source.ts';
import type { FormatReader } from '../format.ts';
import { byteOrderOf, FIXED_BYTES, isSampleCode, SAMPLE_FORMATS, type SampleCode } from './blocks.ts';
import { type Bytes, bytesOf } from './bytes.ts';
import { readRecord, type Seg2Record } from './record.ts';
import { shotsOf } from './shots.ts';
import { lines } from './strings.ts';

export const seg2: FormatReader = {
  format: 'seg2',

  recognises(head) {
    const order = byteOrderOf(head);
    if (order === undefined) return false;
    // "U:" may begin a text as well: SEG-2 has a small revision number after it.
    return head.length < 4 || (order === 'little' ? head[3] : head[2]) === 0;
  },

  async open(source, options) {
    const code = codeGiven(options, source.name);
    const record = await readRecord(await bytesOf(source, DESCRIPTOR), 0, source.name, { code });
    const lead = record.traces[0];
    if (lead === undefined)
      throw new RecordError(
        (['truncated', 'too-large'] as const).find((only) => record.problems.every((p) => p.code === only)) ??
          'malformed',
        source.name,
        `expected ${record.declared} SEG-2 traces, found not one whole: ${record.problems[0]?.message}`,
      );
    return {
      name: source.name,
      format: 'seg2',
      revision: String(record.revision),
      byteOrder: record.order,
      sampleFormat: lead.code,
      text: [...lines(record.strings), ...lines(lead.strings)],
      problems: [],
      shots: ({ amplitudes = true } = {}) => shots(source, record, options, amplitudes),
    } satisfies Recording;
  },
};

/** @throws RecordError `unsupported` */
function codeGiven({ sampleFormat }: OpenOptions, name: string): SampleCode | undefined {
  if (sampleFormat === undefined || isSampleCode(sampleFormat)) return sampleFormat;
  const known = Object.keys(SAMPLE_FORMATS).join(', ');
  throw new RecordError('unsupported', name, `expected a SEG-2 sample format of ${known}, found ${sampleFormat}`);
}

/** Bytes read at least: a trace descriptor with its strings. */
const DESCRIPTOR = 2048;

async function* shots(
  source: ByteSource,
  first: Seg2Record,
  options: OpenOptions,
  amplitudes: boolean,
): AsyncGenerator<Shot, void, undefined> {
  const bytes = await bytesOf(source, DESCRIPTOR);
  const read = (base: number) => readRecord(bytes, base, source.name, { code: codeGiven(options, source.name) });
  const ffid = numberInName(source.name);
  let firstIndex = 0;
  for (let record: Seg2Record | undefined = first; record; ) {
    const after = await behind(bytes, record.end, read);
    const alone = firstIndex === 0 && after.record === undefined;
    const told: Seg2Record = { ...record, problems: [...record.problems, ...after.problems] };
    // A number in the name is the shot's only where the file is one shot.
    yield* shotsOf(bytes, told, { firstIndex, ffid: alone ? ffid : undefined, amplitudes, options });
    firstIndex += record.declared;
    record = after.record;
  }
}

/** Padding allowed between records of one file. */
const MAX_GAP = 64 * 1024;

/** The next record behind byte `end`, if there is one, and what else stands there. */
async function behind(
  bytes: Bytes,
  end: number,
  read: (base: number) => Promise<Seg2Record>,
): Promise<{ record?: Seg2Record; problems: Problem[] }> {
  const left = bytes.size - end;
  if (left <= 0) return { problems: [] };
  const gap = (await bytes.at(end, MAX_GAP)).slice();
  for (const start of candidates(gap)) {
    const record = await read(end + start).catch(() => undefined);
    if (record?.traces.length) return { record, problems: [] };
  }
  if (gap.every((byte) => byte === 0)) return { problems: [] };
  return {
    problems: [
      { code: 'trailing-bytes', message: `${left} bytes after the last trace are not SEG-2 and were not read` },
    ],
  };
}

/** Places that look like a file descriptor; bounded, for bytes that were made to look so everywhere. */
function candidates(gap: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + FIXED_BYTES <= gap.length && found.length < 16; at++)
    if (seg2.recognises(gap.subarray(at, at + 4), NO_SOURCE)) found.push(at);
  return found;
}

const NO_SOURCE: ByteSource = { name: '', size: 0, read: async () => 0 };

/** Recorders number their files: `2001.dat`, `Shot_00012.sg2`. Dates and clock times are not shot numbers. */
function numberInName(name: string): number | undefined {
  const stem = (name.split(/[/\\]/).pop() ?? '').replace(/(\.[a-z][a-z0-9]*)+$/i, '');
  const runs = stem.match(/\d+/g) ?? [];
  const last = runs.at(-1);
  if (last === undefined || !stem.endsWith(last) || runs.some((run) => run.length > 5)) return undefined;
  return Number(last);
}
