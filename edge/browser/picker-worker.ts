/** A worker that opens dropped files and picks them with the code that every other door uses, off the thread that draws. */
import { isRecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type Shot, timed } from '#shared/gather.ts';
import { wordOf } from '#shared/model/open-model.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { blobSource } from '#shared/source.ts';
import type { Failure, FileSummary, ModelFacts, Reply, Request } from './protocol.ts';
import { type ModelAddress, openProvedModel } from './runtimes.ts';

let picker: Picker | undefined;
let close: () => Promise<void> = async () => {};
const stopped = new Set<number>();

const say = (reply: Reply, handedOver: Transferable[] = []) => self.postMessage(reply, { transfer: handedOver });

/** One after the other, in the order they came; only `stop` is heard at once. */
let last: Promise<void> = Promise.resolve();
self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'stop') stopped.add(data.id);
  else last = last.then(() => answer(data));
});

async function answer(request: Exclude<Request, { kind: 'stop' }>): Promise<void> {
  const { id } = request;
  try {
    if (request.kind === 'open') say({ kind: 'opened', id, model: await openPicker(request.model) });
    else {
      const summary = await pickFile(request);
      say(summary ? { kind: 'done', id, summary } : { kind: 'stopped', id });
    }
  } catch (error) {
    say({ kind: 'failed', id, failure: failureOf(error) });
  }
  stopped.delete(id);
}

const failureOf = (error: unknown): Failure =>
  isRecordError(error)
    ? { code: error.code, message: error.message }
    : { code: 'failed', message: `${(error as Error)?.message ?? error}`.split('\n')[0] };

async function openPicker(address: ModelAddress): Promise<ModelFacts> {
  const started = performance.now();
  await close();
  picker = undefined;
  const opened = await openProvedModel(address);
  const { artefact, manifest, runtime, difference } = opened;
  picker = await PICKERS.neural({ model: async () => opened });
  close = () => runtime.close();
  return {
    word: wordOf(opened),
    name: manifest.name,
    runtime: runtime.name,
    artefact: artefact.file,
    precision: artefact.precision,
    digest: artefact.sha256,
    goldenDifference: difference,
    goldenTolerance: artefact.goldenTolerance,
    milliseconds: performance.now() - started,
  };
}

/** undefined: stopped. */
async function pickFile({ id, file, name, options }: Request & { kind: 'pick' }): Promise<FileSummary | undefined> {
  if (!picker) throw new Error('expected an opened model, found none');
  const started = performance.now();
  const recording = await open(blobSource(file, name), options);
  let [shots, traces] = [0, 0];
  for await (const shot of recording.shots()) {
    if (stopped.has(id)) return undefined;
    const from = performance.now();
    const { picks, ...rest } = await pickShot(name, shot, picker, options);
    const judgement = judgeShot(timed(shot, name), picks);
    const milliseconds = performance.now() - from;
    const owned = withOwnAmplitudes(shot);
    say({ kind: 'shot', id, shot: { picked: { ...rest, picks, shot: owned }, judgement, milliseconds } }, [
      owned.amplitudes.buffer,
    ]);
    shots++;
    traces += shot.traces.length;
  }
  const { format, problems } = recording;
  return { format, shots, traces, milliseconds: performance.now() - started, problems };
}

/** A reader may have cut the amplitudes out of something larger, which is not given away. */
const withOwnAmplitudes = (shot: Shot): Shot & { readonly amplitudes: Float32Array<ArrayBuffer> } => ({
  ...shot,
  amplitudes: shot.amplitudes.slice() as Float32Array<ArrayBuffer>,
});
