/** What every shot of a site is put to: picked as it was recorded, with noise, coarser, and with dead channels. */
import type { Convention } from '#shared/picking/convention.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { diceOf } from '../synthetic/dice.ts';
import { COARSER, type Coarser, coarser, DEAD, type Dead, leftAsDead, noisy, withDead } from './changed-shots.ts';
import { type PickedGather, picked } from './outcomes.ts';
import { signalToNoise } from './signal-to-noise.ts';

/** Noise added to a shot is drawn so often. */
export const NOISE_DRAWS = 3;

/** The same shot for all pickers. */
export interface Trial {
  readonly labelled: LabelledShot;
  /** dB, an entry a trace. */
  readonly signalToNoise: readonly (number | undefined)[];
  /** Traces that people left unpicked because nothing can be seen on them. */
  readonly leftAsDead: readonly number[];
  readonly noisy: readonly LabelledShot[];
  readonly coarser: readonly { readonly how: Coarser; readonly labelled: LabelledShot }[];
  readonly dead: readonly { readonly how: Dead; readonly labelled: LabelledShot }[];
}

/** @param number of the shot in its site: what is drawn depends on it and the seed alone */
export function trialOf(labelled: LabelledShot, seed: number, number: number): Trial {
  return {
    labelled,
    signalToNoise: signalToNoise(labelled),
    leftAsDead: leftAsDead(labelled),
    noisy: Array.from({ length: NOISE_DRAWS }, (_, draw) => noisy(labelled, diceOf(seed, number, draw))),
    coarser: COARSER.flatMap((how) => {
      const changed = coarser(labelled, how);
      return changed ? [{ how, labelled: changed }] : [];
    }),
    dead: DEAD.map((how, i) => ({ how, labelled: withDead(labelled, how, diceOf(seed, number, NOISE_DRAWS + i)) })),
  };
}

/** A trial and what a picker made of it. */
export interface Observed extends Pick<Trial, 'signalToNoise' | 'leftAsDead'> {
  readonly gather: PickedGather;
  readonly noisy: readonly PickedGather[];
  readonly coarser: readonly { readonly how: Coarser; readonly gather: PickedGather }[];
  readonly dead: readonly { readonly how: Dead; readonly gather: PickedGather }[];
}

export async function observe(trial: Trial, picker: Picker, convention: Convention): Promise<Observed> {
  const each = async <K>(changed: readonly { readonly how: K; readonly labelled: LabelledShot }[]) => {
    const gathers: { readonly how: K; readonly gather: PickedGather }[] = [];
    for (const { how, labelled } of changed) gathers.push({ how, gather: await picked(labelled, picker, convention) });
    return gathers;
  };
  return {
    signalToNoise: trial.signalToNoise,
    leftAsDead: trial.leftAsDead,
    gather: await picked(trial.labelled, picker, convention),
    noisy: (await each(trial.noisy.map((labelled, how) => ({ how, labelled })))).map(({ gather }) => gather),
    coarser: await each(trial.coarser),
    dead: await each(trial.dead),
  };
}
