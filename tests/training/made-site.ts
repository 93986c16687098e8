/** Sites on disk made of synthetic shots: a folder with picks.csv, as people leave them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { LabelledShot } from '../../training/data/labelled.ts';
import { syntheticGather } from '../../training/synthetic/gather.ts';
import type { Recipe } from '../../training/synthetic/recipe.ts';

/** Small land shots with breaks that stand out. */
export const CLEAR: Partial<Recipe> = {
  settings: { 'near-surface': 1, 'hard-rock': 0, 'ocean-bottom': 0 },
  mostSamples: 20_000,
  signalToNoise: [25, 35],
};

export function madeShots(site: string, seeds: readonly number[], recipe: Partial<Recipe> = CLEAR): LabelledShot[] {
  return seeds.map((seed) => {
    const { shot, labels } = syntheticGather(seed, recipe);
    return { site, file: `${seed}.sg2`, shot, labels };
  });
}

/** Onsets become rows of person A, and `second` ms later rows of person B where it is given; all other traces have none. */
export function writeSite(folder: string, shots: readonly LabelledShot[], second?: number): void {
  mkdirSync(folder, { recursive: true });
  const rows = shots.flatMap(({ shot, labels, file }) => {
    writeFileSync(join(folder, file), writeSeg2(shot));
    return labels.flatMap((label, i) =>
      label.kind === 'onset'
        ? [`${file},${i},${label.time},A`, ...(second === undefined ? [] : [`${file},${i},${label.time + second},B`])]
        : [],
    );
  });
  writeFileSync(join(folder, 'picks.csv'), `file,trace,time_ms,picker\n${rows.join('\n')}\n`);
}
