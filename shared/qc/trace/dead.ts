/** Traces on which nothing was recorded: flat, empty, or declared dead by the recorder. */
import { shareJudge } from './share.ts';

export const deadTraces = shareJudge(
  {
    code: 'dead-traces',
    of: 'seismic traces',
    what: 'recorded nothing',
    cause: 'open or shorted take-out, geophone not connected, channel switched off',
    advice: 'check the take-outs and geophones of these channels',
  },
  ({ seismic, conditions }) => seismic.filter((i) => conditions[i].dead),
);
