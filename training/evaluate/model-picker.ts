/** A model folder as a picker, and what is to be known of where it comes from. */
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { openFolder } from '../export/open-folder.ts';

export interface ModelFacts {
  readonly name: string;
  /** First twelve digits of its weights' digest. */
  readonly sha256: string;
  readonly seed: number;
  readonly steps: number;
  /** Field sites its weights, and its calibration, have seen. */
  readonly trainedOn: readonly string[];
  readonly calibratedOn: readonly string[];
}

export interface ModelPicker {
  readonly picker: Picker;
  readonly model: ModelFacts;
  close(): Promise<void>;
}

export interface ModelPickerOptions {
  /** Confidence as the network has it, before the calibration of the manifest. @default false */
  readonly raw?: boolean;
}

/** @throws RecordError when the folder holds no model that runs */
export async function openModelPicker(folder: string, { raw = false }: ModelPickerOptions = {}): Promise<ModelPicker> {
  const opened = await openFolder(folder);
  const { name, training, calibratedOn } = opened.manifest;
  const manifest = raw ? { ...opened.manifest, calibration: [] } : opened.manifest;
  return {
    picker: await PICKERS.neural({ model: async () => ({ ...opened, manifest }) }),
    model: {
      name,
      sha256: opened.artefact.sha256.slice(0, 12),
      seed: training.seed,
      steps: training.steps,
      trainedOn: training.sites,
      calibratedOn,
    },
    close: () => opened.runtime.close(),
  };
}
