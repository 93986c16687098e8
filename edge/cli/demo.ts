/** `firstbreak demo`: makes shots whose first breaks are known, writes them as field files, and shows what the product does. */
import { join } from 'node:path';
import { open } from '#shared/formats/open.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegd } from '#shared/formats/segd/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { UsageError } from '#shared/options.ts';
import type { PickedShot } from '#shared/picks.ts';
import type { Verdict } from '#shared/qc/finding.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { readPicksCsv, writeCsv } from '#shared/report/csv.ts';
import { score } from '#shared/report/score.ts';
import { scoreText } from '#shared/report/score-text.ts';
import { writeSgt } from '#shared/report/sgt.ts';
import type { Milliseconds } from '#shared/units.ts';
import { metres, ms } from '#shared/units.ts';
import { type SyntheticShot, syntheticShot } from '../demo/synthetic-shot.ts';
import { openFile } from '../files.ts';
import { defineCommand, EXIT } from './command.ts';
import { PICKER_OPTIONS, type PickerChoice } from './opening.ts';
import { complain, fileSink, print, writeFile } from './output.ts';
import { openPicking, type PickingChoice, pickedShots, pickingOf } from './picking.ts';
import { gatherPng } from './render.ts';

export const command = defineCommand({
  usage: '[--out DIR]',
  about:
    'Makes four shots over two layers, writes them as SEG-2, SEG-Y and SEG-D, opens and picks them, writes pictures, picks and\n' +
    'a tomography file, and holds the picks against the known times. Then a line shoots itself beside the field station: on a\n' +
    'terminal its page stays until Ctrl-C. Needs no data and no network.',
  options: { out: { type: 'string', value: 'DIR', help: 'where the files go (default demo)' }, ...PICKER_OPTIONS },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
    const out = values.out ?? 'demo';
    const choice = pickingOf(values);
    const started = performance.now();
    const files = await writeShots(out);
    const { shots, verdicts } = await pickAndJudge(files, out, choice);
    const picksCsv = writeCsv(shots);
    const trueCsv = referenceCsv(files);
    await writeFile(join(out, 'picks.csv'), picksCsv);
    await writeFile(join(out, 'picks.sgt'), writeSgt(shots));
    await writeFile(join(out, 'true-times.csv'), trueCsv);
    await print(`\nPicks against the known times:\n${scoreText(score(readPicksCsv(picksCsv), readPicksCsv(trueCsv)))}`);
    await print(`\n${madeFiles(out, files)}\n`);
    complain(`${shots.length} shots in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    const shot = await shootLine(out, choice.choice);
    return verdicts.length === shots.length && shot ? EXIT.fine : EXIT.failed;
  },
});

/** Before a person the line is as long as one looks on, and the page stays; elsewhere a short one is shot quickly. */
const LINE = { watched: { shots: 15, cadenceMs: 4000 }, quick: { shots: 4, cadenceMs: 250 } };

/** The field station, with a line that shoots itself beside it. */
async function shootLine(out: string, choice: PickerChoice): Promise<boolean> {
  const [{ openFieldDay }, { printShots, stopSignal }, { default: manifest }] = await Promise.all([
    import('../demo/field-day.ts'),
    import('./station.ts'),
    import('../../package.json', { with: { type: 'json' } }),
  ]);
  const day = await openFieldDay(out, choice, manifest.version);
  await print(
    `\nThe field station, beside a line that shoots itself into ${day.folder} (every third shot has a fault):\n`,
  );
  const silent = printShots(day.station);
  try {
    if (!process.stdout.isTTY) return (await day.shoot(LINE.quick)) >= LINE.quick.shots;
    const [{ serveStation }, { pageFolder }] = await Promise.all([
      import('../station/server.ts'),
      import('../station/page-folder.ts'),
    ]);
    const server = await serveStation(day.station, { port: 0, page: await pageFolder(complain) });
    await print(`\n  open ${server.urls[0]} in a browser; Ctrl-C ends\n\n`);
    const stopped = stopSignal();
    await Promise.race([stopped, day.shoot(LINE.watched)]);
    await stopped;
    await server.close();
    return true;
  } finally {
    silent();
    await day.station.close();
  }
}

interface DemoFile {
  readonly path: string;
  readonly shots: readonly SyntheticShot[];
}

/** A pre-trigger in one file, two shots in another, a dead and a noisy channel in the last. */
async function writeShots(out: string): Promise<readonly DemoFile[]> {
  const west = syntheticShot({ ffid: 1001, source: metres(-6), firstSample: ms(-50) });
  const middle = syntheticShot({ ffid: 1002, source: metres(33) });
  const east = syntheticShot({ ffid: 1003, source: metres(61) });
  const bad = syntheticShot({ ffid: 1004, source: metres(100), dead: [12], noisy: [30] });
  const files: readonly (DemoFile & { readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array> })[] = [
    { path: join(out, '1001.sg2'), shots: [west], bytes: [writeSeg2(west.shot)] },
    { path: join(out, 'line.sgy'), shots: [middle, east], bytes: writeSegy([middle.shot, east.shot], { revision: 1 }) },
    { path: join(out, '1004.segd'), shots: [bad], bytes: writeSegd([bad.shot]) },
  ];
  for (const { path, bytes } of files) {
    const sink = fileSink(path);
    for await (const chunk of bytes) await sink.write(chunk);
    await sink.commit();
  }
  return files.map(({ path, shots }) => ({ path, shots }));
}

async function pickAndJudge(files: readonly DemoFile[], out: string, choice: PickingChoice) {
  const picking = await openPicking(choice);
  const shots: PickedShot[] = [];
  const verdicts: Verdict[] = [];
  await print(`${row('file', 'FFID', 'traces', 'picked', 'verdict', 'reason')}\n`);
  for (const { path } of files) {
    const source = openFile(path);
    try {
      for await (const picked of pickedShots(await open(source), path, picking)) {
        const { shot, picks, model } = picked;
        const { verdict, reason } = judgeShot(shot, picks);
        const count = picks.filter((pick) => pick.kind === 'picked').length;
        await print(`${row(path, shot.ffid, picks.length, count, verdict, reason)}\n`);
        await writeFile(join(out, `${shot.ffid}.png`), await gatherPng(shot, picks, { title: path, picker: model }));
        shots.push({ ...picked, shot: { ...shot, amplitudes: new Float32Array(0) } });
        verdicts.push(verdict);
      }
    } finally {
      source.close();
    }
  }
  return { shots, verdicts };
}

const row = (...[file, ffid, traces, picked, verdict, reason]: readonly unknown[]) =>
  [
    String(file).padEnd(18),
    String(ffid).padEnd(5),
    String(traces).padStart(6),
    String(picked).padStart(7),
    ` ${String(verdict).padEnd(8)}`,
    reason,
  ].join(' ');

/** The known onsets as a reference table. */
function referenceCsv(files: readonly DemoFile[]): string {
  const rows = files.flatMap(({ path, shots }) => {
    const times: readonly (Milliseconds | undefined)[] = shots.flatMap(({ onsets }) => onsets);
    const axis = shots.flatMap(({ shot }) => shot.traces.map(() => shot));
    return times.flatMap((time, trace) => {
      if (time === undefined) return [];
      const { firstSample, sampleInterval } = axis[trace];
      return [`${path},${trace},${time.toFixed(4)},${((time - firstSample.time) / sampleInterval).toFixed(3)}`];
    });
  });
  return `${['file,trace,time_ms,sample', ...rows].join('\n')}\n`;
}

function madeFiles(out: string, files: readonly DemoFile[]): string {
  const pictures = files.flatMap(({ shots }) => shots.map(({ shot }) => join(out, `${shot.ffid}.png`)));
  return [
    `shots     ${files.map(({ path }) => path).join('  ')}`,
    `pictures  ${pictures.join('  ')}`,
    `picks     ${join(out, 'picks.csv')}  ${join(out, 'picks.sgt')} (pyGIMLi, BERT)`,
    `try       npx firstbreak pick ${files[0].path} --plot ${join(out, 'mine.png')}`,
    `          npx firstbreak score ${join(out, 'picks.csv')} ${join(out, 'true-times.csv')}`,
  ].join('\n');
}
