/** The settings of a new run, from what was chosen on the command line and what it begins with. */
import { UsageError } from '../command.ts';
import { traceMultiple } from '../network/unet.ts';
import { SETTINGS } from '../train.ts';
import type { Checkpoint, RunSettings } from './checkpoint.ts';
import type { FieldSite } from './field.ts';

/** A run that begins with the weights of another: short and gentle, half of the windows real. */
export const FINETUNING = {
  share: 0.5,
  schedule: { rate: 6e-4, warmUp: 20, steps: 200 },
} as const;

/** By the name of the option. */
export interface Chosen {
  readonly from: string | undefined;
  readonly 'hold-out': readonly string[] | undefined;
  readonly 'field-share': number | undefined;
  readonly steps: number | undefined;
  readonly patience: number | undefined;
  readonly windows: number | undefined;
  readonly traces: number | undefined;
  readonly seed: number | undefined;
  readonly rate: number | undefined;
  readonly widths: string | undefined;
}

/** @throws UsageError when they do not fit together */
export function newSettings(
  chosen: Chosen,
  origin: Checkpoint | undefined,
  field: readonly FieldSite[],
  watch: readonly FieldSite[],
): RunSettings {
  const { batch, seed } = SETTINGS;
  const schedule = origin ? FINETUNING.schedule : SETTINGS.schedule;
  const widths = widthsOf(chosen.widths);
  if (origin && widths) throw new UsageError('--widths: weights of another run come with theirs; leave it out');
  const picker = origin?.settings.picker ?? { ...SETTINGS.picker, widths: widths ?? SETTINGS.picker.widths };
  const multiple = traceMultiple(picker);
  const traces = chosen.traces ?? batch.traces;
  if (traces % multiple) throw new UsageError(`--traces: expected a multiple of ${multiple}, found '${traces}'`);
  const learnt = withoutHeldOut(field, chosen['hold-out'] ?? []);
  const both = learnt.find(({ record }) => watch.some((site) => site.record.digest === record.digest));
  if (both) throw new UsageError(`--watch: expected sites that are not learnt from, found ${both.record.name}`);
  return {
    seed: chosen.seed ?? seed,
    picker,
    batch: { ...batch, windows: chosen.windows ?? batch.windows, traces },
    schedule: { ...schedule, steps: chosen.steps ?? schedule.steps, rate: chosen.rate ?? schedule.rate },
    ...(learnt.length > 0 && {
      field: { share: chosen['field-share'] ?? FINETUNING.share, sites: learnt.map(({ record }) => record) },
    }),
    ...(watch.length > 0 && { watch: watch.map(({ record }) => record) }),
    ...(chosen.patience !== undefined && { patience: chosen.patience }),
    ...(origin && { from: { step: origin.step, settings: origin.settings } }),
  };
}

function withoutHeldOut(field: readonly FieldSite[], names: readonly string[]): readonly FieldSite[] {
  for (const name of names)
    if (!field.some(({ record }) => record.name === name))
      throw new UsageError(
        `--hold-out: expected one of ${field.map(({ record }) => record.name).join(', ') || 'the sites of --field'}, found '${name}'`,
      );
  const left = field.filter(({ record }) => !names.includes(record.name));
  if (field.length > 0 && left.length === 0)
    throw new UsageError('--hold-out: expected a site to learn from, found none left');
  return left;
}

function widthsOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const widths = text.split(',').map(Number);
  const levels = SETTINGS.picker.widths.length;
  if (widths.length !== levels || !widths.every((width) => Number.isInteger(width) && width > 0 && width <= 1024))
    throw new UsageError(`--widths: expected ${levels} whole numbers from 1 to 1024, found '${text}'`);
  return widths;
}
