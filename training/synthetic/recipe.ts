/** What kinds of shots are made, and how often: the dials of the synthetic field. */

/** Refraction line with a hammer; land survey over hard rock or sediments; ocean-bottom station seconds ahead of its water wave. */
export type Setting = 'near-surface' | 'hard-rock' | 'ocean-bottom';

/**
 * How strong what follows is against the first break. This moves a picker between first energy and first dominant arrival:
 * `strong` has ground roll, air wave and long codas far above the break, `weak` has none of them.
 */
export type Later = 'strong' | 'weak';

export interface Recipe {
  /** Shares need not add up to one. */
  readonly settings: Readonly<Record<Setting, number>>;
  /** Of land shots; ocean-bottom shots always have their water wave. */
  readonly later: Readonly<Record<Later, number>>;
  /** First lobe of the break against the root mean square of the noise, dB; uniform between the two. */
  readonly signalToNoise: readonly [from: number, to: number];
  /** Inclusive; a setting may use a part of the range. */
  readonly channels: readonly [from: number, to: number];
  /** Samples of all traces of a shot together: bounds time and memory. */
  readonly mostSamples: number;
}

export const RECIPE: Recipe = {
  settings: { 'near-surface': 0.6, 'hard-rock': 0.26, 'ocean-bottom': 0.14 },
  later: { strong: 0.5, weak: 0.5 },
  signalToNoise: [-10, 40],
  channels: [24, 320],
  mostSamples: 400_000,
};

/** Breaks weaker than this against the noise around them are not asked for, dB. */
export const HIDDEN_BELOW = -10;
/** Coherent noise ahead of the break is looked for over this many periods, and hides it when its crests are as high. */
export const HIDDEN_PERIODS = 3;
