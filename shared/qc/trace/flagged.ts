/** Traces that the recorder itself marked: trace edit of SEG-D, trace code "dead" or "dummy" of SEG-Y and SEG-2. */
import { shareJudge } from './share.ts';

export const flaggedTraces = shareJudge(
  {
    code: 'flagged-traces',
    of: 'seismic traces',
    what: 'are marked as dead, dummy or edited by the recorder',
    cause: 'the recorder or its operator switched these channels off, or a roll switch left them without a geophone',
    advice: 'compare with the spread in the observer log; switch on what should have recorded',
  },
  ({ seismic, shot }) => seismic.filter((i) => shot.traces[i].kind === 'dead'),
);
