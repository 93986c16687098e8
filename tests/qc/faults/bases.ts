/** The untouched shots: open field shots, and synthetic ones whose channels are all sound. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import { type TimedShot, timed } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { metres, ms } from '#shared/units.ts';
import { syntheticGather } from '../../../training/synthetic/gather.ts';
import type { Base } from './fault.ts';

/** Folders of the open data with field shots; faults are planted in those that are clean enough. */
export const FIELD_SETS = [
  { set: 'refrapy-field-01', folder: 'data', clean: true },
  { set: 'graphseg2-fieldcamps', folder: 'exampledata', clean: true },
  { set: 'graphseg2-fieldcamps', folder: 'exampledata_FGSeismic2019', clean: true },
  { set: 'geostack-48ch', folder: 'data', clean: false },
  { set: 'geostack-48ch', folder: 'unpicked', clean: false },
  { set: 'unpicked-dmt-summit', folder: 'data', clean: true },
  { set: 'flinchum-sh-line', folder: 'data', clean: false },
  { set: 'unpicked-swprocess-wghs', folder: 'data', clean: false },
  { set: 'unpicked-daloroat-gather', folder: 'data', clean: false },
  { set: 'unpicked-stratton-reflection', folder: 'data', clean: false },
] as const;

export interface BaseOptions {
  /** At most so many shots of each folder. */
  readonly each?: number;
  readonly synthetic?: number;
  /** Folder with the open data; undefined: synthetic shots only. */
  readonly field: string | undefined;
}

/** `clean`: faults are planted in them. All are looked at for false alarms. */
export async function basesFor(
  picker: Picker,
  { each = Number.POSITIVE_INFINITY, synthetic = 20, field }: BaseOptions,
): Promise<readonly (Base & { readonly clean: boolean })[]> {
  const found: (Base & { readonly clean: boolean })[] = [];
  const add = async (set: string, clean: boolean, shots: readonly { file: string; shot: TimedShot }[]) => {
    const bases: (Base & { clean: boolean })[] = [];
    for (const { file, shot } of shots)
      bases.push({ set, file, shot, picks: await picker.pick(shot), clean, others: [] });
    found.push(...bases.map((base) => ({ ...base, others: bases.filter((other) => other !== base) })));
  };
  if (field !== undefined)
    for (const { set, folder, clean } of FIELD_SETS)
      await add(set, clean, await shotsIn(join(field, set, folder), each));
  await add('synthetic line', true, demoLine(synthetic / 2));
  await add('synthetic field', true, drawnShots(synthetic / 2));
  return found;
}

async function shotsIn(folder: string, most: number): Promise<readonly { file: string; shot: TimedShot }[]> {
  const shots: { file: string; shot: TimedShot }[] = [];
  const files = readdirSync(folder).filter((file) => /\.(dat|sg2|sgy)$/i.test(file));
  for (const file of files.sort(new Intl.Collator('en', { numeric: true }).compare).slice(0, most)) {
    const source = openFile(join(folder, file));
    try {
      for await (const shot of (await open(source)).shots())
        shots.push({ file: basename(file), shot: timed(shot, file) });
    } finally {
      source.close();
    }
  }
  return shots;
}

/** One spread, shots along it and off its ends. */
const demoLine = (count: number) =>
  Array.from({ length: Math.ceil(count) }, (_, i) => ({
    file: `line-${i + 1}`,
    shot: syntheticShot({
      ffid: 1001 + i,
      source: metres(-6 + Math.round((i * 58) / Math.max(1, count - 1)) * 2),
      channels: 48,
      firstSample: ms(-300),
      length: ms(900),
      seed: 71 + i,
    }).shot,
  }));

/** Drawn as for training, strong enough to be called clean. */
const drawnShots = (count: number) => {
  const shots: { file: string; shot: TimedShot }[] = [];
  for (let seed = 5001; shots.length < count; seed++) {
    const drawn = syntheticGather(seed, {
      settings: { 'near-surface': 1, 'hard-rock': 0, 'ocean-bottom': 0 },
      signalToNoise: [24, 40],
      channels: [24, 96],
      mostSamples: 200_000,
    });
    if (drawn.about.channels.every(({ kind }) => kind === 'sound'))
      shots.push({ file: `seed-${seed}`, shot: drawn.shot });
  }
  return shots;
};
