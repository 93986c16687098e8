/** Runs what a test asks for in a worker of the browser, as the product does. */
import { BROWSER_RUNTIMES, type BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import { type Manifest, readManifest } from '#shared/model/manifest.ts';
import { type OpenedModel, openModel } from '#shared/model/open-model.ts';
import { CHECKS, type Expected, type Subject } from '../../model/conformance.ts';
import { type Speed, type SpeedOf, speedOf } from '../../model/speed.ts';

export interface SubjectWords {
  readonly runtime: BrowserRuntimeName;
  /** Name of its file. */
  readonly artefact: string;
  readonly threads: number;
}

export type Task =
  | ({ readonly kind: 'check'; readonly check: string; readonly expected: Expected } & SubjectWords)
  | ({ readonly kind: 'speed'; readonly of: SpeedOf } & SubjectWords)
  /** Numbers travel as base64. */
  | ({
      readonly kind: 'run';
      readonly features: string;
      readonly windows: number;
      readonly traces: number;
    } & SubjectWords);
export type Result = undefined | Speed | { readonly onset: string; readonly none: string };

/** What TypeScript does not know yet (ECMAScript 2026). */
const Bytes = Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> };
const asText = (values: Float32Array) =>
  (new Uint8Array(values.buffer, values.byteOffset, values.byteLength) as unknown as { toBase64(): string }).toBase64();

const folder = new URL('/models/picker-1/', location.href).href;
const runtimes = new URL('/runtimes/', location.href).href;

let model: OpenedModel | undefined;
let files: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

async function filesOfModel(): Promise<ReadonlyMap<string, Uint8Array>> {
  const fetched = async (name: string) => new Uint8Array(await (await fetch(folder + name)).arrayBuffer());
  const { artefacts } = await manifestOfModel();
  const names = ['manifest.json', 'golden.json', ...artefacts.map(({ file }) => file)];
  return new Map(await Promise.all(names.map(async (name) => [name, await fetched(name)] as const)));
}

const manifestOfModel = async (): Promise<Manifest> =>
  readManifest(await (await fetch(`${folder}manifest.json`)).text(), 'manifest.json');

async function done(task: Task): Promise<Result> {
  const { artefacts } = await manifestOfModel();
  const artefact = artefacts.find(({ file }) => file === task.artefact)!;
  files ??= filesOfModel();
  const { kind, start } = BROWSER_RUNTIMES[task.runtime];
  const subject: Subject = {
    runtime: task.runtime,
    artefact,
    files: await files,
    start: (model) => start(model, runtimes, task.threads),
  };
  if (task.kind === 'check') return CHECKS[task.check](subject, task.expected) as Promise<undefined>;
  const read = async (path: string) => subject.files.get(path.slice('model/'.length))!.slice();
  const open = () => openModel('model', { read, start: subject.start, kind }, { precision: artefact.precision });
  if (task.kind === 'speed') return speedOf(open, task.of);
  model ??= await open();
  const { buffer } = Bytes.fromBase64(task.features);
  const { onset, none } = await model.runtime.run(new Float32Array(buffer), task.windows, task.traces);
  return { onset: asText(onset), none: asText(none) };
}

self.addEventListener('message', async ({ data }: MessageEvent<Task>) => {
  try {
    self.postMessage({ result: await done(data) });
  } catch (error) {
    self.postMessage({ failed: `${(error as Error)?.message ?? error}` });
  }
});
