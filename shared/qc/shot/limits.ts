/** Thresholds on shots. "Ours": set by looking at the open shots and at synthetic ones with the fault planted. */
import type { LimitTable } from '../limit.ts';

/** Ocean-bottom and other far offsets at 4 ms a sample are picked to some 20 ms by people. */
const FAR = { obs: 20 } as const;

export const SHOT_LIMITS = {
  'suspect-picks.time': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'two people who pick a clean trace differ by 1 to 2 ms: three deviations',
  },
  'suspect-picks.period': {
    unit: '×',
    value: 0.4,
    why: 'a wrong lobe is half a dominant period off, which varies by a fifth along a spread',
  },
  'suspect-picks.spread': {
    unit: '×',
    value: 4,
    why: 'one in 16,000 of normally scattered picks; ground that is no layer cake only widens the scatter',
  },
  'suspect-picks.warn': {
    unit: '%',
    value: 10,
    in: { 'training-set': 0 },
    why: 'a fit survives a fifth of wild picks: half of that leaves room; a label is either right or not',
  },
  'suspect-picks.fail': {
    unit: '%',
    value: Number.POSITIVE_INFINITY,
    in: { 'training-set': 10 },
    why: 'picks can be corrected without a new shot; a training set is better off without such a gather',
  },
} as const satisfies LimitTable;
