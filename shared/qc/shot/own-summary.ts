/** The shot as its line would keep it, to be held against the shots that the line has; the verdict is not known yet. */
import type { ShotFacts } from '../facts.ts';
import { summarise } from '../line/summarise.ts';
import type { ShotSummary } from '../line/summary.ts';
import { remembered } from '../remembered.ts';

export const ownSummary: (facts: ShotFacts) => ShotSummary = remembered((facts) =>
  summarise(facts, { verdict: 'pass', reason: '', findings: [] }, ''),
);
