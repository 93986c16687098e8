/** The settings of a new run, from what was chosen on the command line and what it begins with. */
import { UsageError } from '#shared/options.ts';
import type { Extent } from '../network/layers.ts';
import { type Parameters, startParameters } from '../network/parameters.ts';
import { checkUnet, traceMultiple } from '../network/unet.ts';
import { type PickerConfig, pickerLayout } from '../picker.ts';
import { SETTINGS } from '../train.ts';
import { moveWeights } from '../transfer/move.ts';
import { type Origin, partOf, pickerLike } from '../transfer/origin.ts';
import type { RunSettings, TransferSettings } from './checkpoint.ts';
import type { FieldSite } from './field.ts';
import { TEACHER_SHARE, type Teacher } from './teacher.ts';

/** A run that begins with the weights of another: short and gentle, half of the windows real. */
export const FINETUNING = {
  share: 0.5,
  schedule: { rate: 6e-4, warmUp: 20, steps: 200 },
} as const;

/** One that begins with a network that saw no labels: its answers are new and have to be learnt. */
export const ANSWERS_NEW = { schedule: { rate: 2e-3, warmUp: 50, steps: 1000 } } as const;

/** By the name of the option. */
export interface Chosen {
  readonly from: string | undefined;
  readonly part: string | undefined;
  readonly freeze: string | undefined;
  readonly 'unfreeze-every': number | undefined;
  readonly 'rate-decay': number | undefined;
  readonly 'hold-out': readonly string[] | undefined;
  readonly 'field-share': number | undefined;
  readonly steps: number | undefined;
  readonly patience: number | undefined;
  readonly windows: number | undefined;
  readonly traces: number | undefined;
  readonly seed: number | undefined;
  readonly rate: number | undefined;
  readonly widths: string | undefined;
  readonly fold: number | undefined;
  readonly 'top-kernel': string | undefined;
  readonly 'teacher-share': number | undefined;
}

export interface Beginning {
  readonly settings: RunSettings;
  /** What moved from another run, in new weights otherwise. */
  readonly start: Parameters | undefined;
}

/** @throws UsageError when they do not fit together */
export function newRun(
  chosen: Chosen,
  origin: Origin | undefined,
  field: readonly FieldSite[],
  watch: readonly FieldSite[],
  teacher?: Pick<Teacher, 'record' | 'traceMultiple'>,
): Beginning {
  const { batch } = SETTINGS;
  const schedule = scheduleFrom(origin);
  const seed = chosen.seed ?? SETTINGS.seed;
  for (const name of ['widths', 'fold', 'top-kernel'] as const)
    if (origin && chosen[name] !== undefined)
      throw new UsageError(`--${name}: weights of another run come with theirs; leave it out`);
  const picker = origin ? pickerLike(origin, chosen.from ?? '') : pickerOf(chosen);
  const began = origin && beginWith(origin, picker, seed, chosen);
  const multiple = Math.max(traceMultiple(picker), teacher?.traceMultiple ?? 1); // powers of two
  const traces = chosen.traces ?? batch.traces;
  if (traces % multiple) throw new UsageError(`--traces: expected a multiple of ${multiple}, found '${traces}'`);
  const learnt = withoutHeldOut(field, chosen['hold-out'] ?? []);
  const both = learnt.find(({ record }) => watch.some((site) => site.record.digest === record.digest));
  if (both) throw new UsageError(`--watch: expected sites that are not learnt from, found ${both.record.name}`);
  const settings: RunSettings = {
    seed,
    picker,
    batch: { ...batch, windows: chosen.windows ?? batch.windows, traces },
    schedule: { ...schedule, steps: chosen.steps ?? schedule.steps, rate: chosen.rate ?? schedule.rate },
    ...(learnt.length > 0 && {
      field: { share: chosen['field-share'] ?? FINETUNING.share, sites: learnt.map(({ record }) => record) },
    }),
    ...(watch.length > 0 && { watch: watch.map(({ record }) => record) }),
    ...(teacher && { teacher: { ...teacher.record, share: chosen['teacher-share'] ?? TEACHER_SHARE } }),
    ...(chosen.patience !== undefined && { patience: chosen.patience }),
    ...(origin?.picker && { from: { step: origin.picker.step, settings: origin.picker.settings } }),
    ...(began && { transfer: began.transfer }),
  };
  return { settings, start: began?.start };
}

/** The rates and steps of a run that begins so. */
export const scheduleFrom = (origin: Origin | undefined): RunSettings['schedule'] =>
  origin === undefined ? SETTINGS.schedule : origin.picker ? FINETUNING.schedule : ANSWERS_NEW.schedule;

/** How weights move and go on learning, by the name of the option. */
export type Pacing = Partial<Pick<Chosen, 'part' | 'freeze' | 'unfreeze-every' | 'rate-decay'>>;

/** @throws UsageError */
export function beginWith(
  origin: Origin,
  picker: PickerConfig,
  seed: number,
  { part = 'all', freeze, 'unfreeze-every': every, 'rate-decay': decay }: Pacing,
): { readonly start: Parameters; readonly transfer: TransferSettings } {
  const { parameters, report } = moveWeights(
    partOf(origin.networks, part),
    startParameters(pickerLayout(picker).parameters, seed),
  );
  if (report.moved.length === 0)
    throw new UsageError('--from: expected arrays of the name and shape of the picker, found none');
  const frozen = freeze === undefined ? [] : freeze.split(',');
  for (const prefix of frozen)
    if (!report.moved.some((name) => name.startsWith(prefix)))
      throw new UsageError(`--freeze: expected the beginning of a name that moved, found '${prefix}'`);
  const transfer: TransferSettings = {
    part,
    ...report,
    freeze: frozen,
    ...(every !== undefined && { unfreezeEvery: every }),
    ...(decay !== undefined && { rateDecay: decay }),
    ...(origin.record && { origin: origin.record }),
  };
  return { start: parameters, transfer };
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

/** Sizes that are not chosen are those of the shipped picker. @throws UsageError */
function pickerOf({ fold, 'top-kernel': top, ...chosen }: Chosen): PickerConfig {
  const widths = widthsOf(chosen.widths);
  const picker = {
    ...SETTINGS.picker,
    ...(widths && { widths }),
    ...(fold !== undefined && { fold }),
    ...(top !== undefined && { topKernel: kernelOf(top) }),
  };
  try {
    checkUnet(picker);
  } catch (error) {
    throw new UsageError(`--fold: ${(error as Error).message}`);
  }
  return picker;
}

function kernelOf(text: string): Extent {
  const [traces, time, ...rest] = text.split(',').map(Number);
  const odd = (size: number | undefined) => size !== undefined && size % 2 === 1 && size <= 15;
  if (rest.length > 0 || !odd(traces) || !odd(time))
    throw new UsageError(`--top-kernel: expected two odd numbers from 1 to 15, found '${text}'`);
  return [traces, time];
}

export function widthsOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const widths = text.split(',').map(Number);
  const levels = SETTINGS.picker.widths.length;
  if (widths.length !== levels || !widths.every((width) => Number.isInteger(width) && width > 0 && width <= 1024))
    throw new UsageError(`--widths: expected ${levels} whole numbers from 1 to 1024, found '${text}'`);
  return widths;
}
