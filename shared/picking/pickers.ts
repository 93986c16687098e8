/** The pickers a user can name. */
import { aicPicker } from './aic.ts';
import { classicalPicker } from './classical.ts';
import type { Picker } from './pick-shot.ts';
import { staLtaPicker } from './sta-lta.ts';

export { aicPicker, classicalPicker, staLtaPicker };

export const PICKERS = {
  classical: classicalPicker,
  'sta-lta': staLtaPicker,
  aic: aicPicker,
} as const satisfies Readonly<Record<string, Picker>>;

export type PickerName = keyof typeof PICKERS;
export const DEFAULT_PICKER: PickerName = 'classical';
