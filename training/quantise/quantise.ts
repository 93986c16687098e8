/** A model folder's smaller files, top to bottom: what flows through, integers in several ways, which of them pick alike. */
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import type { TimedShot } from '#shared/gather.ts';
import { checkGolden, readGolden } from '#shared/model/golden.ts';
import { type Agreement, type Artefact, type Manifest, sha256 } from '#shared/model/manifest.ts';
import { type Ort, openOnnx, type Runtime } from '#shared/model/runtime.ts';
import { changeManifest } from '../export/model-folder.ts';
import { type OnnxGraph, onnxModel } from '../export/onnx.ts';
import { readOnnx } from '../export/onnx-read.ts';
import { openFolder } from '../export/open-folder.ts';
import { tflite } from '../export/tflite.ts';
import { bytesOf, textOf, writeWhole } from '../files.ts';
import { RANGE_WAYS, type RangeWay } from './affine.ts';
import { BAR, type Compared, compared, holds, type Trial, trialPicker } from './agreement.ts';
import { syntheticWindows, windowsSeen } from './calibration.ts';
import { divergence, scoresOn } from './divergence.ts';
import { int8Graph } from './int8-graph.ts';
import { type LayerReport, layerReports } from './layers.ts';
import { observe } from './observe.ts';
import { CHOICES, type Choice, type Plan, planOf } from './plan.ts';
import { microsecondsATrace } from './speed.ts';
import { type Int8Kernel, int8Kernel } from './weights.ts';

export interface QuantiseInput {
  readonly folder: string;
  /** To learn ranges from, beside synthetic ones. */
  readonly shots: readonly TimedShot[];
  /** To pick with every choice. */
  readonly trials: readonly Trial[];
  /** @default 48 */
  readonly syntheticWindows?: number;
  /** @default 11 */
  readonly seed?: number;
  /** Most that a file may weigh, as a share of the floats. @default BAR.size */
  readonly size?: number;
  readonly say?: (line: string) => void;
}

export interface Tried {
  readonly choice: Choice;
  /** Mean divergence of the scores, nepers a trace. */
  readonly divergence: Readonly<Record<RangeWay, number>>;
  /** The way with the least of it. */
  readonly way: RangeWay;
  readonly onnxBytes: number;
  readonly tfliteBytes: number;
  /** Processor time. */
  readonly microsecondsATrace: number;
  readonly agreement: readonly Compared[];
  readonly holds: boolean;
}

export interface Quantised {
  readonly manifest: Manifest;
  readonly graph: OnnxGraph;
  readonly reference: { readonly bytes: number; readonly microsecondsATrace: number };
  readonly calibration: { readonly shots: number; readonly windows: number };
  /** Divergence of the scores with all kernels rounded: each weight to the nearest integer, and knowing what the kernel looks at. */
  readonly rounding: { readonly nearest: number; readonly knowing: number };
  readonly tried: readonly Tried[];
  /** undefined: none of them holds. */
  readonly chosen:
    | { readonly tried: Tried; readonly layers: readonly LayerReport[]; readonly goldenAway: number }
    | undefined;
}

/** Windows of the per-layer report. */
const LAYER_WINDOWS = 4;
/** Traces of a TFLite window, as long as nobody resizes its input. */
export const TFLITE_TRACES = 64;

/** Writes the files of the first choice that holds, and the manifest; nothing when there is none. */
export async function quantise({
  folder,
  shots,
  trials,
  syntheticWindows: synthetic = 48,
  seed = 11,
  size = BAR.size,
  say = () => {},
}: QuantiseInput): Promise<Quantised> {
  const opened = await openFolder(folder);
  const path = join(folder, opened.artefact.file);
  const { graph, facts } = readOnnx(bytesOf(path), path);
  const written = (plan: Plan) => onnxModel(int8Graph(graph, plan), facts);

  const windows = [...(await windowsSeen(shots, opened)), ...syntheticWindows(synthetic, seed)];
  const [learning, testing] = [0, 1].map((rest) => windows.filter((_, i) => i % 2 === rest));
  say(`${windows.length} windows of ${shots.length} shots and of synthetic ones`);
  const observed = await observe(graph, learning);
  const kernels = kernelsOf(graph, observed.moments);
  say(`${kernels.size} kernels rounded`);

  const picker = trialPicker(opened.manifest, trials);
  const reference = await picker.pick(opened.runtime);
  const scores = await scoresOn(testing, opened.runtime);
  say(`${trials.length} sets of shots picked with ${opened.artefact.file}`);

  const away = async (plan: Plan): Promise<number> => {
    const runtime = await openBytes(written(plan));
    const found = divergence(scores, await scoresOn(testing, runtime));
    await runtime.close();
    return found;
  };
  const rounding = {
    nearest: await away({ kernels: kernelsOf(graph), values: new Map() }),
    knowing: await away({ kernels, values: new Map() }),
  };

  const tried: Tried[] = [];
  const plans = new Map<Tried, Plan>();
  let speedOfReference = Number.POSITIVE_INFINITY;
  for (const choice of Object.keys(CHOICES) as Choice[]) {
    const ways = await waysOf(choice, (way) => planOf(graph, observed, kernels, choice, way), away);
    const { way, plan } = ways.best;
    const onnx = written(plan);
    const lite = tflite(graph, { description: facts.version, traces: TFLITE_TRACES }, plan);
    const runtime = await openBytes(onnx);
    const [before, own] = await microsecondsATrace([opened.runtime, runtime]);
    speedOfReference = Math.min(speedOfReference, before);
    const agreement = compared(trials, reference, await picker.pick(runtime));
    await runtime.close();
    const small = Math.max(onnx.length, lite.length) <= size * opened.artefact.bytes;
    const result: Tried = {
      choice,
      divergence: ways.divergence,
      way,
      onnxBytes: onnx.length,
      tfliteBytes: lite.length,
      microsecondsATrace: own,
      agreement,
      holds: small && holds(agreement),
    };
    tried.push(result);
    plans.set(result, plan);
    say(`${choice}: ${result.holds ? 'holds' : 'does not hold'}; ${worstOf(agreement)}`);
  }
  const best = tried.find((each) => each.holds);
  const about = {
    graph,
    reference: { bytes: opened.artefact.bytes, microsecondsATrace: speedOfReference },
    calibration: { shots: shots.length, windows: windows.length },
    rounding,
    tried,
  };
  if (!best) {
    await opened.runtime.close();
    return { ...about, manifest: opened.manifest, chosen: undefined };
  }
  const plan = plans.get(best)!;
  const layers = await layerReports(graph, observed, plan, testing.slice(0, LAYER_WINDOWS));
  const goldenAway = await goldenDistance(folder, written(plan));
  await opened.runtime.close();
  const lite = tflite(graph, { description: `${opened.manifest.name} ${facts.version}`, traces: TFLITE_TRACES }, plan);
  const manifest = await writeArtefacts(folder, written(plan), lite, best.agreement, goldenAway);
  return { ...about, manifest, chosen: { tried: best, layers, goldenAway } };
}

const worstOf = (agreement: readonly Compared[]): string => {
  if (agreement.length === 0) return 'nothing was picked';
  const worst = agreement.reduce((least, each) => (each.withinOneMs < least.withinOneMs ? each : least));
  return `least ${(100 * worst.withinOneMs).toFixed(2)} % within 1 ms (${worst.data})`;
};

export function kernelsOf(
  { nodes, constants }: OnnxGraph,
  moments: ReadonlyMap<string, Float64Array> = new Map(),
): ReadonlyMap<string, Int8Kernel> {
  const byName = new Map(constants.map((constant) => [constant.name, constant]));
  const names = nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[1]);
  return new Map(names.map((name) => [name, int8Kernel(byName.get(name)!, moments.get(name))]));
}

const openBytes = (bytes: Uint8Array): Promise<Runtime> => openOnnx(ort as unknown as Ort, 'onnx-web', bytes);

/** A plan for each way to choose ranges, and how far its scores are from those of floats. */
async function waysOf(choice: Choice, planBy: (way: RangeWay) => Plan, awayOf: (plan: Plan) => Promise<number>) {
  const found: { readonly way: RangeWay; readonly plan: Plan; readonly away: number }[] = [];
  for (const way of choice === 'weights only' ? RANGE_WAYS.slice(0, 1) : RANGE_WAYS) {
    const plan = planBy(way);
    found.push({ way, plan, away: await awayOf(plan) });
  }
  const best = found.reduce((least, each) => (each.away < least.away ? each : least));
  const of = (way: RangeWay) => (found.find((each) => each.way === way) ?? best).away;
  return {
    best,
    divergence: Object.fromEntries(RANGE_WAYS.map((way) => [way, of(way)])) as Readonly<Record<RangeWay, number>>,
  };
}

async function goldenDistance(folder: string, bytes: Uint8Array): Promise<number> {
  const path = join(folder, 'golden.json');
  const runtime = await openBytes(bytes);
  const away = await checkGolden(readGolden(textOf(path), path), runtime, path);
  await runtime.close();
  return away;
}

/** Other processors round integers elsewhere: twice what was found is allowed, in two digits. */
const toleranceOf = (away: number): number => Number((2 * away).toPrecision(2));

async function writeArtefacts(
  folder: string,
  onnx: Uint8Array,
  lite: Uint8Array,
  found: readonly Compared[],
  goldenAway: number,
): Promise<Manifest> {
  const agreement = found.map(
    ({ data, withinOneMs, hitRateChange }): Agreement => ({
      data,
      withinOneMs,
      ...(hitRateChange !== undefined && { hitRateChange }),
    }),
  );
  const artefact = async (file: string, kind: Artefact['kind'], bytes: Uint8Array): Promise<Artefact> => ({
    file,
    kind,
    precision: 'int8',
    bytes: bytes.length,
    sha256: await sha256(bytes),
    goldenTolerance: toleranceOf(goldenAway),
    ...(kind === 'tflite' && { windowTraces: TFLITE_TRACES }),
    agreement,
  });
  const made = [await artefact('model.int8.onnx', 'onnx', onnx), await artefact('model.tflite', 'tflite', lite)];
  writeWhole(join(folder, made[0].file), onnx);
  writeWhole(join(folder, made[1].file), lite);
  return changeManifest(folder, (manifest) => ({
    ...manifest,
    artefacts: [...manifest.artefacts.filter(({ file }) => made.every((each) => each.file !== file)), ...made],
  }));
}
