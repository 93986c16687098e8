/** Live rows spread evenly over the shot: enough of them for what shows on every trace, so that a large shot costs no more than a small one. */
import type { ShotFacts } from '../facts.ts';

export function someRows({ live }: ShotFacts, most = 16): readonly number[] {
  const count = Math.min(most, live.length);
  return Array.from({ length: count }, (_, k) => live[Math.floor(((k + 0.5) * live.length) / count)]);
}
