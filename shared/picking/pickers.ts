/** The pickers a user can name. One of them needs a model, which the caller brings when it is asked for. */
import { type OpenedModel, wordOf } from '../model/open-model.ts';
import { aicPicker } from './aic.ts';
import { classicalPicker } from './classical.ts';
import { neuralPicker } from './neural.ts';
import type { Picker } from './pick-shot.ts';
import { staLtaPicker } from './sta-lta.ts';

export interface PickerNeeds {
  /** Opened for the neural picker only. */
  model(): Promise<OpenedModel>;
}

export type PickerName = 'neural' | 'classical' | 'sta-lta' | 'aic';

export const PICKERS: Readonly<Record<PickerName, (needs: PickerNeeds) => Promise<Picker>>> = {
  neural: async ({ model }) => learnedPicker(await model()),
  classical: async () => classicalPicker,
  'sta-lta': async () => staLtaPicker,
  aic: async () => aicPicker,
};

function learnedPicker(model: OpenedModel): Picker {
  const { artefact, runtime } = model;
  return { ...neuralPicker(model), name: wordOf(model), learned: { runtime: runtime.name, digest: artefact.sha256 } };
}
