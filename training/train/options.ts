/** Options that all runs have, and what is made of them. */

import { choiceOption, numberOption, type OptionTable, type OptionValues, UsageError } from '#shared/options.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import type { ProgressLine } from './progress-line.ts';

export const RUN_OPTIONS = {
  out: { type: 'string', value: 'DIR', help: 'folder of the run' },
  resume: { type: 'boolean', help: 'go on with the run in DIR, with its settings; give the same files and folders' },
  backend: {
    type: 'string',
    value: 'NAME',
    help: `auto (default: the fastest that starts), ${BACKEND_NAMES.join(', ')}`,
  },
  threads: { type: 'string', value: 'N', help: 'threads of the wasm backend (default 1)' },
  workers: {
    type: 'string',
    value: 'N',
    help: 'threads that make batches ahead of the steps (default 1; 0: none); the numbers are the same',
  },
  'checkpoint-minutes': { type: 'string', value: 'MIN', help: 'between checkpoints (default 3)' },
  quiet: { type: 'boolean', help: 'no progress' },
} as const satisfies OptionTable;

/** What of them is left to whoever runs it. @throws UsageError */
export function runOptionsOf(values: OptionValues<typeof RUN_OPTIONS>) {
  if (values.out === undefined) throw new UsageError('expected --out DIR, found none');
  return {
    out: values.out,
    resume: values.resume === true,
    workers: numberOption('workers', values.workers, { min: 0, max: 64, whole: true }) ?? 1,
    checkpointMinutes: numberOption('checkpoint-minutes', values['checkpoint-minutes'], { min: 0 }) ?? 3,
  };
}

/** @param chosen settings of a new run, by option @throws UsageError when a run that goes on is given one */
export function refuseWithResume(chosen: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(chosen).find(([, value]) => value !== undefined);
  if (given) throw new UsageError(`--${given[0]}: a run goes on with the settings it began with; leave it out`);
}

/** Starts what computes, and says what that is. @returns its name, for the record */
export async function startChosen(
  { backend, threads }: OptionValues<typeof RUN_OPTIONS>,
  progress: Pick<ProgressLine, 'say'>,
): Promise<string> {
  const started = await startBackend(
    choiceOption('backend', backend ?? 'auto', ['auto', ...BACKEND_NAMES]),
    numberOption('threads', threads, { min: 1, max: 64, whole: true }) ?? 1,
  );
  progress.say(started.about);
  return started.name;
}

/** Aborts at the first Ctrl-C. */
export function stopping(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return controller.signal;
}
