/**
 * The folder of a run: begun or gone on with, by one process at a time. Its logs are cut back to the checkpoint that the run goes
 * on from, so that they stay one curve; now and then a checkpoint and the curves so far are written.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeWhole } from '../files.ts';
import { BEST, type Effort, LAST } from './checkpoint.ts';
import { appendLine, dropAfter, readLines } from './log.ts';
import { runSteps, type Stepping } from './loop.ts';

/** What every run is told, whatever it learns. */
export interface RunOptions<S, M> {
  /** Go on from the last checkpoint in the folder, with its settings. */
  readonly resume?: boolean;
  /** @default 3 */
  readonly checkpointMinutes?: number;
  /** Threads that make batches ahead of the steps; 0: made between them. The numbers are the same. @default 1 */
  readonly workers?: number;
  /** What computes, for the record. */
  readonly backend?: string;
  readonly onStep?: (metrics: M, state: S) => void;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
}

interface Ongoing {
  readonly step: number;
  readonly effort: Effort;
}

interface Line {
  readonly step: number;
}

/** What sets one kind of run apart from another in its folder. */
export interface RunKind<S, M, L> {
  fresh(): S;
  /** @throws RecordError */
  read(path: string): S;
  write(path: string, state: S): void;
  /** Name of the log of looks. */
  readonly looks: string;
  /** The curves so far, as SVG. */
  plot(steps: readonly M[], looks: readonly L[]): string;
}

export interface RunFolder<S, L> {
  noteLook(look: L): void;
  /** The state to use, as long as no other is better. */
  keepBest(state: S): void;
  writePicture(name: string, bytes: Uint8Array): void;
}

/** What a run does in its folder. */
export interface RunWork<S extends Ongoing, M> extends Pick<Stepping<S, M>, 'steps' | 'isDone' | 'take' | 'look'> {
  /** Before the first step of a new run. */
  begin?(state: S): Promise<S>;
  close(): Promise<void>;
}

const METRICS = 'metrics.jsonl';
const LOCK = 'run.lock';

/** @throws Error when the folder holds a run and none is to go on, or the other way round, or another process is at it */
export async function runIn<S extends Ongoing, M extends Line, L extends Line>(
  out: string,
  { resume = false, backend, checkpointMinutes, onStep, signal }: RunOptions<S, M>,
  kind: RunKind<S, M, L>,
  workOf: (state: S, folder: RunFolder<S, L>) => RunWork<S, M>,
): Promise<S> {
  const [last, metrics, looks] = [LAST, METRICS, kind.looks].map((name) => join(out, name));
  if (existsSync(last) !== resume)
    throw new Error(
      resume
        ? `${out}: expected a run to resume, found no ${LAST}`
        : `${out}: holds a run already; --resume continues it`,
    );
  let state = resume ? kind.read(last) : kind.fresh();
  if (backend && !state.effort.backends.includes(backend))
    state = { ...state, effort: { ...state.effort, backends: [...state.effort.backends, backend] } };
  const { take, look, begin, close, ...work } = workOf(state, {
    noteLook: (line) => appendLine(looks, line),
    keepBest: (best) => kind.write(join(out, BEST), best),
    writePicture: (name, bytes) => writeWhole(join(out, name), bytes),
  });
  try {
    mkdirSync(out, { recursive: true });
    const unlock = lock(out);
    try {
      for (const log of [metrics, looks]) dropAfter(log, state.step);
      if (begin && state.step === 0) state = await begin(state);
      return await runSteps(state, {
        ...work,
        async take(state) {
          const taken = await take(state);
          appendLine(metrics, taken.metrics);
          return taken;
        },
        ...(look && { look }),
        save(state) {
          kind.write(last, state);
          writeWhole(join(out, 'plot.svg'), kind.plot(readLines(metrics), readLines(looks)));
        },
        ...(checkpointMinutes !== undefined && { checkpointMinutes }),
        ...(onStep && { onStep }),
        ...(signal && { signal }),
      });
    } finally {
      unlock();
    }
  } finally {
    await close();
  }
}

/** @param stepMs milliseconds of one more step */
export const spent = (effort: Effort, stepMs: number): Effort => ({
  ...effort,
  hours: effort.hours + stepMs / 3_600_000,
});

/** The lock of a process that was killed is taken over, and so is that of a folder which was copied while a run was in it. */
function lock(out: string): () => void {
  const [path, place] = [join(out, LOCK), resolve(out)];
  for (let attempt = 0; ; attempt++)
    try {
      writeFileSync(path, `${process.pid} ${place}`, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [, holder, where] = /^(\d+) (.*)$/s.exec(readFileSync(path, 'utf8')) ?? [];
      if (attempt > 0 || (where === place && isAlive(Number(holder))))
        throw new Error(`${out}: expected no other process at this run, found process ${holder} (${LOCK})`);
      rmSync(path, { force: true });
    }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
