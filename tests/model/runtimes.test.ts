/** Every runtime of this machine on every artefact that ships: the one suite of `conformance.ts`, in Node. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MACHINE_RUNTIMES, modelFolder } from '#edge/models.ts';
import { readGolden } from '#shared/model/golden.ts';
import { readManifest } from '#shared/model/manifest.ts';
import { CHECKS, type Expected, expectedScores, opened, type Subject, windowsOf } from './conformance.ts';

const folder = modelFolder();
const files = new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
const text = (name: string) => new TextDecoder().decode(files.get(name));
const { artefacts } = readManifest(text('manifest.json'), 'manifest.json');

const subjects = MACHINE_RUNTIMES.flatMap(({ name, kind, isInstalled, start }) =>
  artefacts
    .filter((artefact) => artefact.kind === kind)
    .map((artefact) => ({
      name: `${name} on ${artefact.file}`,
      isInstalled,
      subject: { runtime: name, artefact, files, start: (model) => start(model, 1) } satisfies Subject,
    })),
);

let expected: Expected;
beforeAll(async () => {
  expected = await expectedScores(subjects.find(({ name }) => name === 'onnx-web on model.onnx')!.subject);
});

describe.each(subjects)('$name (skipped where the runtime is not installed)', ({ subject, isInstalled }) => {
  it.skipIf(!isInstalled).each(Object.entries(CHECKS))('%s', (_, check) => check(subject, expected));

  it.skipIf(!isInstalled)('gives its memory back', async () => {
    const use = async () => {
      const { runtime } = await opened(subject);
      const { features, windows, traces } = windowsOf(readGolden(text('golden.json'), 'golden.json'))[5];
      await runtime.run(features, windows, traces);
      await runtime.close();
    };
    for (let i = 0; i < 3; i++) await use();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 24; i++) await use();
    // One that stays open takes 6 MB and more.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(80);
  });
});
