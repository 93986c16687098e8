/** The files of a model, tried on this machine before anybody relies on them: golden scores come out again, and how long a window takes. */
import type { Golden } from '#shared/model/golden.ts';
import { checkGolden, readGolden } from '#shared/model/golden.ts';
import type { Artefact, Kind } from '#shared/model/manifest.ts';
import { type ModelFiles, manifestOf, RegistryError } from '#shared/model/release.ts';
import { type Runtime, windowTimes } from '#shared/model/runtime.ts';
import { runsTflite, startOnnx, startTflite } from '../models.ts';

/** What runs artefacts here, and of which kinds. */
export interface Runs {
  readonly kinds: readonly Kind[];
  start(bytes: Uint8Array, artefact: Artefact): Promise<Runtime>;
}

/** What runs TFLite may be left out of an installation, which then never picks with it. */
const runsHere = (): Runs => ({
  kinds: runsTflite() ? ['onnx', 'tflite'] : ['onnx'],
  start: (bytes, { kind }) => (kind === 'tflite' ? startTflite(bytes) : startOnnx('onnx-web', bytes)),
});

/** @throws RegistryError `refused` when a file does not give the scores of golden.json, or does not run at all */
export async function tryGolden(files: ModelFiles, where: string, runs: Runs = runsHere()): Promise<void> {
  const golden = readGolden(new TextDecoder().decode(files.get('golden.json')), `${where}/golden.json`);
  for (const artefact of manifestOf(files, where).artefacts)
    if (runs.kinds.includes(artefact.kind)) await tryArtefact(artefact, files, golden, where, runs);
}

async function tryArtefact(
  artefact: Artefact,
  files: ModelFiles,
  golden: Golden,
  where: string,
  { start }: Runs,
): Promise<void> {
  const refuse = (found: string, cause?: unknown): never => {
    throw new RegistryError('refused', `${where}/${artefact.file}`, `expected the scores of golden.json, ${found}`, {
      cause,
    });
  };
  const doesNotRun = (cause: unknown) =>
    refuse(`found a model that does not run (${`${(cause as Error).message}`.split('\n')[0]})`, cause);
  const runtime = await start(files.get(artefact.file)!, artefact).catch(doesNotRun);
  try {
    const away = await checkGolden(golden, runtime, `${where}/golden.json`).catch(doesNotRun);
    if (!(away < artefact.goldenTolerance))
      refuse(`found others by ${away.toPrecision(3)}, above ${artefact.goldenTolerance}`);
  } finally {
    await runtime.close();
  }
}

/** Of the first artefact of each, on one window, tried in turn so that a busy machine is as unfair to all. */
export async function windowMsOf(models: readonly ModelFiles[], where: string): Promise<readonly number[]> {
  const { start } = runsHere();
  const runtimes: Runtime[] = [];
  try {
    for (const files of models) {
      const [first] = manifestOf(files, where).artefacts;
      runtimes.push(await start(files.get(first.file)!, first));
    }
    return await windowTimes(runtimes);
  } finally {
    for (const runtime of runtimes) await runtime.close();
  }
}
