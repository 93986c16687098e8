/** Traces with runs of samples at their own extreme value. */
import { percent } from '../../units.ts';
import { shareJudge } from './share.ts';

export const clippedTraces = shareJudge(
  {
    code: 'clipped-traces',
    of: 'live traces',
    what: 'are clipped',
    cause: 'input gain too high for the traces near the source',
    advice: 'lower the preamplifier gain; the first breaks may still be usable',
  },
  ({ live, conditions }, { limits }) =>
    live.filter((i) => percent(conditions[i].clipped) > limits['clipped-traces.samples']),
);
