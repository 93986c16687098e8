/** One file in, its picks out, in the form that was asked for: the same bytes as `firstbreak pick` writes. */
import { createHash } from 'node:crypto';
import { RecordError } from '#shared/errors.ts';
import { gunzip, isGzip } from '#shared/formats/gzip.ts';
import { open } from '#shared/formats/open.ts';
import { type Format, type TimedShot, timed } from '#shared/gather.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import type { PickedShot } from '#shared/picks.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { csvHeader, csvRows } from '#shared/report/csv.ts';
import { picksJson } from '#shared/report/json.ts';
import { PICK_FILES } from '#shared/report/pick-file.ts';
import { type ByteSource, memorySource } from '#shared/source.ts';
import { openOptions, type PickSettings } from '../work/task.ts';

/** Words of `?format=`, and what each is as a media type. */
export const ANSWERS = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
  sgt: 'text/x-sgt; charset=utf-8',
  png: 'image/png',
} as const;
export type AnswerKind = keyof typeof ANSWERS;

export interface PickRequest {
  /** What the file is called in tables and messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly as: AnswerKind;
  readonly settings: PickSettings;
  /** Of a picture: which shot, from 0. */
  readonly shot: number;
  /** Most bytes of a packed file, unpacked. */
  readonly mostInflated: number;
}

export interface PickAnswer {
  readonly body: Uint8Array;
  readonly shots: number;
  readonly traces: number;
  readonly picked: number;
}

/**
 * What may be asked of one request, by the bytes that came: a shot and a trace cost time however short they are. So many in any case,
 * and one more for each so many bytes. Jobs have no such bound.
 */
const BOUNDS = {
  shots: { least: 100, bytes: 8192 },
  traces: { least: 1000, bytes: 1024 },
} as const;

/** @throws RecordError `too-large` beyond the bound */
function bounded(of: keyof typeof BOUNDS, found: number, { file, bytes }: PickRequest): void {
  const { least, bytes: each } = BOUNDS[of];
  const most = least + Math.floor(bytes.length / each);
  if (found > most)
    throw new RecordError(
      'too-large',
      file,
      `expected at most ${most} ${of} in ${bytes.length} bytes (${least}, and one more for each ${each} bytes), found more; POST /v1/jobs picks files of any size`,
    );
}

/** @throws RecordError */
export async function answerPicks(picker: Picker, request: PickRequest): Promise<PickAnswer> {
  const { file, as, settings, bytes } = request;
  const source = await unpacked(memorySource(file, bytes), request.mostInflated);
  const recording = await open(source, openOptions(settings));
  const form = FORMS[as](picker, { ...request, format: recording.format });
  let [shots, traces, picked] = [0, 0, 0];
  for await (const read of recording.shots()) {
    const shot = timed(read, file);
    bounded('shots', shots + 1, request);
    bounded('traces', traces + shot.traces.length, request);
    const result = { ...(await pickShot(file, shot, picker, settings)), shot };
    shots++;
    traces += result.picks.length;
    for (const pick of result.picks) if (pick.kind === 'picked') picked++;
    if ((await form.shot(result)) === 'enough') break;
  }
  return { body: await form.end(shots), shots, traces, picked };
}

/** A small packed file that swells without end stops at the bound. */
async function unpacked(source: ByteSource, limit: number): Promise<ByteSource> {
  const head = new Uint8Array(3);
  await source.read(0, head);
  if (!isGzip(head)) return source;
  const plain = await gunzip(source, { limit, damaged: () => {} });
  await plain.read(0, head);
  if (isGzip(head))
    throw new RecordError(
      'not-recognised',
      source.name,
      'expected a shot file, found gzip within gzip (unpack it first)',
    );
  return plain;
}

type Timed = PickedShot & { readonly shot: TimedShot };

interface Form {
  shot(picked: Timed): undefined | Promise<undefined | 'enough'>;
  end(shots: number): Uint8Array | Promise<Uint8Array>;
}

interface About extends PickRequest {
  readonly format: Format;
}

const FORMS: Readonly<Record<AnswerKind, (picker: Picker, about: About) => Form>> = {
  csv: () => {
    let text = csvHeader;
    return {
      shot(picked) {
        text += csvRows(picked);
        return undefined;
      },
      end: () => utf8(text),
    };
  },
  json: (picker, { file, format, bytes }) => {
    const shots: string[] = [];
    return {
      shot(picked) {
        shots.push(JSON.stringify(shotJson(picked)));
        return undefined;
      },
      end() {
        const { name, learned } = picker;
        const model = learned ? { name, digest: learned.digest } : { name };
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const about = picksJson({ file, format, sha256, model, runtime: learned?.runtime ?? 'javascript' }, []);
        return utf8(`${JSON.stringify(about).replace(/\[\]\}$/, () => `[\n${shots.join(',\n')}\n]}`)}\n`);
      },
    };
  },
  ndjson: () => {
    let text = '';
    return {
      shot(picked) {
        text += `${JSON.stringify({ file: picked.file, model: picked.model, ...shotJson(picked) })}\n`;
        return undefined;
      },
      end: () => utf8(text),
    };
  },
  sgt: () => {
    const shots: PickedShot[] = [];
    return {
      shot(picked) {
        shots.push({ ...picked, shot: { ...picked.shot, amplitudes: new Float32Array(0) } });
        return undefined;
      },
      end: () => utf8(PICK_FILES.sgt.write!(shots)[0].text),
    };
  },
  png: (_picker, { file, shot: wanted }) => {
    let at = 0;
    let png: Uint8Array | undefined;
    return {
      async shot({ shot, picks, model }) {
        if (at++ < wanted) return undefined;
        const { gatherPng } = await import('../picture.ts');
        png = await gatherPng(shot, picks, { title: file, picker: model });
        return 'enough';
      },
      end(shots) {
        if (png) return png;
        throw new RecordError('unsupported', file, `expected shot ${wanted} (they count from 0), found ${shots} shots`);
      },
    };
  },
};

/** One shot as the JSON of the command line has it, with its judgement. */
const shotJson = (picked: Timed) =>
  picksJson({ file: picked.file, model: { name: picked.model } }, [picked], [judgeShot(picked.shot, picked.picks)])
    .shots[0];

const utf8 = (text: string) => new TextEncoder().encode(text);
