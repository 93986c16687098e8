/** Traces without a first break that can be trusted. */
import { shareJudge } from './share.ts';

export const unpickedTraces = shareJudge(
  {
    code: 'unpicked-traces',
    of: 'live traces',
    what: 'have no trusted first break',
    cause: 'too little energy against the noise, a misfire, or a wrong trigger',
    advice: 'look at the picture; shoot again with more energy or more stacks',
  },
  ({ live, times }) => live.filter((i) => times[i] === undefined),
);
