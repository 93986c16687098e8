/** Traces that hardly rise above the noise at the first break: a shot where nearly all do so recorded no shot, whatever was picked. */
import { decibels } from '../../units.ts';
import { shareJudge } from './share.ts';

export const weakTraces = shareJudge(
  {
    code: 'weak-traces',
    of: 'live traces',
    what: 'hardly rise above the noise at the first break',
    cause: 'too little energy for this distance and noise, a misfire, or a wrong trigger',
    advice: 'look at the picture; shoot again with more energy or more stacks, and check the trigger',
  },
  ({ live, levels }, { limits }) =>
    live.filter((i) => {
      const level = levels[i];
      return level !== undefined && decibels(level.signal / level.noise) < limits['weak-traces.signal'];
    }),
);
