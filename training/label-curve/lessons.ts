/**
 * What a picker learns from few labels: windows of the labelled traces, cut from shots that were augmented beforehand; and for
 * one that has learnt from synthetic shots, some of those among them, so that few labels do not undo what it knows.
 */
import { USUAL } from '../data/augment.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { copyInto } from '../picker/batches.ts';
import type { Batch } from '../picker/gradients.ts';
import { syntheticBatch } from '../picker/synthetic-batches.ts';
import { emptyBatch, fillWindow } from '../picker/windows.ts';
import { type Dice, diceOf } from '../synthetic/dice.ts';
import type { PartlyLabelled } from './amounts.ts';

/** Augmented once for all cells of a curve: the guides of a changed shot cost more than its windows. */
export const COPIES = 12;

/** Copies of the shots of a site, made when they are first asked for and remembered. */
export function copiesOf(
  shots: readonly LabelledShot[],
  count = COPIES,
): (labelled: LabelledShot) => readonly LabelledShot[] {
  const made = new Map<LabelledShot, readonly LabelledShot[]>();
  return (labelled) => {
    const known = made.get(labelled);
    if (known) return known;
    const number = shots.indexOf(labelled);
    const fresh = Array.from({ length: count }, (_, k) => USUAL(labelled, diceOf(COPIES_WORD, number, k)));
    made.set(labelled, fresh);
    return fresh;
  };
}
const [COPIES_WORD, WINDOWS_WORD] = [41, 42];

/** Windows drawn before a set of labels is given up. */
const TRIES = 400;

export interface LessonSize {
  readonly windows: number;
  readonly traces: number;
}

/** Not the shots that runs of small seeds have learnt from. */
const SYNTHETIC_SEED = 41_000_000;

/** Synthetic windows of a batch, made when they are first asked for and remembered: the same for all cells of a seed. */
export function syntheticLessons(traces: number): (windows: number, seed: number, k: number) => Batch {
  const made = new Map<string, Batch>();
  return (windows, seed, k) => {
    const key = `${windows} ${seed} ${k}`;
    const batch =
      made.get(key) ?? syntheticBatch(SYNTHETIC_SEED + seed, 'learning', k, { windows, traces, windowsPerShot: 3 });
    made.set(key, batch);
    return batch;
  };
}

/** Batch k of a seed: each label leads to as many windows as any other, and each window shows one at least. */
export function lessonOf(
  given: readonly PartlyLabelled[],
  copies: (labelled: LabelledShot) => readonly LabelledShot[],
  { windows, traces }: LessonSize,
  seed: number,
  k: number,
  kept?: { readonly share: number; readonly made: ReturnType<typeof syntheticLessons> },
): Batch {
  const dice = diceOf(seed, WINDOWS_WORD, k);
  const batch = emptyBatch(windows, traces);
  const { seen } = batch.targets;
  const synthetic = Math.round((kept?.share ?? 0) * windows);
  if (kept && synthetic > 0) copyInto(batch, kept.made(synthetic, seed, k));
  for (let at = synthetic, tries = 0; at < windows; tries++) {
    if (tries === TRIES)
      throw new Error(`expected windows around ${given.length} labelled shots, found none in ${TRIES}`);
    const { labelled, known } = byLabels(given, dice);
    const copy = dice.pick(copies(labelled));
    const masked = copy.labels.map((label, i) =>
      known.has(copy.shot.traces[i].index) ? label : { kind: 'unknown' as const },
    );
    if (!fillWindow(batch, at, { ...copy, labels: masked }, dice)) continue;
    if (seen.subarray(at * traces, (at + 1) * traces).includes(1)) at++;
  }
  return batch;
}

function byLabels(given: readonly PartlyLabelled[], dice: Dice): PartlyLabelled {
  let left = dice.uniform(
    0,
    given.reduce((sum, { labels }) => sum + labels, 0),
  );
  return given.find(({ labels }) => (left -= labels) < 0) ?? given[given.length - 1];
}
