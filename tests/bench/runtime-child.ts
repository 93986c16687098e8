/** One runtime on one artefact in a process of its own: `node runtime-child.ts RUNTIME ARTEFACT THREADS LINE.sgy`, a JSON object on stdout. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFile } from '#edge/files.ts';
import { modelFolder, openModelFolder, type RuntimeName } from '#edge/models.ts';
import { open } from '#shared/formats/open.ts';
import { timed } from '#shared/gather.ts';
import { readManifest } from '#shared/model/manifest.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { speedOf } from '../model/speed.ts';
import { PICKS, type RuntimeCosts, WINDOW } from './runtimes.ts';

const [runtime, file, threads, line] = process.argv.slice(2);
const folder = modelFolder();
const { artefacts } = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
const { precision } = artefacts.find((each) => each.file === file)!;
const opened = () => openModelFolder(folder, { runtime: runtime as RuntimeName, precision, threads: Number(threads) });

const before = process.resourceUsage().maxRSS;
const speed = await speedOf(opened, WINDOW);
const memory = process.resourceUsage().maxRSS - before;

const picker = await PICKERS.neural({ model: opened });
let traces = 0;
const rates: number[] = [];
const processorRates: number[] = [];
for (let pass = 0; pass <= PICKS; pass++) {
  const started = performance.now();
  const used = process.cpuUsage();
  const source = openFile(line);
  traces = 0;
  for await (const shot of (await open(source)).shots()) {
    const { picks } = await pickShot(line, shot, picker);
    judgeShot(timed(shot, line), picks);
    traces += picks.filter(({ kind }) => kind === 'picked').length;
  }
  source.close();
  if (pass === 0) continue; // warms up
  const { user, system } = process.cpuUsage(used);
  rates.push((1000 * traces) / (performance.now() - started));
  processorRates.push((1e6 * traces) / (user + system));
}
const costs: RuntimeCosts = { ...speed, mebibytes: memory / 1024, rates, processorRates };
process.stdout.write(JSON.stringify(costs));
process.exit(); // threads of ONNX Runtime would keep it alive
