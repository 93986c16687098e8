/** What the pickers of a curve begin with: random weights, or runs that have not seen the site that is held out. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { numberOption, UsageError } from '#shared/options.ts';
import { bytesOf } from '../files.ts';
import { startParameters } from '../network/parameters.ts';
import { PICKER, type PickerConfig, pickerLayout } from '../picker.ts';
import { bestFile } from '../pretrain/checkpoint.ts';
import { digestOf } from '../pretrain/corpus.ts';
import type { Schedule } from '../train/adamw.ts';
import { corporaSeen, LAST, sitesLearnt, sitesSeen } from '../train/checkpoint.ts';
import type { FieldSite } from '../train/field.ts';
import { beginWith, type Pacing } from '../train/settings.ts';
import { type Origin, pickerLike, readOrigin } from '../transfer/origin.ts';
import type { Beginner } from './learn-and-pick.ts';

export interface Start {
  readonly name: string;
  /** One for each seed, taken in turn; none: random weights. */
  readonly runs: readonly string[];
  readonly pacing: Pacing;
  readonly rate?: number;
  /** Share of windows that stay synthetic, with their labels, while it learns from real ones. */
  readonly synthetic?: number;
}

export const SCRATCH: Start = { name: 'scratch', runs: [], pacing: {} };

/** Highest learning rate by what a cell begins with. */
export const RATES = { new: 3e-3, picker: 1e-3, 'no labels': 2e-3 } as const;
const WARM_UP = 10;

/** `NAME=RUN[,RUN…][?freeze=down&unfreeze-every=20&rate-decay=0.7&part=discriminator&rate=0.001&synthetic=0.5]` @throws UsageError */
export function startOf(text: string): Start {
  const [, name, runs, query = ''] = /^([\w .+-]+)=([^?]+)(?:\?(.*))?$/.exec(text) ?? [];
  if (name === undefined || name === SCRATCH.name)
    throw new UsageError(`--start: expected NAME=RUN[,RUN…] with a name of its own, found '${text}'`);
  const options = new URLSearchParams(query);
  for (const key of options.keys())
    if (!(PACES as readonly string[]).includes(key))
      throw new UsageError(`--start ${name}: expected ${PACES.join(', ')}, found '${key}'`);
  const word = (key: (typeof PACES)[number]) => options.get(key) ?? undefined;
  const number = (key: (typeof PACES)[number], limits: Parameters<typeof numberOption>[2]) =>
    numberOption(`start ${name}?${key}`, word(key), limits);
  const [part, freeze] = [word('part'), word('freeze')];
  const every = number('unfreeze-every', { min: 1, whole: true });
  const decay = number('rate-decay', { min: 1e-3, max: 1 });
  const rate = number('rate', { min: 1e-7, max: 1 });
  const synthetic = number('synthetic', { min: 0, max: 0.9 });
  return {
    name,
    runs: runs.split(','),
    pacing: {
      ...(part !== undefined && { part }),
      ...(freeze !== undefined && { freeze }),
      ...(every !== undefined && { 'unfreeze-every': every }),
      ...(decay !== undefined && { 'rate-decay': decay }),
    },
    ...(rate !== undefined && { rate }),
    ...(synthetic !== undefined && { synthetic }),
  };
}
const PACES = ['part', 'freeze', 'unfreeze-every', 'rate-decay', 'rate', 'synthetic'] as const;

export interface OpenedStart extends Beginner {
  readonly name: string;
  /** Can pick before it has seen a label. */
  readonly picks: boolean;
  /** Share of windows that stay synthetic. */
  readonly synthetic: number;
  /** What decides the cells of this start beside the settings of the curve; the same words, the same start. */
  readonly how: string;
}

/**
 * @param seed from 1: which of the runs, and the start of what is new
 * @throws RecordError when there is no such run, or it has seen the site
 */
export function openStart(
  { name, runs, pacing, rate: chosen, synthetic = 0 }: Start,
  { record, shots }: FieldSite,
  seed: number,
  { steps, widths }: { readonly steps: number; readonly widths?: readonly number[] },
): OpenedStart {
  const scheduleAt = (rate: number): Schedule => ({ rate: chosen ?? rate, warmUp: Math.min(WARM_UP, steps), steps });
  if (runs.length === 0) {
    const picker: PickerConfig = { ...PICKER, ...(widths && { widths }) };
    const schedule = scheduleAt(RATES.new);
    return {
      name,
      picker,
      start: startParameters(pickerLayout(picker).parameters, seed),
      pace: undefined,
      schedule,
      picks: false,
      synthetic: 0,
      how: JSON.stringify({ widths: picker.widths, rate: schedule.rate }),
    };
  }
  const run = runFor(runs[(seed - 1) % runs.length], record.name);
  const origin = readOrigin(run);
  const seen = hasSeen(origin, record, shots);
  if (seen)
    throw new RecordError(
      'unsupported',
      run,
      `start ${name}: expected a run that has not seen ${record.name}, found ${seen}`,
    );
  const picker = pickerLike(origin, run);
  const { start, transfer } = beginWith(origin, picker, seed, pacing);
  const schedule = scheduleAt(RATES[origin.picker ? 'picker' : 'no labels']);
  const digest = createHash('sha256')
    .update(bytesOf(bestFile(run)))
    .digest('hex')
    .slice(0, 12);
  return {
    name,
    picker,
    start,
    pace: transfer,
    schedule,
    picks: origin.picker !== undefined,
    synthetic,
    how: JSON.stringify({ digest, rate: schedule.rate, ...pacing, ...(synthetic > 0 && { synthetic }) }),
  };
}

/** A run, or a folder that holds one for each site: the one that has not seen it. */
function runFor(folder: string, site: string): string {
  const own = join(folder, site);
  return !existsSync(join(folder, LAST)) && existsSync(join(own, LAST)) ? own : folder;
}

function hasSeen({ record, picker }: Origin, site: FieldSite['record'], shots: FieldSite['shots']): string | undefined {
  const corpora = [...(record ? [record.corpus] : []), ...(picker ? corporaSeen(picker.settings) : [])];
  const names = [
    ...corpora.flatMap(({ sites }) => sites.map(({ name }) => name)),
    ...(picker ? sitesSeen(picker.settings) : []),
  ];
  if (names.includes(site.name)) return 'its name among the sites of the run';
  if (picker && sitesLearnt(picker.settings).some(({ digest }) => digest === site.digest))
    return 'its labels in the run';
  const gathers = new Set(corpora.flatMap(({ gathers }) => gathers));
  const shot = gathers.size === 0 ? undefined : shots.find((each) => gathers.has(digestOf(each.shot)));
  return shot && `${shot.file} among the shots of the run`;
}
