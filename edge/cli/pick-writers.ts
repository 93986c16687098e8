/** Picks on their way out, shot by shot: tables are written as they come, tomography files when all shots are known. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { Format, TimedShot } from '#shared/gather.ts';
import { UsageError } from '#shared/options.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { PickedShot } from '#shared/picks.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { csvHeader, csvRows } from '#shared/report/csv.ts';
import type { PickFormat } from '#shared/report/pick-file.ts';
import { type InputFile, refuseInputs } from './inputs.ts';
import { complain, fileSink, isDirectoryPath, type Sink, stdoutSink, writeFile } from './output.ts';

export interface PickWriter {
  shot(picked: PickedShot & { readonly shot: TimedShot }, picker: Picker): Promise<void>;
  /** The shots of a file have all been given. */
  fileEnd(file: string, format: Format): Promise<void>;
  /** Puts files in their place. */
  end(): Promise<void>;
}

/** `out`: a file, a directory or `-`; `inputs` are never written over. */
export async function pickWriter(format: PickFormat, out: string, inputs: readonly InputFile[]): Promise<PickWriter> {
  const { PICK_FILES } = await import('#shared/report/pick-file.ts');
  const kind = PICK_FILES[format];
  const several = kind.write!([]).length > 1;
  const directory = isDirectoryPath(out) || (several && extname(out) === '');
  const path = out === '-' ? undefined : directory ? join(out, `picks.${kind.extension}`) : out;
  if (path !== undefined) await refuseInputs(path, inputs);
  if (path === undefined && several) throw new UsageError(`--format ${format} makes several files; give --out DIR`);
  const sink = path === undefined ? stdoutSink : fileSink(path);
  if (format === 'csv') return csvWriter(sink);
  if (format === 'json') return jsonWriter(sink);
  return collected(async (shots) => {
    const [first, ...others] = kind.write!(shots);
    await sink.write(first.text);
    await sink.commit();
    for (const { name, text } of others) {
      const beside = join(dirname(path!), name);
      await refuseInputs(beside, inputs);
      await writeFile(beside, text);
    }
    const note = kind.note?.(shots);
    if (note) complain(`firstbreak: ${path ?? format}: ${note}\n`);
  });
}

function csvWriter(sink: Sink): PickWriter {
  let begun = false;
  return {
    async shot(picked) {
      await sink.write(begun ? csvRows(picked) : csvHeader + csvRows(picked));
      begun = true;
    },
    fileEnd: async () => {},
    end: () => sink.commit(),
  };
}

/** One document a file, in an array when there are several; the first waits until that is known. */
function jsonWriter(sink: Sink): PickWriter {
  let shots: string[] = [];
  let by: Picker | undefined;
  let waiting: string | undefined;
  let documents = 0;
  return {
    async shot(picked, picker) {
      const { picksJson } = await import('#shared/report/json.ts');
      const judgement = judgeShot(picked.shot, picked.picks);
      const source = { file: picked.file, model: { name: picked.model } };
      shots.push(JSON.stringify(picksJson(source, [picked], [judgement]).shots[0]));
      by = picker;
    },
    async fileEnd(file, format) {
      if (shots.length === 0 || by === undefined) return;
      const { name, learned } = by;
      const { picksJson } = await import('#shared/report/json.ts');
      const model = learned ? { name, digest: learned.digest } : { name };
      const runtime = learned?.runtime ?? 'javascript';
      const about = picksJson({ file, format, sha256: await sha256(file), model, runtime }, []);
      const document = JSON.stringify(about).replace(/\[\]\}$/, () => `[\n${shots.join(',\n')}\n]}`);
      shots = [];
      if (documents++ === 0) waiting = document;
      else {
        await sink.write(waiting === undefined ? `,\n${document}` : `[${waiting},\n${document}`);
        waiting = undefined;
      }
    },
    async end() {
      await sink.write(waiting === undefined ? ']\n' : `${waiting}\n`);
      await sink.commit();
    },
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Keeps the picks and lets the amplitudes go. */
function collected(write: (shots: readonly PickedShot[]) => Promise<void>): PickWriter {
  const shots: PickedShot[] = [];
  return {
    async shot(picked) {
      shots.push({ ...picked, shot: { ...picked.shot, amplitudes: new Float32Array(0) } });
    },
    fileEnd: async () => {},
    end: () => write(shots),
  };
}
