/** A model folder as a picker, and what is to be known of where it comes from. */
import { isRecordError } from '#shared/errors.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { openFolder } from '../export/open-folder.ts';
import type { Site } from './sites.ts';

export interface ModelFacts {
  readonly name: string;
  /** First twelve digits of its weights' digest. */
  readonly sha256: string;
  readonly seed: number;
  readonly steps: number;
  /** Field sites its weights, and its calibration, have seen. */
  readonly trainedOn: readonly string[];
  readonly calibratedOn: readonly string[];
  /** What it was asked for; a model that knows no dominant arrivals is asked for the first one. */
  readonly arrival: Site['arrival'];
}

export interface ModelPicker {
  readonly picker: Picker;
  readonly model: ModelFacts;
  close(): Promise<void>;
}

export interface ModelPickerOptions {
  /** What is asked for. */
  readonly arrival: Site['arrival'];
  /** Confidence as the network has it, before the calibration of the manifest. @default false */
  readonly raw?: boolean;
}

/** @throws RecordError when the folder holds no model that runs */
export async function openModelPicker(
  folder: string,
  { arrival, raw = false }: ModelPickerOptions,
): Promise<ModelPicker> {
  const opened = await openFolder(folder);
  const { name, training, calibratedOn } = opened.manifest;
  const manifest = raw ? { ...opened.manifest, calibration: [] } : opened.manifest;
  const pickerFor = (asked: Site['arrival']) =>
    PICKERS.neural({ model: async () => ({ ...opened, manifest }), arrival: asked });
  let asked = arrival;
  const picker = await pickerFor(arrival).catch((error: unknown) => {
    if (arrival === 'first' || !isRecordError(error, 'unsupported')) throw error;
    return pickerFor((asked = 'first'));
  });
  return {
    picker,
    model: {
      name,
      sha256: opened.artefact.sha256.slice(0, 12),
      seed: training.seed,
      steps: training.steps,
      trainedOn: training.sites,
      calibratedOn,
      arrival: asked,
    },
    close: () => opened.runtime.close(),
  };
}
