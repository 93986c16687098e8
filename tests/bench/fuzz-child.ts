/**
 * One process of the fuzz run: `node fuzz-child.ts SEED FROM TO PROGRESS-FILE`. Reads each damaged file and picks what it gets;
 * writes the input it is at into the progress file, and what went wrong, a JSON object a line, to stdout.
 */
import { openSync, writeSync } from 'node:fs';
import { isRecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import type { Shot, TimedShot } from '#shared/gather.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { memorySource } from '#shared/source.ts';
import { damaged, sounds } from './fuzz-inputs.ts';

/** Milliseconds for one input. */
export const TOO_SLOW = 2000;
/** MiB of the process. */
export const TOO_LARGE = 1024;
/** Shots of more samples are read but not picked. */
const SMALL = 100_000;

export interface Fault {
  readonly index: number;
  readonly input: string;
  readonly kind: 'untyped' | 'slow' | 'large' | 'hang' | 'crash' | 'wrong';
  readonly message: string;
}

export interface Tally {
  readonly inputs: number;
  /** Gave at least one shot; the others ended in a typed error. */
  readonly read: number;
  readonly picked: number;
  readonly slowestMs: number;
  readonly peakMiB: number;
}

class Wrong extends Error {}

/** Reads and picks one file. @returns shots and how many were picked; anything but a RecordError is thrown on */
async function attempt(bytes: Uint8Array): Promise<{ shots: number; picked: number }> {
  let shots = 0;
  let picked = 0;
  try {
    const recording = await open(memorySource('input', bytes));
    for await (const shot of recording.shots()) {
      shots++;
      check(shot);
      if (shot.sampleInterval === undefined || shot.amplitudes.length > SMALL) continue;
      const { picks } = await pickShot('input', shot, classicalPicker);
      picked++;
      if (picks.length !== shot.traces.length)
        throw new Wrong(`${picks.length} picks for ${shot.traces.length} traces`);
      for (const pick of picks)
        if (pick.kind === 'picked' && !(Number.isFinite(pick.time) && pick.confidence >= 0 && pick.confidence <= 1))
          throw new Wrong(`a pick at ${pick.time} ms, confidence ${pick.confidence}; ${described(shot as TimedShot)}`);
    }
  } catch (error) {
    if (!isRecordError(error)) throw error;
    if (!error.message.startsWith('input: ') || error.message.includes('\n'))
      throw new Wrong(`an error that is no line of its own: ${JSON.stringify(error.message)}`);
  }
  return { shots, picked };
}

/** What every reader promises of a shot. */
function check(shot: Shot): void {
  const wrong = (what: string) => {
    throw new Wrong(`${what}; ${described(shot)}`);
  };
  if (shot.amplitudes.length !== shot.traces.length * shot.samples) wrong(`${shot.amplitudes.length} amplitudes`);
  if (shot.sampleInterval !== undefined && !(shot.sampleInterval > 0 && Number.isFinite(shot.sampleInterval)))
    wrong('an impossible interval');
  if (!Number.isFinite(shot.firstSample.time)) wrong('no time of the first sample');
  if (shot.traces.length === 0) wrong('no traces');
  for (const { start, count } of shot.traces)
    if (!(start >= 0 && count >= 0 && start + count <= shot.samples)) wrong(`a trace from ${start}, ${count} long`);
}

const described = ({ traces, samples, sampleInterval, firstSample }: Shot) =>
  `${traces.length} traces of ${samples} samples, ${sampleInterval} ms, from ${firstSample.time} ms`;

async function main([seed, from, to, progress]: readonly string[]): Promise<void> {
  const seeds = await sounds(process.env.FIRSTBREAK_FIELD_DATA);
  const place = openSync(progress, 'w');
  const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);
  let [read, picked, slowestMs, peakMiB] = [0, 0, 0, 0];
  for (let index = Number(from); index < Number(to); index++) {
    writeSync(place, String(index).padEnd(12), 0);
    const { name, bytes } = damaged(seeds, Number(seed), index);
    const fault = (kind: Fault['kind'], message: string) => say({ index, input: name, kind, message } satisfies Fault);
    try {
      let { ms, result } = await timed(bytes);
      // Once more, in case the machine was busy elsewhere.
      if (ms > TOO_SLOW) ({ ms, result } = await timed(bytes));
      if (ms > TOO_SLOW) fault('slow', `${Math.round(ms)} ms`);
      slowestMs = Math.max(slowestMs, ms);
      read += Math.min(1, result.shots);
      picked += result.picked;
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      fault(error instanceof Wrong ? 'wrong' : 'untyped', stack.split('\n').slice(0, 4).join(' '));
    }
    const peak = process.resourceUsage().maxRSS / 1024;
    if (peak > TOO_LARGE && peakMiB <= TOO_LARGE) fault('large', `${Math.round(peak)} MiB`);
    peakMiB = Math.max(peakMiB, peak);
  }
  say({ inputs: Number(to) - Number(from), read, picked, slowestMs, peakMiB } satisfies Tally);
}

async function timed(bytes: Uint8Array) {
  const started = performance.now();
  const result = await attempt(bytes);
  return { ms: performance.now() - started, result };
}

if (import.meta.main) await main(process.argv.slice(2));
