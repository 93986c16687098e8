/**
 * A run of one or several networks that learn without labels, as it is kept: for each its weights, their mean and its
 * optimiser, with the settings and what was learnt from. The files have the names and the format of a picker's run.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { writeWhole } from '../files.ts';
import type { ParameterSpec } from '../network/layers.ts';
import { copyParameters, emptyParameters, type Parameters, startParameters } from '../network/parameters.ts';
import { type AdamState, startAdam } from '../train/adamw.ts';
import { BEST, type Effort, LAST } from '../train/checkpoint.ts';
import { type NamedArray, readSafetensors, writeSafetensors } from '../train/safetensors.ts';
import type { CorpusRecord } from './corpus.ts';

export type PretrainKind = 'autoencoder' | 'gan';

export interface LearningNetwork {
  /** Means over the last steps, see `train/average.ts`: what is used. */
  readonly parameters: Parameters;
  /** What the optimiser steps on. */
  readonly learning: Parameters;
  readonly adam: AdamState;
}

export interface PretrainState<S, N extends string = string> {
  readonly kind: PretrainKind;
  readonly settings: S;
  readonly step: number;
  readonly networks: Readonly<Record<N, LearningNetwork>>;
  readonly corpus: CorpusRecord;
  readonly effort: Effort;
  /** Of the last look; plain data. */
  readonly look?: unknown;
}

export function startNetwork(specs: readonly ParameterSpec[], seed: number): LearningNetwork {
  const learning = startParameters(specs, seed);
  const parameters = emptyParameters(specs);
  copyParameters(learning, parameters);
  return { parameters, learning, adam: startAdam(learning.learnt.length) };
}

const SCHEMA = 'firstbreak.pretraining/1';
/** Between the name of a network and that of an array. */
const SLASH = '/';
/** Arrays of the optimiser and of the weights of the step, whole. */
const FLAT = ['learning.learnt', 'learning.statistics', 'adam.mean', 'adam.square'] as const;

const flatOf = ({ learning, adam }: LearningNetwork): Readonly<Record<(typeof FLAT)[number], Float32Array>> => ({
  'learning.learnt': learning.learnt,
  'learning.statistics': learning.statistics,
  'adam.mean': adam.mean,
  'adam.square': adam.square,
});

export function writePretrain<S, N extends string>(path: string, state: PretrainState<S, N>): void {
  const { networks, ...plain } = state;
  const arrays = new Map<string, NamedArray>();
  const adamSteps: Record<string, number> = {};
  for (const [network, learner] of Object.entries<LearningNetwork>(networks)) {
    adamSteps[network] = learner.adam.steps;
    const { specs, byName } = learner.parameters;
    for (const { name, shape } of specs) arrays.set(network + SLASH + name, { shape, values: byName.get(name)! });
    for (const [name, values] of Object.entries(flatOf(learner)))
      arrays.set(network + SLASH + name, { shape: [values.length], values });
  }
  writeWhole(
    path,
    writeSafetensors({ metadata: { schema: SCHEMA, run: JSON.stringify({ ...plain, adamSteps }) }, arrays }),
  );
}

/**
 * @param kind of run that is expected
 * @param specsOf the arrays of each network of such settings
 * @throws RecordError
 */
export function readPretrain<S, N extends string>(
  path: string,
  kind: PretrainKind,
  specsOf: (settings: S) => Readonly<Record<N, readonly ParameterSpec[]>>,
): PretrainState<S, N> {
  const { run, arrays } = readRun(path);
  if (run.kind !== kind)
    throw new RecordError('malformed', path, `expected a run of ${articled(kind)}, found one of ${articled(run.kind)}`);
  const { adamSteps, ...plain } = run;
  const networks = {} as Record<N, LearningNetwork>;
  for (const [network, specs] of Object.entries(specsOf(run.settings as S)) as [N, readonly ParameterSpec[]][]) {
    const learner: LearningNetwork = {
      parameters: emptyParameters(specs),
      learning: emptyParameters(specs),
      adam: startAdam(emptyParameters(specs).learnt.length, adamSteps[network]),
    };
    const fill = (name: string, into: Float32Array) => {
      const found = arrays.get(network + SLASH + name)?.values;
      if (found?.length !== into.length)
        throw new RecordError(
          'malformed',
          path,
          `${network}/${name}: expected ${into.length} values, found ${found?.length ?? 'none'}`,
        );
      into.set(found);
    };
    for (const { name } of specs) fill(name, learner.parameters.byName.get(name)!);
    for (const [name, into] of Object.entries(flatOf(learner))) fill(name, into);
    networks[network] = learner;
  }
  return { ...plain, networks } as PretrainState<S, N>;
}

/** The state to use of a run: the one that did best, else the last. @throws RecordError */
export function bestFile(run: string): string {
  const best = join(run, BEST);
  return existsSync(best) ? best : join(run, LAST);
}

interface RunRecord {
  readonly kind: PretrainKind;
  readonly settings: unknown;
  readonly step: number;
  readonly corpus: CorpusRecord;
  readonly adamSteps: Readonly<Record<string, number>>;
}

function readRun(path: string) {
  if (!existsSync(path)) throw new RecordError('unreadable', path, 'expected a checkpoint, found no such file');
  const { metadata, arrays } = readSafetensors(readFileSync(path), path);
  if (metadata.schema !== SCHEMA)
    throw new RecordError('malformed', path, `expected ${SCHEMA}, found ${metadata.schema ?? 'no schema'}`);
  return { run: JSON.parse(metadata.run) as RunRecord, arrays };
}

const articled = (kind: PretrainKind) => (kind === 'autoencoder' ? 'an autoencoder' : 'a GAN');

/** The weights of any run, by network and name, for another network to begin with. */
export interface RunWeights {
  readonly kind: 'picker' | PretrainKind;
  readonly step: number;
  /** As the run recorded them. */
  readonly settings: unknown;
  /** Of a run without labels. */
  readonly corpus?: CorpusRecord;
  /** `picker`, `autoencoder`, or `generator` and `discriminator`. */
  readonly networks: ReadonlyMap<string, ReadonlyMap<string, NamedArray>>;
}

/** @param run folder of any run @throws RecordError */
export function readWeights(run: string): RunWeights {
  const path = bestFile(run);
  if (!existsSync(path))
    throw new RecordError('unreadable', run, `expected the folder of a run with ${LAST}, found none`);
  const { metadata, arrays } = readSafetensors(readFileSync(path), path);
  if (!metadata.run) throw new RecordError('malformed', path, 'expected a checkpoint of a run, found another file');
  const { step, settings, kind = 'picker', corpus } = JSON.parse(metadata.run) as Partial<RunRecord>;
  const networks = new Map<string, Map<string, NamedArray>>();
  for (const [full, array] of arrays) {
    const at = full.indexOf(SLASH);
    const [network, name] = at < 0 ? [kind, full] : [full.slice(0, at), full.slice(at + 1)];
    if ((FLAT as readonly string[]).includes(name)) continue;
    if (!networks.has(network)) networks.set(network, new Map());
    networks.get(network)!.set(name, array);
  }
  return { kind, step: step ?? 0, settings, ...(corpus && { corpus }), networks };
}
