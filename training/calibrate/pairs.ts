/** Picks of which it is known whether they hit, with the confidence that the network itself gave them. */
import type { Picker } from '#shared/picking/pick-shot.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import { readSite } from '../data/site.ts';
import { askedOf, judgedPicks, picked, withoutFlat } from '../evaluate/outcomes.ts';
import type { Site } from '../evaluate/sites.ts';
import { diceOf } from '../synthetic/dice.ts';
import { syntheticGather } from '../synthetic/gather.ts';
import type { Pair } from './fit.ts';

/** Pairs of one site, or of synthetic shots. */
export interface PairSet {
  readonly name: string;
  readonly pairs: readonly Pair[];
}

/** Of all traces that a person picked and the picker too. */
export async function sitePairs(site: Site, picker: Picker): Promise<PairSet> {
  const pairs: Pair[] = [];
  for await (const labelled of readSite(site.path)) {
    const gather = await picked(withoutFlat(labelled), picker, site.convention);
    pairs.push(...pairsOf(judgedPicks(askedOf([gather]), site.toleranceMs)));
  }
  return { name: site.site, pairs };
}

const pairsOf = (judged: ReturnType<typeof judgedPicks>): readonly Pair[] =>
  judged.map(({ confidence, hit }) => ({ raw: confidence, hit }));

/** Of synthetic shots, in periods: about what 5 ms are on land. */
const SYNTHETIC_TOLERANCE = 0.4;
/** Shots of one purpose are never those of another. */
const CALIBRATION = 3;

/** Of all traces with a pick: on a dead channel it is wrong, where noise hides the break it is held against the true one. */
export async function syntheticPairs(count: number, seed: number, picker: Picker): Promise<PairSet> {
  const pairs: Pair[] = [];
  for (let k = 0; k < count; k++) {
    const gather = syntheticGather(diceOf(seed, CALIBRATION, k).integer(0, 2 ** 31 - 1));
    const tolerance: Milliseconds = ms(SYNTHETIC_TOLERANCE * gather.about.period);
    (await picker.pick(gather.shot)).forEach((pick, i) => {
      if (pick.kind !== 'picked') return;
      const truth = gather.breaks[i];
      pairs.push({ raw: pick.confidence, hit: truth !== undefined && Math.abs(pick.time - truth) < tolerance });
    });
  }
  return { name: 'synthetic shots', pairs };
}

/** All sets as one list in which each counts the same, however many picks it has. */
export function evened(sets: readonly PairSet[]): readonly Pair[] {
  const filled = sets.filter(({ pairs }) => pairs.length > 0);
  const total = filled.reduce((sum, { pairs }) => sum + pairs.length, 0);
  return filled.flatMap(({ pairs }) => {
    const weight = total / filled.length / pairs.length;
    return pairs.map((pair) => ({ ...pair, weight }));
  });
}
