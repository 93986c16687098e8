/** Traces with isolated outliers. */
import { shareJudge } from './share.ts';

export const spikyTraces = shareJudge(
  {
    code: 'spiky-traces',
    of: 'live traces',
    what: 'hold isolated spikes',
    cause: 'loose contact, lightning, electric fence, radio link errors',
    advice: 'check the connectors, look for electric fences and radio sets',
  },
  ({ live, conditions }, { limits }) => live.filter((i) => conditions[i].spikes > limits['spiky-traces.spikes']),
);
