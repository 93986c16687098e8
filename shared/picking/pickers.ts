/** The pickers a user can name. One of them needs a model, which the caller brings when it is asked for. */
import { RecordError } from '../errors.ts';
import type { OpenedModel } from '../model/open-model.ts';
import { aicPicker } from './aic.ts';
import { classicalPicker } from './classical.ts';
import { neuralPicker } from './neural.ts';
import type { Picker } from './pick-shot.ts';
import { staLtaPicker } from './sta-lta.ts';

/** First energy, or the first strong wave: shear-wave records have weak ones ahead of what is asked for. */
export const ARRIVALS = ['first', 'dominant'] as const;
export type Arrival = (typeof ARRIVALS)[number];

export interface PickerNeeds {
  /** Opened for the neural picker only. */
  model(): Promise<OpenedModel>;
  /** What the neural picker calls the first break. */
  readonly arrival: Arrival;
}

export type PickerName = 'neural' | 'classical' | 'sta-lta' | 'aic';

export const PICKERS: Readonly<Record<PickerName, (needs: PickerNeeds) => Promise<Picker>>> = {
  neural: async ({ model, arrival }) => learnedPicker(await model(), arrival),
  classical: async () => classicalPicker,
  'sta-lta': async () => staLtaPicker,
  aic: async () => aicPicker,
};

/** @throws RecordError `unsupported` when the model does not know the arrival */
function learnedPicker(model: OpenedModel, arrival: Arrival): Picker {
  const { manifest, artefact, runtime } = model;
  if (arrival === 'dominant' && !manifest.outputs.includes(arrival))
    throw new RecordError(
      'unsupported',
      manifest.name,
      `expected a model that scores dominant arrivals, found one that scores ${manifest.outputs.join(', ')}`,
    );
  return { ...neuralPicker(model), learned: { runtime: runtime.name, digest: artefact.sha256 } };
}
