/** Runs what a test asks for in a worker of the browser, as the product does. */
import { BROWSER_RUNTIMES, type BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import { type Manifest, readManifest } from '#shared/model/manifest.ts';
import { openModel } from '#shared/model/open-model.ts';
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
  | ({ readonly kind: 'speed'; readonly of: SpeedOf } & SubjectWords);
export type Result = undefined | Speed;

const folder = new URL('/models/picker-1/', location.href).href;
const runtimes = new URL('/runtimes/', location.href).href;

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
  const { read } = { read: async (path: string) => subject.files.get(path.slice('model/'.length))!.slice() };
  return speedOf(
    () => openModel('model', { read, start: subject.start, kind }, { precision: artefact.precision }),
    task.of,
  );
}

self.addEventListener('message', async ({ data }: MessageEvent<Task>) => {
  try {
    self.postMessage({ result: await done(data) });
  } catch (error) {
    self.postMessage({ failed: `${(error as Error)?.message ?? error}` });
  }
});
