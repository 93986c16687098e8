/** `firstbreak qc`: is a shot good enough, and if not, why. */
import type { Trace } from '#shared/gather.ts';
import type { Judgement, Verdict } from '#shared/qc/finding.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { type PageEntry, pageFoot, pageHead, pageShot } from '#shared/report/qc-page.ts';
import { traceWords } from '#shared/report/trace-words.ts';
import { defineCommand, EXIT, openOptions, READ_OPTIONS } from './command.ts';
import { type InputFile, inputFiles, refuseInputs } from './inputs.ts';
import { jsonArray } from './json-array.ts';
import { complain, fileSink, print, type Sink } from './output.ts';
import { openPicking, PICK_OPTIONS, pickedShots, pickingOf, type TimedPickedShot } from './picking.ts';
import { besideStdout } from './progress.ts';
import { readEach } from './reading.ts';
import { gatherPng } from './render.ts';

export const command = defineCommand({
  usage: 'FILE|DIR… [--json] [--html FILE]',
  about:
    'Judges each shot: pass, warn or fail, with what was found, on which traces, and what to do about it.\n' +
    'Exit code 3 when a shot fails. Finding codes and thresholds are listed in docs/qc.md.',
  options: {
    json: { type: 'boolean', help: 'a JSON array, one entry a shot' },
    html: { type: 'string', value: 'FILE', help: 'a page with table and pictures, in one file' },
    ...PICK_OPTIONS,
    ...READ_OPTIONS,
    quiet: { type: 'boolean', help: 'no progress, only warnings and errors' },
  },
  async run({ values, positionals }) {
    const files = inputFiles(positionals);
    const options = openOptions(values);
    const choice = pickingOf(values);
    const list = jsonArray(print);
    const page = values.html === undefined ? undefined : await pageSink(values.html, files);
    const picking = await openPicking(choice);
    const entries: PageEntry[] = [];
    const code = await readEach(files, {
      options,
      progress: values.quiet ? 'quiet' : values.json ? besideStdout() : 'notes',
      async read(recording, { path }) {
        const line: Verdict[] = [];
        for await (const picked of pickedShots(recording, path, picking)) {
          const judgement = judgeShot(picked.shot, picked.picks, { problems: recording.problems });
          const { ffid, traces } = picked.shot;
          line.push(judgement.verdict);
          entries.push({ file: path, ffid, judgement });
          await (values.json
            ? list.add({ file: path, ffid: ffid ?? null, ...judgement })
            : print(
                `${judgement.verdict.padEnd(5)} ${path}  FFID ${ffid ?? '?'}: ${judgement.reason}\n${adviceText(judgement, traces)}`,
              ));
          await page?.write(await shotOnPage(picked, judgement, entries.length));
        }
        return line.join(', ');
      },
    });
    if (values.json) await list.end();
    if (page) {
      await page.write(pageFoot(entries));
      await page.commit();
    }
    if (entries.length > 1 && !values.quiet) complain(`${countText(entries)}\n`);
    return entries.some(({ judgement }) => judgement.verdict === 'fail') ? EXIT.verdictFail : code;
  },
});

const countText = (entries: readonly PageEntry[]): string => {
  const count = (verdict: Verdict) => entries.filter(({ judgement }) => judgement.verdict === verdict).length;
  return `${entries.length} shots: ${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail`;
};

const adviceText = ({ findings }: Judgement, shotTraces: readonly Trace[]): string =>
  findings
    .filter(({ severity }) => severity !== 'info')
    .map(
      ({ code, severity, traces, value, unit, threshold, cause, advice }) =>
        `      ${severity} ${code}: ${value} ${unit} (limit ${threshold}), ${traceWords(shotTraces, traces)}. ` +
        `Likely ${cause}; ${advice}.\n`,
    )
    .join('');

async function pageSink(path: string, inputs: readonly InputFile[]): Promise<Sink> {
  await refuseInputs(path, inputs);
  const sink = fileSink(path);
  await sink.write(pageHead());
  return sink;
}

async function shotOnPage(
  { file, shot, picks, model }: TimedPickedShot,
  judgement: Judgement,
  number: number,
): Promise<string> {
  const png = await gatherPng(shot, picks, { title: file, picker: model, width: 900, height: 520, scale: 1 });
  return pageShot({
    file,
    ffid: shot.ffid,
    judgement,
    number,
    traces: shot.traces,
    picture: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
  });
}
