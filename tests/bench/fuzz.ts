/**
 * Damaged files of every format must end in shots or in a typed error: no crash, no hang, no more than 2 s or 1 GiB. They are
 * read in processes of their own, so that what goes wrong is caught, named by seed and index, and kept.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, Tally } from './fuzz-child.ts';
import { damaged, sounds } from './fuzz-inputs.ts';
import type { BenchResult } from './result.ts';

const CHILD = join(import.meta.dirname, 'fuzz-child.ts');
/** Inputs of one process; a new one starts with fresh memory. */
const BATCH = 10_000;
/** An input that takes this long, ms, will not end. */
const HANG = 15_000;
/** Faults that are kept and told: one mistake may spoil thousands of inputs. */
const KEPT = 20;

export interface FuzzRun extends Tally {
  /** How many inputs went wrong, and the first of them. */
  readonly faulty: number;
  readonly faults: readonly (Fault & { readonly saved: string })[];
}

/** Inputs `0 … inputs` of the run `seed`. */
export async function runFuzz(
  inputs: number,
  {
    seed = 1,
    processes = 1,
    fieldData = process.env.FIRSTBREAK_FIELD_DATA,
  }: { seed?: number; processes?: number; fieldData?: string | undefined } = {},
): Promise<FuzzRun> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-fuzz-'));
  const tallies: Tally[] = [];
  const faults: Fault[] = [];
  let next = 0;
  const worker = async (name: string) => {
    while (next < inputs) {
      const from = next;
      const to = (next = Math.min(inputs, next + BATCH));
      for (let at = from; at < to; ) {
        const end = await batch({
          seed,
          from: at,
          to,
          progress: join(folder, name),
          fieldData,
          fault: (f) => faults.push(f),
        });
        if (end.tally) tallies.push(end.tally);
        at = end.next;
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, (_, i) => worker(`progress-${i}`)));
  const most = (value: (tally: Tally) => number) => tallies.reduce((top, tally) => Math.max(top, value(tally)), 0);
  const sum = (value: (tally: Tally) => number) => tallies.reduce((total, tally) => total + value(tally), 0);
  const kept = faults.length ? await save(folder, seed, faults.slice(0, KEPT), fieldData) : [];
  if (!kept.length) rmSync(folder, { recursive: true, force: true });
  return {
    inputs,
    read: sum(({ read }) => read),
    picked: sum(({ picked }) => picked),
    slowestMs: most(({ slowestMs }) => slowestMs),
    peakMiB: most(({ peakMiB }) => peakMiB),
    faulty: faults.length,
    faults: kept,
  };
}

interface Batch {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly progress: string;
  readonly fieldData: string | undefined;
  readonly fault: (fault: Fault) => void;
}

/** One process; where it ended early, `next` is the input after the one it died of. */
async function batch({ seed, from, to, progress, fieldData, fault }: Batch): Promise<{ next: number; tally?: Tally }> {
  const { FIRSTBREAK_FIELD_DATA: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=768', CHILD, String(seed), String(from), String(to), progress],
    { stdio: ['ignore', 'pipe', 'pipe'], env: fieldData ? { ...env, FIRSTBREAK_FIELD_DATA: fieldData } : env },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err = (err + chunk).slice(-2000)));
  let hung = false;
  let seen = { index: '', since: performance.now() };
  const watch = setInterval(() => {
    const index = placeOf(progress);
    if (index !== seen.index) seen = { index, since: performance.now() };
    else if (performance.now() - seen.since > HANG) hung = child.kill('SIGKILL');
  }, 500);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(watch);
  let tally: Tally | undefined;
  for (const line of out.split('\n').filter((text) => text !== '')) {
    const said: Fault | Tally = JSON.parse(line);
    if ('kind' in said) fault(said);
    else tally = said;
  }
  if (tally) return { next: to, tally };
  const index = Number.parseInt(placeOf(progress), 10);
  if (!(index >= from)) throw new Error(`the fuzz process did not start: ${err}`);
  const message = hung
    ? `no end within ${HANG} ms`
    : `exit code ${code}: ${err.trim().split('\n').slice(0, 6).join(' ')}`;
  fault({ index, input: '', kind: hung ? 'hang' : 'crash', message });
  return { next: index + 1 };
}

function placeOf(progress: string): string {
  try {
    return readFileSync(progress, 'latin1').trim();
  } catch {
    return '';
  }
}

/** Keeps the inputs that went wrong. */
async function save(folder: string, seed: number, faults: readonly Fault[], fieldData: string | undefined) {
  const seeds = await sounds(fieldData);
  return faults.map((fault) => {
    const { name, bytes } = damaged(seeds, seed, fault.index);
    const saved = join(folder, `${seed}-${fault.index}.bin`);
    writeFileSync(saved, bytes);
    return { ...fault, input: name, saved };
  });
}

export const faultLine = ({ kind, index, input, message, saved }: FuzzRun['faults'][number]): string =>
  `${kind} at input ${index}, ${input}: ${message}; kept as ${saved}`;

const INPUTS = 100_000;

export async function* fuzz(): AsyncGenerator<BenchResult> {
  const seed = 20260601;
  const processes = Math.min(2, availableParallelism());
  const started = performance.now();
  const run = await runFuzz(INPUTS, { seed, processes });
  const seconds = (performance.now() - started) / 1000;
  for (const fault of run.faults) process.stderr.write(`${faultLine(fault)}\n`);
  const context = {
    seed,
    inputs: run.inputs,
    giveShots: run.read,
    shotsPicked: run.picked,
    conformanceFiles: process.env.FIRSTBREAK_FIELD_DATA ? 'yes' : 'no',
  };
  const once = (name: string, value: number, unit: string): BenchResult => ({
    name,
    value,
    unit,
    n: 1,
    p50: value,
    p95: value,
    context,
  });
  yield once('fuzz-faults', run.faulty, 'inputs');
  yield once('fuzz-slowest-input', run.slowestMs, 'ms');
  yield once('fuzz-memory', run.peakMiB, 'MiB');
  yield once('fuzz-speed', run.inputs / seconds, 'inputs/s');
}
