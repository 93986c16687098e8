/** Thresholds on lines of many shots. "Ours": set by looking at the open lines and at synthetic ones. */
import type { LimitTable } from '../limit.ts';

/** Ocean-bottom and other far offsets at 4 ms a sample are picked to some 20 ms by people. */
const FAR = { obs: 20 } as const;

export const LINE_LIMITS = {
  'reciprocity-error.time': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'two people who pick a clean trace differ by 1 to 2 ms, a pair of picks by 1.4 times that: three deviations',
  },
  'reciprocity-error.period': {
    unit: '×',
    value: 0.25,
    why: 'picks scatter with the dominant period: a quarter of it is the rise of the first lobe',
  },
  'reciprocity-error.pairs': {
    unit: 'traces',
    value: 3,
    why: 'one or two pairs may be wild picks; the median of three is not',
  },
  'reciprocity-misfit.share': {
    unit: '%',
    value: 20,
    why: 'with a tenth of wild picks a fifth of the pairs hold one',
  },
  'receiver-residual.time': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'twice what people differ by; the median over shots is finer still',
  },
  'receiver-residual.period': {
    unit: '×',
    value: 0.25,
    why: 'a jump of half a period is one lobe or a reversed geophone; a quarter tells it from scatter',
  },
  'receiver-residual.shots': { unit: 'shots', value: 3, why: 'the median of three shots survives one wild pick' },
  'channel-delay.time': {
    unit: 'ms',
    value: 2,
    in: { obs: 8 },
    why: 'what a trigger error is to be told to; two people who pick a clean trace differ by as much, their median over shots by less',
  },
  'channel-delay.shots': { unit: 'shots', value: 5, why: 'the median of five shots survives two wild picks' },
  'bad-receivers.share': {
    unit: '%',
    value: 40,
    why: 'wind and traffic come and go, a contact that fails every other shot does not',
  },
  'bad-receivers.shots': { unit: 'shots', value: 3, why: 'twice may be chance or the same gust' },
  'weak-sources.below-line': {
    unit: 'dB',
    value: 10,
    why: 'a hammer varies by 3 dB from blow to blow, ground along a line by about 6: a third of the amplitude is neither',
  },
  'source-energy-change.change': {
    unit: 'dB',
    value: 6,
    why: 'half the amplitude from one end of the line to the other halves the reach of the first breaks',
  },
  'noisy-shots.above-line': {
    unit: 'dB',
    value: 10,
    why: 'three times the usual noise; a quiet minute may be waited for',
  },
  'noise-change.change': { unit: 'dB', value: 6, why: 'twice the noise needs four times the stacks' },
  'trigger-drift.time': {
    unit: 'ms',
    value: 2,
    in: { obs: 8 },
    why: 'what a trigger error is to be told to; smaller ones hide in the picks',
  },
  'trigger-drift.period': {
    unit: '×',
    value: 0.25,
    why: 'intercepts of direct waves follow the ground of the first metres by as much',
  },
  'velocity-outlier.deviation': {
    unit: '%',
    value: 60,
    why: 'soft ground along the open shear-wave line changes it by up to 45; an interval twice as long by 100',
  },
  'offset-coverage.least': {
    unit: '%',
    value: 50,
    why: 'below it, tomography rests on fewer than half of the rays it was planned with',
  },
} as const satisfies LimitTable;
