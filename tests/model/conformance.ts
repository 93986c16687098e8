/**
 * What every runtime does with every artefact of a model folder, wherever it runs: the same checks in Node and in a browser. Each throws
 * where it does not hold.
 */
import { isRecordError } from '#shared/errors.ts';
import { expectGolden, type Golden, goldenShot, readGolden } from '#shared/model/golden.ts';
import { type Artefact, type Manifest, sha256 } from '#shared/model/manifest.ts';
import { type ModelDoor, type OpenedModel, openModel } from '#shared/model/open-model.ts';
import type { WindowScores } from '#shared/model/runtime.ts';
import { CHANNELS, cutWindow, SAMPLES, windowTraces } from '#shared/model/window.ts';
import { ms } from '#shared/units.ts';

/** A runtime on an artefact, with the files of the model folder by name. */
export interface Subject {
  readonly runtime: string;
  readonly artefact: Artefact;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly start: ModelDoor['start'];
}

export type Check = (subject: Subject, expected: Expected) => Promise<void>;

/** What the first artefact gives by ONNX Runtime in WebAssembly, for the windows of `windowsOf`. */
export type Expected = readonly { readonly onset: readonly number[]; readonly none: readonly number[] }[];

const folder = 'model';
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

export const opened = (
  { artefact, files, start }: Subject,
  changed: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<OpenedModel> =>
  openModel(
    folder,
    {
      read: async (path) => {
        const name = path.slice(folder.length + 1);
        return (changed.get(name) ?? files.get(name)!).slice();
      },
      start,
      kind: artefact.kind,
    },
    { precision: artefact.precision },
  );

async function withModel<T>(subject: Subject, use: (model: OpenedModel) => Promise<T>): Promise<T> {
  const model = await opened(subject);
  try {
    return await use(model);
  } finally {
    await model.runtime.close();
  }
}

function hold(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Windows and traces of each, and of how many traces the golden gathers are repeated to fill them. */
const COUNTS = [
  [1, 8],
  [1, 4],
  [3, 12],
  [1, 64],
  [2, 40],
  [1, 256],
] as const;

interface Batch {
  readonly windows: number;
  readonly traces: number;
  /** [window, trace, sample, channel] */
  readonly features: Float32Array;
}

/** Windows of the golden gathers, repeated to as many traces as are asked for. */
export function windowsOf(golden: Golden): readonly Batch[] {
  const rows = golden.gathers.flatMap((gather) => {
    const shot = goldenShot(gather, 'golden.json');
    const frame = { start: gather.window.startMs.map(ms), interval: ms(gather.window.intervalMs) };
    const { features } = cutWindow(windowTraces(shot), frame);
    const size = SAMPLES * CHANNELS.length;
    return gather.window.startMs.map((_, t) => features.subarray(t * size, (t + 1) * size));
  });
  return COUNTS.map(([windows, traces]) => {
    const features = new Float32Array(windows * traces * SAMPLES * CHANNELS.length);
    for (let i = 0; i < windows * traces; i++) features.set(rows[i % rows.length], i * SAMPLES * CHANNELS.length);
    return { windows, traces, features };
  });
}

const goldenIn = ({ files }: Subject): Golden => readGolden(text(files.get('golden.json')!), 'golden.json');

/** @param subject ONNX Runtime on the first artefact, which the others are held against */
export const expectedScores = (subject: Subject): Promise<Expected> =>
  withModel(subject, async ({ runtime }) => {
    const scores: Expected[number][] = [];
    for (const { features, windows, traces } of windowsOf(goldenIn(subject))) {
      const { onset, none } = await runtime.run(features, windows, traces);
      scores.push({ onset: [...onset], none: [...none] });
    }
    return scores;
  });

/** Largest distance of log-probabilities at the bin that is expected to be likeliest, and of the logits of "none". */
function farthest(found: { onset: Float32Array; none: Float32Array }, expected: Expected[number]): number {
  let most = 0;
  const logProbability = (row: ArrayLike<number>, bin: number) => {
    let sum = 0;
    for (let k = 0; k < SAMPLES; k++) sum += Math.exp(row[k] - row[bin]);
    return -Math.log(sum);
  };
  for (let t = 0; t < expected.none.length; t++) {
    const [here, there] = [found.onset, expected.onset].map((all) => all.slice(t * SAMPLES, (t + 1) * SAMPLES));
    const bin = Array.from(there).reduce((best, value, k) => (value > there[best] ? k : best), 0);
    most = Math.max(
      most,
      Math.abs(logProbability(here, bin) - logProbability(there, bin)),
      Math.abs(found.none[t] - expected.none[t]),
    );
  }
  return most;
}

/** One line that names the file; the code, and what else it must say. */
async function refusal(run: () => Promise<OpenedModel>, file: string, expected: RegExp): Promise<void> {
  let found = 'nothing wrong with it';
  try {
    await (await run()).runtime.close();
  } catch (error) {
    found = isRecordError(error) ? `${error.code}: ${error.message}` : `no typed error: ${(error as Error).message}`;
  }
  const said = found.includes(`${folder}/${file}: `) && !found.includes('\n') && expected.test(found);
  hold(said, `expected one line on ${file} like ${expected}, found ${found}`);
}

/** A file in the place of the artefact, once with the manifest as it was, once with one that has its digest. */
const exchanged = async ({ artefact, files }: Subject, bytes: Uint8Array) => {
  const manifest: Manifest = JSON.parse(text(files.get('manifest.json')!));
  const digest = await sha256(bytes);
  const artefacts = manifest.artefacts.map((each) =>
    each.file === artefact.file ? { ...each, sha256: digest, bytes: bytes.length } : each,
  );
  return {
    digest,
    alone: new Map([[artefact.file, bytes]]),
    withManifest: new Map([
      [artefact.file, bytes],
      ['manifest.json', bytesOf({ ...manifest, artefacts })],
    ]),
  };
};

const own = ({ artefact, files }: Subject) => files.get(artefact.file)!;

export const CHECKS: Readonly<Record<string, Check>> = {
  'names the runtime, the artefact and its digest': (subject) =>
    withModel(subject, async ({ runtime, artefact }) => {
      hold(runtime.name === subject.runtime, `expected ${subject.runtime}, found ${runtime.name}`);
      hold(artefact.file === subject.artefact.file, `expected ${subject.artefact.file}, found ${artefact.file}`);
      const digest = await sha256(own(subject));
      hold(artefact.sha256 === digest, `expected ${digest}, found ${artefact.sha256}`);
    }),

  'finds the golden scores': (subject) =>
    withModel(subject, async (model) => {
      await expectGolden(text(subject.files.get('golden.json')!), model);
    }),

  'scores windows of any count as floats do': (subject, expected) =>
    withModel(subject, async ({ runtime, artefact }) => {
      for (const [i, { features, windows, traces }] of windowsOf(goldenIn(subject)).entries()) {
        const found = await runtime.run(features, windows, traces);
        hold(found.onset.length === windows * traces * SAMPLES, `expected all onsets, found ${found.onset.length}`);
        hold(found.none.length === windows * traces, `expected all traces, found ${found.none.length}`);
        const away = farthest(found, expected[i]);
        const { goldenTolerance } = artefact;
        hold(away <= goldenTolerance, `${windows} × ${traces}: expected ${goldenTolerance} at most, found ${away}`);
      }
    }),

  'gives the same scores again, in any order of counts': (subject) =>
    withModel(subject, async ({ runtime }) => {
      const batches = windowsOf(goldenIn(subject));
      const first: WindowScores[] = [];
      for (const { features, windows, traces } of batches) first.push(await runtime.run(features, windows, traces));
      for (const i of [5, 0, 3, 1, 4, 2, 0, 0]) {
        const { features, windows, traces } = batches[i];
        const given = features.slice();
        const { onset, none } = await runtime.run(features, windows, traces);
        hold(
          onset.every((value, k) => value === first[i].onset[k]) &&
            none.every((value, k) => value === first[i].none[k]),
          `${windows} × ${traces}: expected the same scores, found others`,
        );
        hold(
          given.every((value, k) => value === features[k]),
          'expected the windows untouched, found them changed',
        );
      }
    }),

  'serves calls that overlap': (subject) =>
    withModel(subject, async ({ runtime }) => {
      const batches = windowsOf(goldenIn(subject)).slice(0, 4);
      const alone: WindowScores[] = [];
      for (const { features, windows, traces } of batches) alone.push(await runtime.run(features, windows, traces));
      const together = await Promise.all(
        batches.map(({ features, windows, traces }) => runtime.run(features, windows, traces)),
      );
      together.forEach(({ none }, i) => {
        hold(
          none.every((value, k) => value === alone[i].none[k]),
          'expected the scores of each alone, found others',
        );
      });
    }),

  'runs no more once it is closed': async (subject) => {
    const { runtime } = await opened(subject);
    await runtime.close();
    const failed = await runtime.run(new Float32Array(4 * SAMPLES * CHANNELS.length), 1, 4).then(
      () => false,
      () => true,
    );
    hold(failed, 'expected a failure, found scores');
  },

  'refuses a damaged file and names both digests': async (subject) => {
    const bytes = own(subject).slice();
    bytes[bytes.length >> 1] ^= 1;
    const { alone, digest } = await exchanged(subject, bytes);
    const both = new RegExp(`^malformed: .*expected SHA-256 ${subject.artefact.sha256}, found ${digest}$`);
    await refusal(() => opened(subject, alone), subject.artefact.file, both);
  },

  'refuses a truncated file, also one that the manifest knows': async (subject) => {
    const { alone, withManifest } = await exchanged(subject, own(subject).slice(0, own(subject).length >> 1));
    await refusal(() => opened(subject, alone), subject.artefact.file, /^truncated: .*expected SHA-256 \w+, found \w+/);
    await refusal(() => opened(subject, withManifest), subject.artefact.file, /expected a model that runs, found \S/);
  },

  'refuses a file that is something else, also one that the manifest knows': async (subject) => {
    const { withManifest } = await exchanged(subject, new TextEncoder().encode('<!doctype html><title>no</title>'));
    await refusal(() => opened(subject, withManifest), subject.artefact.file, /expected a model that runs, found \S/);
  },

  'refuses the file of another artefact': async (subject) => {
    for (const other of subject.files.keys()) {
      if (other === subject.artefact.file || !/^model\./.test(other)) continue;
      const { alone, withManifest } = await exchanged(subject, subject.files.get(other)!);
      await refusal(() => opened(subject, alone), subject.artefact.file, /expected SHA-256 \w+, found \w+/);
      const otherKind = other.endsWith('.tflite') !== subject.artefact.file.endsWith('.tflite');
      if (otherKind)
        await refusal(
          () => opened(subject, withManifest),
          subject.artefact.file,
          /expected a model that runs, found \S/,
        );
    }
  },

  'refuses operators of a later version': async (subject) => {
    const { withManifest } = await exchanged(subject, withLaterOperators(own(subject), subject.artefact.kind));
    await refusal(() => opened(subject, withManifest), subject.artefact.file, /expected a model that runs, found \S/);
  },

  'refuses a model of another input': async (subject) => {
    const { withManifest } = await exchanged(subject, withOtherInput(own(subject), subject.artefact.kind));
    const said = /expected a model that runs, found .*\b64\b.*, not .*\b128\b/;
    await refusal(() => opened(subject, withManifest), subject.artefact.file, said);
  },
};

/** Version 99 in the place of the one that is written. */
function withLaterOperators(model: Uint8Array, kind: Artefact['kind']): Uint8Array {
  const bytes = model.slice();
  if (kind === 'onnx') {
    // ModelProto.opset_import (field 8), of one OperatorSetIdProto with its version (field 2), and perhaps an empty domain.
    const at = positionOf(bytes, (i) => bytes[i] === 0x42 && bytes[i + 1] === 2 && bytes[i + 2] === 0x10);
    const named = positionOf(
      bytes,
      (i) =>
        bytes[i] === 0x42 && bytes[i + 1] === 4 && bytes[i + 2] === 0x0a && bytes[i + 3] === 0 && bytes[i + 4] === 0x10,
    );
    if (at === undefined && named === undefined) throw new Error('expected a version of the operators, found none');
    bytes[at === undefined ? named! + 5 : at + 3] = 99;
    return bytes;
  }
  // Model.operator_codes (field 1); OperatorCode.version (field 2) is left out where it is 1.
  const view = new DataView(bytes.buffer);
  const followed = (at: number) => at + view.getUint32(at, true);
  const slot = (table: number, place: number) => {
    const fields = table - view.getInt32(table, true);
    const end = view.getUint16(fields, true);
    return 4 + 2 * place < end ? view.getUint16(fields + 4 + 2 * place, true) : 0;
  };
  const model0 = followed(0);
  const codes = followed(model0 + slot(model0, 1));
  for (let i = 0; i < view.getUint32(codes, true); i++) {
    const code = followed(codes + 4 + 4 * i);
    const version = slot(code, 2);
    if (!version) continue;
    view.setInt32(code + version, 99, true);
    return bytes;
  }
  throw new Error('expected a version of an operator, found none');
}

/** Windows of 64 samples. */
function withOtherInput(model: Uint8Array, kind: Artefact['kind']): Uint8Array {
  const bytes = model.slice();
  const view = new DataView(bytes.buffer);
  if (kind === 'onnx') {
    // TensorShapeProto of `window`: dimensions (field 1) of value (field 1) 128, then 4.
    const at = positionOf(bytes, (i) => sequence(bytes, i, [0x0a, 3, 0x08, 0x80, 1, 0x0a, 2, 0x08, 4]));
    if (at === undefined) throw new Error('expected the shape of the input, found none');
    bytes.set([0xc0, 0], at + 3); // 64 as a varint of the same length
    return bytes;
  }
  const at = positionOf(bytes, (i) => i % 4 === 0 && i + 16 <= bytes.length && isWindow(view, i));
  if (at === undefined) throw new Error('expected the shape of the input, found none');
  view.setInt32(at + 8, 64, true);
  return bytes;
}

const isWindow = (view: DataView, at: number) =>
  view.getInt32(at, true) === 1 &&
  view.getInt32(at + 4, true) > 0 &&
  view.getInt32(at + 8, true) === SAMPLES &&
  view.getInt32(at + 12, true) === CHANNELS.length;
const sequence = (bytes: Uint8Array, at: number, of: readonly number[]) =>
  of.every((byte, k) => bytes[at + k] === byte);

function positionOf(bytes: Uint8Array, found: (i: number) => boolean): number | undefined {
  for (let i = 0; i < bytes.length; i++) if (found(i)) return i;
  return undefined;
}
