/** The files of a model, tried on this machine before anybody relies on them: golden scores come out again, and how long a window takes. */
import type { Golden } from '#shared/model/golden.ts';
import { checkGolden, readGolden } from '#shared/model/golden.ts';
import type { Artefact } from '#shared/model/manifest.ts';
import { type ModelFiles, manifestOf, RegistryError } from '#shared/model/release.ts';
import { type Runtime, windowTimes } from '#shared/model/runtime.ts';
import { runsTflite, startOnnx, startTflite } from '../models.ts';

/** @throws RegistryError `refused` when a file does not give the scores of golden.json, or does not run at all */
export async function tryGolden(files: ModelFiles, where: string): Promise<void> {
  const golden = readGolden(new TextDecoder().decode(files.get('golden.json')), `${where}/golden.json`);
  // What runs TFLite may be left out of an installation, which then never picks with it.
  for (const artefact of manifestOf(files, where).artefacts)
    if (artefact.kind === 'onnx' || runsTflite()) await tryArtefact(artefact, files, golden, where);
}

async function tryArtefact(artefact: Artefact, files: ModelFiles, golden: Golden, where: string): Promise<void> {
  const refuse = (found: string, cause?: unknown): never => {
    throw new RegistryError('refused', `${where}/${artefact.file}`, `expected the scores of golden.json, ${found}`, {
      cause,
    });
  };
  const doesNotRun = (cause: unknown) =>
    refuse(`found a model that does not run (${`${(cause as Error).message}`.split('\n')[0]})`, cause);
  const runtime = await started(artefact, files).catch(doesNotRun);
  try {
    const away = await checkGolden(golden, runtime, `${where}/golden.json`).catch(doesNotRun);
    if (!(away < artefact.goldenTolerance))
      refuse(`found others by ${away.toPrecision(3)}, above ${artefact.goldenTolerance}`);
  } finally {
    await runtime.close();
  }
}

const started = ({ kind, file }: Artefact, files: ModelFiles): Promise<Runtime> =>
  kind === 'tflite' ? startTflite(files.get(file)!) : startOnnx('onnx-web', files.get(file)!);

/** Of the first artefact of each, on one window, tried in turn so that a busy machine is as unfair to all. */
export async function windowMsOf(models: readonly ModelFiles[], where: string): Promise<readonly number[]> {
  const runtimes: Runtime[] = [];
  try {
    for (const files of models) runtimes.push(await started(manifestOf(files, where).artefacts[0], files));
    return await windowTimes(runtimes);
  } finally {
    for (const runtime of runtimes) await runtime.close();
  }
}
