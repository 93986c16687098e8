/** One cell of a curve: a picker learns from the labels it is given, then picks shots it has never seen, as it would in the field. */
import * as ort from 'onnxruntime-web';
import type { TimedShot } from '#shared/gather.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { type Guide, guideAt, guideOf } from '#shared/picking/classical.ts';
import { type Guides, neuralPicker } from '#shared/picking/neural.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { ms } from '#shared/units.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { askedOf, isHit, type PickedGather, picked } from '../evaluate/outcomes.ts';
import { pickerGraph } from '../export/graph.ts';
import { onnxModel } from '../export/onnx.ts';
import { copyParameters, emptyParameters, type Parameters } from '../network/parameters.ts';
import { traceMultiple } from '../network/unet.ts';
import type { Batch } from '../picker/gradients.ts';
import type { PickerConfig } from '../picker.ts';
import { type Schedule, startAdam } from '../train/adamw.ts';
import { type Learner, learn } from '../train/step.ts';
import type { HeldBack } from '../transfer/pace.ts';

export const TOLERANCES_MS = [1, 2, 3, 5, 10] as const;
export type Tolerance = (typeof TOLERANCES_MS)[number];

/** What a cell begins with. */
export interface Beginner {
  readonly picker: PickerConfig;
  readonly start: Parameters;
  readonly pace: HeldBack | undefined;
  readonly schedule: Schedule;
}

/** @param lesson batch k */
export async function taught(
  { picker, start, pace, schedule }: Beginner,
  lesson: (k: number) => Batch,
): Promise<Parameters> {
  const copy = (from: Parameters) => {
    const to = emptyParameters(from.specs);
    copyParameters(from, to);
    return to;
  };
  const learning = copy(start);
  let learner: Learner = { step: 0, parameters: copy(start), learning, adam: startAdam(learning.learnt.length) };
  while (learner.step < schedule.steps) {
    const { step, adam } = await learn(lesson(learner.step), learner, { picker, schedule, pace });
    learner = { ...learner, step, adam };
  }
  return learner.parameters;
}

/** The picker that `export` would write, in memory; it picks every trace, since what doubt is worth has to be learnt first. */
export async function inMemory(
  parameters: Parameters,
  config: PickerConfig,
  guides: Guides,
): Promise<{ readonly picker: Picker; close(): Promise<void> }> {
  const bytes = onnxModel(pickerGraph(parameters, config), { producer: 'firstbreak', version: '', metadata: {} });
  const runtime = await openOnnx(ort as unknown as Ort, 'onnx-web', bytes);
  const manifest = { name: 'learnt', calibration: [], input: { traceMultiple: traceMultiple(config) } };
  return { picker: neuralPicker({ manifest, runtime }, { guides, abstain: false }), close: () => runtime.close() };
}

/** Guides that are asked for again and again, for shots that stay the same objects. */
export function rememberedGuides(): Guides {
  const known = new WeakMap<TimedShot, Map<number, Guide>>();
  const remembered = (shot: TimedShot, factor: number, make: () => Guide): Guide => {
    const ofShot = known.get(shot) ?? new Map<number, Guide>();
    known.set(shot, ofShot);
    const guide = ofShot.get(factor) ?? make();
    ofShot.set(factor, guide);
    return guide;
  };
  return {
    guideOf: (shot, live) => remembered(shot, OWN, () => guideOf(shot, live)),
    guideAt: (shot, live, factor) => remembered(shot, factor, () => guideAt(shot, live, factor)),
  };
}
/** In place of a factor: the period that was measured, and what else `guideOf` tries. */
const OWN = 0;

export interface Hits {
  /** Traces that a person picked; one that was skipped is a miss. */
  readonly traces: number;
  /** Share of them that were picked at all. */
  readonly picked: number;
  readonly hitRateMs: Readonly<Record<Tolerance, number>>;
}

export async function hitsOn(test: readonly LabelledShot[], picker: Picker): Promise<Hits> {
  const gathers: PickedGather[] = [];
  for (const labelled of test) gathers.push(await picked(labelled, picker, 'onset'));
  const asked = askedOf(gathers);
  const share = (count: number) => count / Math.max(1, asked.length);
  return {
    traces: asked.length,
    picked: share(asked.filter(({ pick }) => pick.kind === 'picked').length),
    hitRateMs: Object.fromEntries(
      TOLERANCES_MS.map((t) => [t, share(asked.filter((each) => isHit(each, ms(t))).length)]),
    ) as Hits['hitRateMs'],
  };
}
