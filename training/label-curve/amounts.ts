/** How many labels of a pool of shots are given: a share of them, or whole shots. Larger amounts hold the labels of smaller ones. */
import { UsageError } from '#shared/options.ts';
import type { Label, LabelledShot } from '../data/labelled.ts';
import { type Dice, diceOf } from '../synthetic/dice.ts';

export type Amount =
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'shots'; readonly shots: number };

/** `5`: per cent of the labels; `1shot`, `3shots`: whole shots. @throws UsageError */
export function amountOf(word: string): Amount {
  const [, number, shots] = /^(\d+(?:\.\d+)?)(shots?)?$/.exec(word) ?? [];
  const value = Number(number);
  if (shots ? Number.isInteger(value) && value > 0 : value >= 0 && value <= 100)
    return shots ? { kind: 'shots', shots: value } : { kind: 'share', percent: value };
  throw new UsageError(
    `--fractions: expected per cent from 0 to 100, or a number of shots as in 1shot, found '${word}'`,
  );
}

/** Keeps the draws of this file apart from one another. */
const WORD = { halves: 31, order: 32, part: 33 } as const;

/** Half of the shots, at random, to learn from; the others to be picked. */
export function halvesOf(shots: readonly LabelledShot[], seed: number) {
  const mixed = shuffled(shots, diceOf(seed, WORD.halves));
  const half = Math.ceil(shots.length / 2);
  return { pool: mixed.slice(0, half), test: mixed.slice(half) };
}

export const randomOrder = (pool: readonly LabelledShot[], seed: number): readonly LabelledShot[] =>
  shuffled(pool, diceOf(seed, WORD.order));

function shuffled<T>(all: readonly T[], dice: Dice): readonly T[] {
  const mixed = [...all];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = dice.integer(0, i);
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}

export const labelsIn = (shots: readonly LabelledShot[]): number =>
  shots.reduce((sum, { labels }) => sum + onsetsOf(labels).length, 0);

const onsetsOf = (labels: readonly Label[]): readonly number[] =>
  labels.flatMap(({ kind }, i) => (kind === 'onset' ? [i] : []));

/** A shot of which some traces have been labelled. */
export interface PartlyLabelled {
  readonly labelled: LabelledShot;
  /** `index` of the traces whose labels are known. */
  readonly known: ReadonlySet<number>;
  readonly labels: number;
}

/**
 * Whole shots in the order given; of the last one a run of neighbouring traces, so that the number of labels is met.
 * @param seed of where that run begins
 */
export function labelsGiven(order: readonly LabelledShot[], amount: Amount, seed: number): readonly PartlyLabelled[] {
  let left =
    amount.kind === 'shots'
      ? labelsIn(order.slice(0, amount.shots))
      : amount.percent === 0
        ? 0
        : Math.max(1, Math.round((amount.percent / 100) * labelsIn(order)));
  const given: PartlyLabelled[] = [];
  for (const [i, labelled] of order.entries()) {
    if (left <= 0) break;
    const onsets = onsetsOf(labelled.labels);
    const taken = Math.min(left, onsets.length);
    left -= taken;
    const anchor = diceOf(seed, WORD.part, i).integer(0, Math.max(0, onsets.length - 1));
    const first = Math.min(anchor, onsets.length - taken);
    const whole = taken === onsets.length;
    const [from, to] = whole ? [0, Number.POSITIVE_INFINITY] : [onsets[first], onsets[first + taken - 1]];
    const known = labelled.shot.traces.flatMap(({ index }, k) => (k >= from && k <= to ? [index] : []));
    given.push({ labelled, known: new Set(known), labels: taken });
  }
  return given;
}
