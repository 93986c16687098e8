/** What a picker learns from few labels: windows of the labelled traces alone, cut from shots that were augmented beforehand. */
import { USUAL } from '../data/augment.ts';
import type { LabelledShot } from '../data/labelled.ts';
import type { Batch } from '../picker/gradients.ts';
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

/** Batch k of a seed: each label leads to as many windows as any other, and each window shows one at least. */
export function lessonOf(
  given: readonly PartlyLabelled[],
  copies: (labelled: LabelledShot) => readonly LabelledShot[],
  { windows, traces }: LessonSize,
  seed: number,
  k: number,
): Batch {
  const dice = diceOf(seed, WINDOWS_WORD, k);
  const batch = emptyBatch(windows, traces);
  const { seen } = batch.targets;
  for (let at = 0, tries = 0; at < windows; tries++) {
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
