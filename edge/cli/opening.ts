/** Which picker a command uses: the neural one where a model ships, unless another is named; the classical one where that does not open. */
import { isRecordError } from '#shared/errors.ts';
import { PRECISIONS } from '#shared/model/manifest.ts';
import { choiceOption, numberOption, type OptionTable, type OptionValues, UsageError } from '#shared/options.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS, type PickerName } from '#shared/picking/pickers.ts';
import { type ModelChoice, modelFolder, modelShips, openModelFolder, RUNTIME_CHOICES } from '../models.ts';
import { complain } from './output.ts';

const NAMES = Object.keys(PICKERS) as PickerName[];

export const PICKER_OPTIONS = {
  picker: {
    type: 'string',
    value: 'NAME',
    help: 'neural (default), classical (no model, faster), sta-lta or aic (single traces, for comparison)',
  },
  model: { type: 'string', value: 'NAME|DIR', help: 'model of the neural picker (default: the one that ships)' },
  artefact: {
    type: 'string',
    value: 'NAME',
    help: 'which file of the model: fp32, or int8, a quarter of its size (default: what the runtime has)',
  },
  runtime: {
    type: 'string',
    value: 'NAME',
    help: 'what runs the model: auto (default: the fastest that is installed), tflite, onnx-web or onnx-node',
  },
  threads: { type: 'string', value: 'N', help: 'threads of the neural picker (default 1)' },
} as const satisfies OptionTable;

export interface PickerChoice {
  readonly name: PickerName;
  /** Somebody asked for a picker or a model: another picker is no substitute. */
  readonly asked: boolean;
  readonly folder: string;
  readonly model: ModelChoice;
}

/** @throws UsageError */
export function pickerChoice(values: OptionValues<typeof PICKER_OPTIONS>): PickerChoice {
  const { picker, model, artefact, runtime } = values;
  const asked = [picker, model, artefact, runtime].some((value) => value !== undefined);
  const name = choiceOption('picker', picker ?? (asked || modelShips() ? 'neural' : 'classical'), NAMES);
  const threads = numberOption('threads', values.threads, { min: 1, max: 64, whole: true }) ?? 1;
  const precision = artefact === undefined ? undefined : choiceOption('artefact', artefact, PRECISIONS);
  const by = choiceOption('runtime', runtime ?? 'auto', RUNTIME_CHOICES);
  if (picker !== undefined && name !== 'neural') {
    const idle = (['model', 'artefact', 'runtime', 'threads'] as const).find((option) => values[option] !== undefined);
    if (idle) throw new UsageError(`--${idle}: expected the neural picker, found --picker ${name}`);
  }
  return { name, asked, folder: modelFolder(model), model: { threads, precision, runtime: by } };
}

/** @throws RecordError when the model that was asked for cannot be used */
export async function openPicker({ name, asked, folder, model }: PickerChoice): Promise<Picker> {
  try {
    return await PICKERS[name]({ model: () => openModelFolder(folder, model) });
  } catch (error) {
    if (asked || !isRecordError(error)) throw error;
    complain(
      `firstbreak: ${error.message}; picking with the classical picker (--picker classical does so without this line)\n`,
    );
    return classicalPicker;
  }
}
