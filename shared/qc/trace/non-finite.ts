/** Traces with samples that are not numbers. */
import { shareJudge } from './share.ts';

export const nonFiniteTraces = shareJudge(
  {
    code: 'non-finite-traces',
    of: 'live traces',
    what: 'hold samples that are not numbers',
    cause: 'damaged file or a faulty conversion',
    advice: 'copy the file from the recorder again',
  },
  ({ live, conditions }) => live.filter((i) => conditions[i].nonFinite > 0),
);
