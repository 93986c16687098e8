/**
 * The numbers of the classical picker. Lengths are in dominant periods of the gather, energies in nepers of power (natural
 * logarithm), so one set serves every interval and scale. Chosen by search on the open land, shear-wave and ocean-bottom
 * gathers together with synthetic ones; users set none of them.
 */
export interface ClassicalSettings {
  readonly passes: number; // whole-record passes; the period is measured anew after each
  readonly doubt: number; // below this median confidence, other first periods are tried …
  readonly otherPeriods: readonly number[]; // … these multiples of the measured one
  readonly gain: number; // … and taken when the median confidence grows by this
  readonly widen: number; // the period of the last pass is taken this much longer
  readonly coarseBins: number; // bins per period of all passes but the last
  readonly binsPerPeriod: number; // of the last
  readonly smoothing: number; // times the bins go through [1 2 1] / 4
  readonly after: number; // window behind the candidate
  readonly before: number; // window ahead of it
  readonly floor: number; // energy that counts as nothing, as a share of the trace's mean
  readonly knee: number; // energy ratios above are compressed …
  readonly slope: number; // … to this slope
  readonly quiet: number; // weight of a window ahead that is louder than all before it
  readonly quietCap: number;
  readonly late: number; // loss per period of signal that already passed
  readonly lateCap: number;
  readonly excess: number; // signal has passed where the window is louder than before by this
  readonly start: number; // evidence grows over this length from the start of the record
  readonly lent: number; // weight there of the trace's quiet stretch, in periods of measured noise
  readonly preShot: number; // how far ahead of the shot instant a break may lie (trigger errors)
  readonly step: number; // cost of a step between neighbours, per period
  readonly follow: number; // the same in later passes, against the slope of the pass before
  readonly jump: number; // largest cost of a step
  readonly lag: number; // a ridge runs ahead of the onset by this
  readonly fineBins: number; // bins per period of the onset search
  readonly fineBefore: number;
  readonly fineAfter: number;
  readonly finePeak: number; // how far to look for the first strong peak …
  readonly fineShare: number; // … which reaches this share of the largest amplitude there
  readonly visible: number; // power below this share of that peak is not seen
  readonly pull: number; // towards the ridge, per squared period
  readonly fineStep: number;
  readonly fineJump: number;
}

export const CLASSICAL: ClassicalSettings = {
  passes: 2,
  doubt: 0.45,
  otherPeriods: [0.35, 2.5],
  gain: 0.15,
  widen: 1.26,
  coarseBins: 15,
  binsPerPeriod: 13,
  smoothing: 2,
  after: 0.486,
  before: 1.88,
  floor: 6.6e-6,
  knee: 6,
  slope: 0.71,
  quiet: 0.803,
  quietCap: 4,
  late: 0.5,
  lateCap: 10,
  excess: 1.6,
  start: 0.6,
  lent: 0.05,
  preShot: 2,
  step: 2.6,
  follow: 2.19,
  jump: 8.47,
  lag: 0.107,
  fineBins: 21,
  fineBefore: 0.449,
  fineAfter: 0.8,
  finePeak: 0.53,
  fineShare: 0.385,
  visible: 1.3e-3,
  pull: 69.8,
  fineStep: 6.28,
  fineJump: 15,
};
