/** Everything a run needs to go on as if it had never stopped: weights, their mean, statistics, the optimiser, and the settings. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { writeWhole } from '../files.ts';
import { copyParameters, emptyParameters, type Parameters } from '../network/parameters.ts';
import type { BatchSize } from '../picker/synthetic-batches.ts';
import { type PickerConfig, pickerLayout } from '../picker.ts';
import type { CorpusRecord } from '../pretrain/corpus.ts';
import type { Moved } from '../transfer/move.ts';
import type { OriginRecord } from '../transfer/origin.ts';
import type { HeldBack } from '../transfer/pace.ts';
import { type AdamState, type Schedule, startAdam } from './adamw.ts';
import type { SiteRecord } from './field.ts';
import { type NamedArray, readSafetensors, writeSafetensors } from './safetensors.ts';
import type { TeacherRecord } from './teacher.ts';

/** What decides the numbers of a run; two runs with the same settings on one backend give the same curve. */
export interface RunSettings {
  readonly seed: number;
  readonly picker: PickerConfig;
  readonly batch: BatchSize;
  readonly schedule: Schedule;
  /** Sites learnt from besides synthetic shots, and their share of the windows. */
  readonly field?: { readonly share: number; readonly sites: readonly SiteRecord[] };
  /** Sites that are never learnt from, but have a say in which state is the best. */
  readonly watch?: readonly SiteRecord[];
  /** A model that was followed beside the labels. */
  readonly teacher?: TeacherRecord;
  /** Looks without a better one after which the run ends. */
  readonly patience?: number;
  /** The run, and its step, that this one began with; from nothing without it. */
  readonly from?: { readonly step: number; readonly settings: RunSettings };
  /** What moved from that run, or from one without labels, and how fast it learns on. */
  readonly transfer?: TransferSettings;
}

export interface TransferSettings extends HeldBack, Moved {
  /** undefined: the run under `from`. */
  readonly origin?: OriginRecord;
  /** Networks of the run that were moved. */
  readonly part: string;
}

/** Sites that weights of such a run have learnt from, here or in a run before. */
export function sitesLearnt({ field, from }: RunSettings): readonly SiteRecord[] {
  const before = from ? sitesLearnt(from.settings) : [];
  const here = field?.sites ?? [];
  return [...before.filter(({ digest }) => !here.some((site) => site.digest === digest)), ...here];
}

/** Gathers without labels that a run began with, here or in a run before. */
export const corporaSeen = ({ from, transfer }: RunSettings): readonly CorpusRecord[] => [
  ...(from ? corporaSeen(from.settings) : []),
  ...(transfer?.origin ? [transfer.origin.corpus] : []),
];

/** Sites that a teacher has seen, here or in a run before: what it says holds something of them. */
const sitesTaught = ({ teacher, from }: RunSettings): readonly string[] => [
  ...(from ? sitesTaught(from.settings) : []),
  ...(teacher?.sites ?? []),
];

/** Names of all sites whose shots the weights have seen, with labels or without, or heard of from a teacher. */
export const sitesSeen = (settings: RunSettings): readonly string[] => [
  ...new Set([
    ...corporaSeen(settings).flatMap(({ sites }) => sites.map(({ name }) => name)),
    ...sitesLearnt(settings).map(({ name }) => name),
    ...sitesTaught(settings),
  ]),
];

export interface Look {
  readonly loss: number;
  /** Share of visible breaks whose best sample lies within 1, 2 and 5 samples. */
  readonly within: Readonly<Record<1 | 2 | 5, number>>;
}

/** On synthetic windows, and on those of the watched sites. */
export interface Validation extends Look {
  readonly watched?: Look;
}

/** Time of all steps behind the weights, those of runs before this one too, and what computed them. */
export interface Effort {
  readonly hours: number;
  readonly backends: readonly string[];
}

/** A picker at some step of its run, as it is used. */
export interface Checkpoint {
  readonly settings: RunSettings;
  /** Steps taken. */
  readonly step: number;
  /** Means over the last steps, see `average.ts`. */
  readonly parameters: Parameters;
  readonly effort?: Effort;
  /** Of this state, where it was validated. */
  readonly validation?: Validation;
}

export interface Best {
  readonly step: number;
  readonly hitRate: number;
  /** Looks since then. */
  readonly since: number;
}

export interface RunState extends Checkpoint {
  readonly effort: Effort;
  /** What the optimiser steps on. */
  readonly learning: Parameters;
  readonly adam: AdamState;
  readonly best: Best | undefined;
}

const SCHEMA = 'firstbreak.checkpoint/2';
/** Without means of the weights, `best` by the loss: its runs go on, and their means begin where they are. */
const SCHEMA_1 = 'firstbreak.checkpoint/1';
export const LAST = 'last.safetensors';
export const BEST = 'best.safetensors';

export function writeCheckpoint(
  path: string,
  { settings, step, parameters, effort, learning, adam, best, validation }: RunState,
): void {
  const arrays = new Map<string, NamedArray>();
  for (const { name, shape } of parameters.specs) arrays.set(name, { shape, values: parameters.byName.get(name)! });
  const flat = {
    'learning.learnt': learning.learnt,
    'learning.statistics': learning.statistics,
    'adam.mean': adam.mean,
    'adam.square': adam.square,
  };
  for (const [name, values] of Object.entries(flat)) arrays.set(name, { shape: [values.length], values });
  const run = JSON.stringify({ settings, step, effort, adamSteps: adam.steps, best, validation });
  const metadata = { schema: SCHEMA, run };
  writeWhole(path, writeSafetensors({ metadata, arrays }));
}

/** @throws RecordError */
export function readCheckpoint(path: string): RunState {
  if (!existsSync(path)) throw new RecordError('unreadable', path, 'expected a checkpoint, found no such file');
  const { metadata, arrays } = readSafetensors(readFileSync(path), path);
  if (metadata.schema !== SCHEMA && metadata.schema !== SCHEMA_1)
    throw new RecordError('malformed', path, `expected ${SCHEMA}, found ${metadata.schema ?? 'no schema'}`);
  const first = metadata.schema === SCHEMA_1;
  const { settings, step, effort = { hours: 0, backends: [] }, adamSteps, best, validation } = JSON.parse(metadata.run);
  const { parameters: specs } = pickerLayout(settings.picker);
  const parameters = emptyParameters(specs);
  const learning = emptyParameters(specs);
  const adam = startAdam(learning.learnt.length, adamSteps);
  const fill = (name: string, into: Float32Array) => {
    const found = arrays.get(name)?.values.length ?? 0;
    if (found !== into.length)
      throw new RecordError('malformed', path, `${name}: expected ${into.length} values, found ${found}`);
    into.set(arrays.get(name)!.values);
  };
  for (const { name } of specs) fill(name, parameters.byName.get(name)!);
  if (first) copyParameters(parameters, learning);
  else {
    fill('learning.learnt', learning.learnt);
    fill('learning.statistics', learning.statistics);
  }
  fill('adam.mean', adam.mean);
  fill('adam.square', adam.square);
  return {
    settings,
    step,
    parameters,
    effort,
    learning,
    adam,
    best: first ? undefined : best,
    ...(validation ? { validation } : {}),
  };
}

/** The state to use of a run: the one that did best in validation, else the last. */
export function bestCheckpoint(run: string): Checkpoint {
  const best = join(run, BEST);
  return readCheckpoint(existsSync(best) ? best : join(run, LAST));
}
