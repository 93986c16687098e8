/** The loop that every command over files shares: one bad file in many never stops the rest. */
import { isRecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import type { OpenOptions, Recording } from '#shared/gather.ts';
import { UsageError } from '#shared/options.ts';
import { openFile } from '../files.ts';
import { EXIT, type ExitCode } from './command.ts';
import type { InputFile } from './inputs.ts';
import { OutputError } from './output.ts';
import { type Progress, type ProgressMode, progressOf } from './progress.ts';

export interface FileFailure {
  readonly code: string;
  /** One line that begins with the file. */
  readonly message: string;
}

export interface EachFile {
  readonly options?: OpenOptions;
  /** @default 'full' */
  readonly progress?: ProgressMode;
  /** Reads what it needs and returns a line for the progress. */
  read(recording: Recording, file: InputFile, progress: Progress): Promise<string>;
  /** Called for a file that could not be read, or not to its end; it has been reported. */
  failed?(file: InputFile, failure: FileFailure): Promise<void>;
}

/** Opens the files one after the other. Returns 1 when one failed, or when nothing at all was read. */
export async function readEach(
  files: readonly InputFile[],
  { options = {}, progress: mode = 'full', read, failed }: EachFile,
): Promise<ExitCode> {
  const progress = await progressOf(files.length, mode);
  let readable = 0;
  let failures = 0;
  try {
    for (const file of files) {
      const source = attempt(() => {
        if (file.unreadable) throw file.unreadable;
        return openFile(file.path);
      });
      try {
        if (!source.ok) throw source.error;
        const recording = await open(source.value, options);
        const line = await read(recording, file, progress);
        readable++;
        progress.done(file.path, line);
      } catch (error) {
        if (error instanceof UsageError || error instanceof OutputError) throw error;
        if (!file.named && isRecordError(error, 'not-recognised')) progress.passedOver(file.path);
        else {
          failures++;
          const failure = failureOf(error, file.path);
          progress.warn(`firstbreak: ${failure.message}`);
          await failed?.(file, failure);
        }
      } finally {
        if (source.ok) source.value.close();
      }
    }
    if (readable === 0 && failures === 0) progress.warn('firstbreak: no shot file found');
  } finally {
    progress.stop();
  }
  return failures > 0 || readable === 0 ? EXIT.failed : EXIT.fine;
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };
function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    return { ok: false, error };
  }
}

function failureOf(error: unknown, path: string): FileFailure {
  if (isRecordError(error)) return { code: error.code, message: error.message.replaceAll('\n', ' ') };
  const text = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `${path}: unexpected: ${text.replaceAll('\n', ' ')}` };
}

/** Each distinct problem once: a file of many shots says the same many times. */
export function distinctProblems<T extends { readonly code: string; readonly message: string }>(
  problems: Iterable<T>,
): T[] {
  return [...new Map([...problems].map((problem) => [`${problem.code}\n${problem.message}`, problem])).values()];
}
