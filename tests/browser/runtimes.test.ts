/** Every runtime of the browser on every artefact that ships: the one suite of `conformance.ts`, in headless Chromium. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER_RUNTIMES, type BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import { MACHINE_RUNTIMES, modelFolder } from '#edge/models.ts';
import { readManifest } from '#shared/model/manifest.ts';
import { CHECKS, type Expected, expectedScores } from '../model/conformance.ts';
import { openTestPage, type TestPage } from './open-page.ts';

const folder = modelFolder();
const files = new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
const { artefacts } = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');

const subjects = (Object.keys(BROWSER_RUNTIMES) as BrowserRuntimeName[]).flatMap((runtime) =>
  artefacts
    .filter(({ kind }) => kind === BROWSER_RUNTIMES[runtime].kind)
    .flatMap(({ file }) => [1, 2].map((threads) => ({ runtime, artefact: file, threads }))),
);

let page: TestPage;
let expected: Expected;
beforeAll(async () => {
  const { start } = MACHINE_RUNTIMES.find(({ name }) => name === 'onnx-web')!;
  expected = await expectedScores({
    runtime: 'onnx-web',
    artefact: artefacts[0],
    files,
    start: (bytes) => start(bytes, 1),
  });
  page = await openTestPage();
}, 120_000);
afterAll(() => page?.close());

it('the page is isolated, so that threads are allowed', async () => {
  expect(await page.page.evaluate(() => crossOriginIsolated)).toBe(true);
});

/** What threads might spoil. */
const SCORES = [
  'finds the golden scores',
  'gives the same scores again, in any order of counts',
  'serves calls that overlap',
];

describe.each(subjects)('$runtime on $artefact, threads $threads', (subject) => {
  it.each(subject.threads > 1 ? SCORES : Object.keys(CHECKS))('%s', async (check) => {
    expect(Object.keys(CHECKS)).toContain(check);
    await page.ask({ kind: 'check', check, expected, ...subject });
  });
});
