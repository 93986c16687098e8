/** Positions that cannot be right: lengths off by a factor, or missing where the rest of the line has them. */
import { FOOT } from '../../units.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { rememberedJudge } from '../remembered.ts';
import { scaleError } from './line-scale.ts';
import { hundredths } from './numbers.ts';

export const geometryError: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const error = scaleError(facts, limits);
  if (error?.of !== 'lengths') return [];
  const { factor, tooLarge, from } = error;
  return [
    {
      code: 'geometry-error',
      severity: 'warn',
      traces: [],
      value: hundredths(factor ?? (tooLarge ? 10 : 0.1)),
      unit: '× the true lengths',
      threshold: 1,
      cause: `${causeOf(factor, tooLarge)} (seen by ${from})`,
      advice: 'correct the positions or their scalar in the headers, or give the geometry in a file of its own',
      says: `lengths are ${factor === undefined ? `far too ${tooLarge ? 'large' : 'small'}` : `${hundredths(factor)} times too large`}`,
    },
  ];
});

function causeOf(factor: number | undefined, tooLarge: boolean): string {
  if (factor === undefined)
    return `a coordinate scalar that was ${tooLarge ? 'not applied' : 'applied twice'}, or lengths in another unit`;
  if (Math.abs(factor * FOOT - 1) < 0.01) return 'lengths in feet taken for metres';
  if (Math.abs(factor - FOOT) < 0.01) return 'lengths in metres taken for feet';
  return `a coordinate scalar of ${factor > 1 ? `1/${Math.round(factor)} that was not applied` : `${Math.round(1 / factor)} that was not applied, or one applied twice`}`;
}

/** Without geometry nothing is said of velocities, trigger and position: worth knowing, and a fault where others have it. */
export const geometryMissing: Judge = (facts): readonly Remark[] => {
  const { seismic, distances, line } = facts;
  const without = seismic.filter((i) => distances[i] === undefined);
  if (without.length === 0 || seismic.length === 0) return [];
  const others = line?.shots ?? [];
  const surveyed = others.filter(({ traces }) => traces.some(({ distance }) => distance !== undefined)).length;
  const expected = without.length < seismic.length || (surveyed > 0 && 2 * surveyed >= others.length);
  if (!expected) return [];
  return [
    {
      code: 'geometry-missing',
      severity: 'warn',
      traces: without.length === seismic.length ? [] : without.map((i) => facts.shot.traces[i].index),
      value: without.length,
      unit: 'traces',
      threshold: 0,
      cause: 'positions not typed into the recorder, or lost in a conversion',
      advice: 'add the positions of source and receivers; trigger, position and velocities are not judged without them',
      says: `${without.length} of ${seismic.length} traces have no offset`,
    },
  ];
};
