/**
 * `npm run agreement`: picks every open site of FIRSTBREAK_FIELD_DATA with every runtime on every artefact, in Node, in headless
 * Chromium and, where one is installed, by TFLite's own interpreter, and writes into docs/runtimes.md how many stay where ONNX Runtime
 * puts them with floats. Fails when one does not hold `BAR`. `-- WORD`: runtimes with this word, to the terminal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROWSER_RUNTIMES, type BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import { MACHINE_RUNTIMES, modelFolder } from '#edge/models.ts';
import { readManifest } from '#shared/model/manifest.ts';
import type { Runtime } from '#shared/model/runtime.ts';
import { readSite } from '../../training/data/site.ts';
import { withoutFlat } from '../../training/evaluate/outcomes.ts';
import { sitesIn, siteTable } from '../../training/evaluate/sites.ts';
import { BAR, type Compared, compared, holds, type Trial, trialPicker } from '../../training/quantise/agreement.ts';
import { openTestPage } from '../browser/open-page.ts';
import { remoteRuntime } from '../browser/remote-runtime.ts';
import { writeBetweenMarks } from '../markdown-page.ts';
import { markdownTable } from '../qc/faults/markdown.ts';
import { hasInterpreter, nativeTflite } from './python.ts';

const field = process.env.FIRSTBREAK_FIELD_DATA;
if (field === undefined) throw new Error('expected field data in the folder of FIRSTBREAK_FIELD_DATA, found none');
const only = process.argv[2];

const folder = modelFolder();
const manifest = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
const bytesOf = (file: string) => new Uint8Array(readFileSync(join(folder, file)));

interface Subject {
  readonly where: string;
  readonly runtime: string;
  readonly artefact: string;
  open(): Promise<Runtime>;
}

const page = await openTestPage();
const subjects: readonly Subject[] = [
  ...MACHINE_RUNTIMES.filter(({ isInstalled }) => isInstalled).flatMap(({ name, kind, start }) =>
    artefactsOf(kind).map((artefact) => ({
      where: 'Node',
      runtime: name,
      artefact,
      open: () => start(bytesOf(artefact), 1),
    })),
  ),
  ...(Object.keys(BROWSER_RUNTIMES) as BrowserRuntimeName[]).flatMap((runtime) =>
    artefactsOf(BROWSER_RUNTIMES[runtime].kind).map((artefact) => ({
      where: 'Chromium',
      runtime,
      artefact,
      open: async () => remoteRuntime(page, { runtime, artefact, threads: 1 }),
    })),
  ),
  ...(hasInterpreter() ? artefactsOf('tflite') : []).map((artefact) => ({
    where: 'Python',
    runtime: 'tflite-native',
    artefact,
    open: async () => nativeTflite(join(folder, artefact)),
  })),
];

function artefactsOf(kind: string): string[] {
  return manifest.artefacts.filter((each) => each.kind === kind).map(({ file }) => file);
}

const trials: Trial[] = [];
for (const { site, path, convention } of sitesIn(field, siteTable())) {
  const shots = [];
  for await (const shot of readSite(path)) shots.push(withoutFlat(shot));
  trials.push({ name: site, convention, shots });
}

const picker = trialPicker(manifest, trials);
const isFirst = ({ where, runtime, artefact }: Subject) =>
  where === 'Node' && runtime === 'onnx-web' && artefact === manifest.artefacts[0].file;
const floats = await picked(subjects.find(isFirst)!);
const rows: string[][] = [];
let missed = 0;
for (const subject of subjects) {
  if (isFirst(subject) || (only !== undefined && !`${subject.where} ${subject.runtime}`.includes(only))) continue;
  const found = compared(trials, floats, await picked(subject));
  if (!holds(found)) missed++;
  const { where, runtime, artefact } = subject;
  rows.push([where, `\`${runtime}\``, `\`${artefact}\``, ...found.map(cell)]);
  process.stdout.write(`${rows.at(-1)!.join(' | ')}\n`);
}
await page.close();

async function picked(subject: Subject) {
  const runtime = await subject.open();
  const picks = await picker.pick(runtime);
  await runtime.close();
  return picks;
}

function cell({ withinOneMs, withinTenthMs, hitRateChange = 0 }: Compared): string {
  const points = 100 * hitRateChange;
  const change = Math.abs(points) < 0.005 ? '0' : `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`;
  return `${(100 * withinOneMs).toFixed(2)} % · ${(100 * withinTenthMs).toFixed(2)} % (${change})`;
}

if (only === undefined) {
  const counts = floats.map((gathers) =>
    gathers.reduce((sum, { onsets }) => sum + onsets.filter(({ kind }) => kind === 'picked').length, 0),
  );
  const head = ['where', 'runtime', 'artefact', ...trials.map(({ name }, i) => `${name} (${counts[i]})`)];
  writeBetweenMarks('runtimes.md', 'agreement', markdownTable(head, rows));
}
if (missed) {
  const bar = `${100 * BAR.withinOneMs} % within 1 ms and ${100 * BAR.hitRateChange} points`;
  process.stderr.write(`${missed} of ${rows.length} do not hold ${bar}\n`);
  process.exitCode = 1;
}
