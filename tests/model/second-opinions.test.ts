/** The files that ship, by programs that are not ours and need not be installed: TFLite's own interpreter, the checker of ONNX. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE_RUNTIMES, modelFolder } from '#edge/models.ts';
import { readManifest } from '#shared/model/manifest.ts';
import { CHECKS, expectedScores, type Subject } from './conformance.ts';
import { checkedOnnx, hasChecker, hasInterpreter, nativeTflite } from './python.ts';

const folder = modelFolder();
const files = new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
const { artefacts } = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');

describe.skipIf(!hasChecker())('the checker of ONNX (skipped unless python3 has onnx)', () => {
  it.each(artefacts.filter(({ kind }) => kind === 'onnx').map(({ file }) => file))(
    'finds nothing wrong with %s',
    (file) => {
      expect(checkedOnnx(join(folder, file))).toBe('');
    },
  );
});

describe.skipIf(!hasInterpreter())(
  'TFLite’s interpreter (skipped unless python3 has tensorflow, tflite-runtime or ai-edge-litert)',
  () => {
    const artefact = artefacts.find(({ kind }) => kind === 'tflite')!;
    const subject: Subject = {
      runtime: 'tflite-native',
      artefact,
      files,
      start: async () => nativeTflite(join(folder, artefact.file)),
    };

    it.each([
      'names the runtime, the artefact and its digest',
      'finds the golden scores',
      'scores windows of any count as floats do',
      'gives the same scores again, in any order of counts',
      'serves calls that overlap',
      'runs no more once it is closed',
    ])('%s', async (check) => {
      const { start } = MACHINE_RUNTIMES.find(({ name }) => name === 'onnx-web')!;
      const floats: Subject = { runtime: 'onnx-web', artefact: artefacts[0], files, start: (bytes) => start(bytes, 1) };
      await CHECKS[check](subject, await expectedScores(floats));
    });
  },
);
