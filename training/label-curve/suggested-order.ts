/** The shots of a pool in the order in which `suggest` would have them labelled, from what a start knows before it has seen a label. */
import type { Guides } from '#shared/picking/neural.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { doubtOf } from '../suggest/doubt.ts';
import { codeOf } from '../suggest/features.ts';
import { type Candidate, ranked } from '../suggest/rank.ts';
import { type Beginner, inMemory } from './learn-and-pick.ts';

export async function suggestedOrder(
  pool: readonly LabelledShot[],
  { start, picker: config }: Beginner,
  guides: Guides,
): Promise<readonly LabelledShot[]> {
  const { picker, close } = await inMemory(start, config, guides);
  const arrays = new Map(start.specs.map(({ name, shape }) => [name, { shape, values: start.byName.get(name)! }]));
  const candidates: Candidate[] = [];
  for (const { shot } of pool)
    candidates.push({
      code: await codeOf(shot, { config, arrays }),
      doubt: await doubtOf(shot, picker),
      labelled: false,
    });
  await close();
  const order = ranked(candidates, pool.length).map(({ at }) => pool[at]);
  return [...order, ...pool.filter((each) => !order.includes(each))];
}
