/** Gathers that nobody has labelled: all shots of files and folders, of any format that is read, known by digest ever after. */
import { createHash } from 'node:crypto';
import { basename, relative, resolve, sep } from 'node:path';
import { isRecordError, RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type TimedShot, timed } from '#shared/gather.ts';
import { liveRows } from '#shared/picking/live-rows.ts';
import { fileSource, filesBelow, isDirectory } from '../files.ts';

export interface RawGather {
  /** Name of the folder or file it came with. */
  readonly site: string;
  readonly file: string;
  readonly shot: TimedShot;
  /** SHA-256 of the amplitudes as they were read, hexadecimal. */
  readonly digest: string;
}

/** What a checkpoint says of a corpus: enough to know its gathers again, and nothing of the machine they lay on. */
export interface CorpusRecord {
  readonly sites: readonly { readonly name: string; readonly gathers: number; readonly traces: number }[];
  /** Digests of the gathers. */
  readonly gathers: readonly string[];
}

export interface Corpus {
  readonly record: CorpusRecord;
  readonly gathers: readonly RawGather[];
}

export const NO_CORPUS: Corpus = { record: { sites: [], gathers: [] }, gathers: [] };

/** Fewer live traces than this show no moveout. */
export const LEAST_TRACES = 4;
/** Fewer gathers than this are known by heart at once. */
const LEAST_GATHERS = 2;

export const digestOf = ({ amplitudes }: TimedShot): string => createHash('sha256').update(amplitudes).digest('hex');

/**
 * Gathers that say nothing (fewer than four live traces) are left out, those that occur twice are taken once.
 * @param paths files, or folders whose files are taken as far as they are shots
 * @param failed told of each file or gather that could not be used; the others are delivered
 * @throws RecordError when a path cannot be read, or fewer than two gathers are left
 */
export async function readCorpus(
  paths: readonly string[],
  failed: (error: RecordError) => void = () => {},
): Promise<Corpus> {
  const gathers = new Map<string, RawGather>();
  for (const path of paths)
    for await (const gather of gathersOf(path, failed))
      if (!gathers.has(gather.digest)) gathers.set(gather.digest, gather);
  if (gathers.size < LEAST_GATHERS)
    throw new RecordError(
      'empty',
      paths.join(', '),
      `expected at least ${LEAST_GATHERS} gathers to learn from, found ${gathers.size === 0 ? 'none' : gathers.size}`,
    );
  return { record: recordOf([...gathers.values()]), gathers: [...gathers.values()] };
}

function recordOf(gathers: readonly RawGather[]): CorpusRecord {
  const names = [...new Set(gathers.map(({ site }) => site))].sort();
  return {
    sites: names.map((name) => {
      const own = gathers.filter(({ site }) => site === name);
      return { name, gathers: own.length, traces: own.reduce((sum, { shot }) => sum + shot.traces.length, 0) };
    }),
    gathers: gathers.map(({ digest }) => digest).sort(),
  };
}

async function* gathersOf(path: string, failed: (error: RecordError) => void): AsyncGenerator<RawGather> {
  const folder = isDirectory(path);
  const site = basename(resolve(path)).replace(/\.[^.]+$/, folder ? '$&' : '');
  for (const file of folder ? filesBelow(path) : [path]) {
    const name = folder ? relative(path, file).split(sep).join('/') : basename(file);
    try {
      const recording = await open(await fileSource(file));
      for await (const read of recording.shots()) {
        const shot = timed(read, file);
        const live = liveRows(shot).at.length;
        if (live < LEAST_TRACES)
          failed(
            new RecordError(
              'empty',
              file,
              `FFID ${shot.ffid ?? '?'}: expected ${LEAST_TRACES} live traces, found ${live}`,
            ),
          );
        else
          yield { site, file: name, digest: digestOf(shot), shot: { ...shot, amplitudes: inCommon(shot.amplitudes) } };
      }
    } catch (error) {
      if (!isRecordError(error)) throw error;
      // Notes, tables and licences stand beside the shots.
      if (folder && error.code === 'not-recognised') continue;
      if (!folder) throw error;
      failed(error);
    }
  }
}

/** In memory that threads read without a copy. */
export function inCommon(amplitudes: Float32Array): Float32Array {
  const common = new Float32Array(new SharedArrayBuffer(amplitudes.byteLength));
  common.set(amplitudes);
  return common;
}
