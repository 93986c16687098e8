/** Traces that do not swing about zero. */
import { shareJudge } from './share.ts';

export const offsetTraces = shareJudge(
  {
    code: 'offset-traces',
    of: 'live traces',
    what: 'do not swing about zero',
    cause: 'leakage to ground, or a recorder without a low-cut filter',
    advice: 'check the cable for moisture; picking removes the offset',
  },
  ({ live, conditions }, { limits }) =>
    live.filter((i) => Math.abs(conditions[i].dc) > limits['offset-traces.mean'] * conditions[i].rms),
);
