/**
 * The untouched shots, and where their first breaks are: as people picked them, as the generator laid them, and where nobody did,
 * as two pickers that know nothing of each other agree on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import { type TimedShot, timed } from '#shared/gather.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Pick } from '#shared/picks.ts';
import { readPickFile } from '#shared/report/pick-file.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { type Milliseconds, metres, ms } from '#shared/units.ts';
import { syntheticGather } from '../../../training/synthetic/gather.ts';
import type { Base } from './fault.ts';

/** Folders of the open data with field shots. */
export const FIELD_SETS = [
  { set: 'refrapy-field-01', folder: 'data' },
  { set: 'graphseg2-fieldcamps', folder: 'exampledata' },
  { set: 'graphseg2-fieldcamps', folder: 'exampledata_FGSeismic2019' },
  { set: 'geostack-48ch', folder: 'data' },
  { set: 'geostack-48ch', folder: 'unpicked' },
  { set: 'unpicked-dmt-summit', folder: 'data' },
  { set: 'flinchum-sh-line', folder: 'data' },
  { set: 'unpicked-swprocess-wghs', folder: 'data' },
  { set: 'unpicked-daloroat-gather', folder: 'data' },
  { set: 'unpicked-stratton-reflection', folder: 'data' },
] as const;

export interface BaseOptions {
  /** At most so many shots of each folder. */
  readonly each?: number;
  readonly synthetic?: number;
  /** Folder with the open data; undefined: synthetic shots only. */
  readonly field: string | undefined;
}

type Breaks = Base['breaks'];

interface Found {
  readonly file: string;
  readonly shot: TimedShot;
  /** undefined: nobody has said where they are. */
  readonly known?: Known;
}
interface Known {
  readonly by: 'people' | 'generator';
  readonly breaks: Breaks;
}

export async function basesFor(
  picker: Picker,
  { each = Number.POSITIVE_INFINITY, synthetic = 20, field }: BaseOptions,
): Promise<readonly Base[]> {
  const found: Base[] = [];
  const add = async (set: string, shots: readonly Found[]) => {
    const bases: Base[] = [];
    for (const { file, shot, known } of shots) {
      const picks = await picker.pick(shot);
      const { by, breaks } = known ?? {
        by: 'pickers' as const,
        // a picker that agrees with itself says nothing
        breaks:
          picker === classicalPicker ? picks.map(() => undefined) : agreed(picks, await classicalPicker.pick(shot)),
      };
      bases.push({ set, file, shot, picks, breaks, by, others: [] });
    }
    found.push(...bases.map((base) => ({ ...base, others: bases.filter((other) => other !== base) })));
  };
  if (field !== undefined)
    for (const { set, folder } of FIELD_SETS) await add(set, await shotsIn(join(field, set), folder, each));
  await add('synthetic line', demoLine(synthetic / 2));
  await add('synthetic field', drawnShots(synthetic / 2));
  await add('synthetic long line', longShots(Math.ceil(synthetic / 10)));
  return found;
}

/** As far as two people who pick a clean trace differ at most. */
const AGREE = ms(3);

const agreed = (some: readonly Pick[], others: readonly Pick[]): Breaks =>
  some.map((pick, i) => {
    const other = others[i];
    return pick.kind === 'picked' && other.kind === 'picked' && Math.abs(pick.time - other.time) < AGREE
      ? pick.time
      : undefined;
  });

async function shotsIn(site: string, folder: string, most: number): Promise<readonly Found[]> {
  const shots: Found[] = [];
  const inside = readdirSync(site);
  const rows = inside.includes('picks.csv') ? readPickFile(readFileSync(join(site, 'picks.csv'), 'utf8'), site) : [];
  const files = readdirSync(join(site, folder)).filter((file) => /\.(dat|sg2|sgy)$/i.test(file));
  for (const file of files.sort(new Intl.Collator('en', { numeric: true }).compare).slice(0, most)) {
    const path = join(site, folder, file);
    const source = openFile(path);
    try {
      for await (const read of (await open(source)).shots()) {
        const shot = timed(read, file);
        const breaks = breaksOf(rows, shot, path);
        shots.push({
          file: basename(file),
          shot,
          ...(breaks.some((time) => time !== undefined) && { known: { by: 'people', breaks } }),
        });
      }
    } finally {
      source.close();
    }
  }
  return shots;
}

/** Of several passes over a trace the first. */
const breaksOf = (rows: readonly ReferencePick[], shot: TimedShot, path: string): Breaks =>
  picksOfShot(rows, shot, path).map((pick) => (pick?.kind === 'picked' ? pick.time : undefined));

const made = (breaks: readonly (Milliseconds | undefined)[]): Known => ({ by: 'generator', breaks });

/** One spread, shots along it and off its ends. */
const demoLine = (count: number): readonly Found[] =>
  Array.from({ length: Math.ceil(count) }, (_, i) => {
    const { shot, onsets } = syntheticShot({
      ffid: 1001 + i,
      source: metres(-6 + Math.round((i * 58) / Math.max(1, count - 1)) * 2),
      channels: 48,
      firstSample: ms(-300),
      length: ms(900),
      seed: 71 + i,
    });
    return { file: `line-${i + 1}`, shot, known: made(onsets) };
  });

/** Drawn as for training, strong enough to be called clean. */
function drawnShots(count: number): readonly Found[] {
  const shots: Found[] = [];
  for (let seed = 5001; shots.length < count; seed++) {
    const drawn = syntheticGather(seed, {
      settings: { 'near-surface': 1, 'hard-rock': 0, 'ocean-bottom': 0 },
      signalToNoise: [24, 40],
      channels: [24, 96],
      mostSamples: 200_000,
    });
    if (drawn.about.channels.every(({ kind }) => kind === 'sound'))
      shots.push({ file: `seed-${seed}`, shot: drawn.shot, known: made(drawn.onsets) });
  }
  return shots;
}

/** Hundreds of channels: more than one cable, box or screen holds. */
const longShots = (count: number): readonly Found[] =>
  Array.from({ length: count }, (_, i) => {
    const { shot, onsets } = syntheticShot({
      ffid: 2001 + i,
      source: metres(-10 + 200 * i),
      channels: 400,
      spacing: metres(1),
      sampleInterval: ms(0.5),
      firstSample: ms(-50),
      length: ms(500),
      groundRoll: 2,
      seed: 171 + i,
    });
    return { file: `long-${i + 1}`, shot, known: made(onsets) };
  });
