/** Everything a run needs to go on as if it had never stopped: weights, statistics, the optimiser, and the settings. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { writeWhole } from '../files.ts';
import { emptyParameters, type Parameters } from '../picker/parameters.ts';
import type { BatchSize } from '../picker/synthetic-batches.ts';
import { type PickerConfig, pickerLayout } from '../picker.ts';
import type { AdamState, Schedule } from './adamw.ts';
import { type NamedArray, readSafetensors, writeSafetensors } from './safetensors.ts';

/** What decides the numbers of a run; two runs with the same settings on one backend give the same curve. */
export interface RunSettings {
  readonly seed: number;
  readonly picker: PickerConfig;
  readonly batch: BatchSize;
  readonly schedule: Schedule;
}

export interface Validation {
  readonly loss: number;
  /** Share of visible breaks whose best sample lies within 1, 2 and 5 samples. */
  readonly within: Readonly<Record<1 | 2 | 5, number>>;
}

export interface Checkpoint {
  readonly settings: RunSettings;
  /** Steps taken. */
  readonly step: number;
  readonly parameters: Parameters;
  readonly adam: AdamState;
  /** The lowest validation loss so far. */
  readonly best: number | undefined;
  /** Of this state, where it was validated. */
  readonly validation?: Validation;
}

const SCHEMA = 'firstbreak.checkpoint/1';
export const LAST = 'last.safetensors';
export const BEST = 'best.safetensors';

export function writeCheckpoint(
  path: string,
  { settings, step, parameters, adam, best, validation }: Checkpoint,
): void {
  const arrays = new Map<string, NamedArray>();
  for (const { name, shape } of parameters.specs) arrays.set(name, { shape, values: parameters.byName.get(name)! });
  arrays.set('adam.mean', { shape: [adam.mean.length], values: adam.mean });
  arrays.set('adam.square', { shape: [adam.square.length], values: adam.square });
  const metadata = { schema: SCHEMA, run: JSON.stringify({ settings, step, adamSteps: adam.steps, best, validation }) };
  writeWhole(path, writeSafetensors({ metadata, arrays }));
}

/** @throws RecordError */
export function readCheckpoint(path: string): Checkpoint {
  if (!existsSync(path)) throw new RecordError('unreadable', path, 'expected a checkpoint, found no such file');
  const { metadata, arrays } = readSafetensors(readFileSync(path), path);
  if (metadata.schema !== SCHEMA)
    throw new RecordError('malformed', path, `expected ${SCHEMA}, found ${metadata.schema ?? 'no schema'}`);
  const { settings, step, adamSteps, best, validation } = JSON.parse(metadata.run);
  const parameters = emptyParameters(pickerLayout(settings.picker).parameters);
  const fill = (name: string, into: Float32Array) => {
    const found = arrays.get(name)?.values.length ?? 0;
    if (found !== into.length)
      throw new RecordError('malformed', path, `${name}: expected ${into.length} values, found ${found}`);
    into.set(arrays.get(name)!.values);
  };
  for (const { name } of parameters.specs) fill(name, parameters.byName.get(name)!);
  const adam = {
    steps: adamSteps,
    mean: new Float32Array(parameters.learnt.length),
    square: new Float32Array(parameters.learnt.length),
  };
  fill('adam.mean', adam.mean);
  fill('adam.square', adam.square);
  return { settings, step, parameters, adam, best, ...(validation ? { validation } : {}) };
}

/** The state to use of a run: the one that did best in validation, else the last. */
export function bestCheckpoint(run: string): Checkpoint {
  const best = join(run, BEST);
  return readCheckpoint(existsSync(best) ? best : join(run, LAST));
}
