/** Model folders with small random networks, for tests of everything around a model but its accuracy. */
import type { Manifest } from '#shared/model/manifest.ts';
import { startBackend } from '../../training/backend.ts';
import { exportModel } from '../../training/export/model-folder.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { pickerLayout } from '../../training/picker.ts';
import { SETTINGS } from '../../training/train.ts';

/** @param decided factor on the scores of places: a random network knows none, and picks little, unless it is made to */
export async function madeModel(folder: string, name: string, seed = 1, decided = 1): Promise<Manifest> {
  await startBackend('wasm');
  const picker = { ...SETTINGS.picker, widths: [4, 4, 6, 8] };
  const settings = { ...SETTINGS, seed, picker, batch: { ...SETTINGS.batch, windows: 1, traces: 8 } };
  const parameters = startParameters(pickerLayout(picker).parameters, seed);
  parameters.byName.get('onset.kernel')!.forEach((value, i, kernel) => {
    kernel[i] = decided * value;
  });
  return (await exportModel({ settings, step: 0, parameters }, name, folder)).manifest;
}
