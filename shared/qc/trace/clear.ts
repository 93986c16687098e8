/** How much of a spread stands out of the noise: in the rest, order and moveout are guesswork. */
import { decibels, type Percent, percent } from '../../units.ts';
import type { ShotFacts } from '../facts.ts';

/** Of the live traces, those whose first break rises by more than so many dB; a record that is silent before it is clear. */
export function clearShare({ live, breakLevels }: ShotFacts, above: number): Percent {
  const clear = live.filter((i) => {
    const level = breakLevels[i];
    return level !== undefined && decibels(level.signal / (level.noise ?? 0)) > above;
  });
  return percent(clear.length / live.length);
}
