/** `firstbreak qc`: is a shot good enough, and if not, why; and what only the whole line shows. */
import { type Recording, timed } from '#shared/gather.ts';
import { numberOption } from '#shared/options.ts';
import { factsOf, type ShotFacts } from '#shared/qc/facts.ts';
import type { Finding } from '#shared/qc/finding.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLineFacts } from '#shared/qc/line/judge-line.ts';
import { contextOf, linesOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { suspectsOf } from '#shared/qc/moveout/suspects.ts';
import type { Profile } from '#shared/qc/profile.ts';
import { pngUrl } from '#shared/report/indexed-png.ts';
import { PAGE_PICTURE } from '#shared/report/plot-frame.ts';
import { findingsHeader, lineFindingRows, shotFindingRows } from '#shared/report/qc-csv.ts';
import { linesJson } from '#shared/report/qc-line-json.ts';
import { type PageLine, qcPage, tally, whereOnLine } from '#shared/report/qc-page.ts';
import { traceWords } from '#shared/report/trace-words.ts';
import { galleryOf } from '#shared/report/worst-first.ts';
import { defineCommand, EXIT, openOptions, READ_OPTIONS } from './command.ts';
import { type InputFile, inputFiles, refuseInputs } from './inputs.ts';
import { jsonArray } from './json-array.ts';
import { complain, fileSink, print, type Sink, writeFile } from './output.ts';
import { openPicking, PICK_OPTIONS, type Picking, pickingOf, pickTimed, type TimedPickedShot } from './picking.ts';
import { besideStdout } from './progress.ts';
import { type Labels, labelsOf, profileOf } from './qc-inputs.ts';
import { readEach } from './reading.ts';
import { gatherPng } from './render.ts';

/** Pictures on a page, unless `--pictures` says otherwise. */
const PICTURES = 20;
/** Beyond so many traces, further shots are judged by themselves and no longer looked at as part of their line. */
const MOST_TRACES = 1_000_000;

export const command = defineCommand({
  usage: 'FILE|DIR… [--json] [--html FILE] [--csv FILE] [--profile NAME|FILE] [--picks FILE]',
  about:
    'Judges each shot: pass, warn or fail, with what was found, on which traces, and what to do about it; then the line.\n' +
    'Exit code 3 when a shot fails. Finding codes, thresholds and profiles are listed in docs/qc.md.',
  options: {
    json: { type: 'boolean', help: 'a JSON array, one entry a shot' },
    html: { type: 'string', value: 'FILE', help: 'a page with charts, tables and pictures, in one file' },
    pictures: { type: 'string', value: 'N', help: `pictures on the page, of the worst shots (default ${PICTURES})` },
    csv: { type: 'string', value: 'FILE', help: 'the findings as a table' },
    'line-json': { type: 'string', value: 'FILE', help: 'what the lines show: findings, levels, velocities, coverage' },
    profile: {
      type: 'string',
      value: 'NAME|FILE',
      help: 'thresholds: refraction (default), land-3d, obs, training-set, or a JSON file that changes one of them',
    },
    picks: {
      type: 'string',
      value: 'FILE',
      help: 'judge these picks, in any format that is read, and list suspect ones',
    },
    ...PICK_OPTIONS,
    ...READ_OPTIONS,
    quiet: { type: 'boolean', help: 'no progress, only warnings and errors' },
  },
  async run({ values, positionals }) {
    const files = inputFiles(positionals);
    const options = openOptions(values);
    const profile = profileOf(values.profile ?? 'refraction');
    const pictures = numberOption('pictures', values.pictures, { min: 0, whole: true }) ?? PICTURES;
    const choice = pickingOf(values);
    const labels = values.picks === undefined ? undefined : labelsOf(values.picks);
    const page = await resultSink(values.html, files);
    const table = await resultSink(values.csv, files);
    if (values['line-json'] !== undefined) await refuseInputs(values['line-json'], files);
    const source: PickSource = labels ? { labels, name: values.picks! } : { picking: await openPicking(choice) };
    const list = jsonArray(print);
    await table?.write(findingsHeader);
    const shots: ShotSummary[] = [];
    const gallery = galleryOf<ShotSummary, string>(page ? pictures : 0);
    let traces = 0;
    const code = await readEach(files, {
      options,
      progress: values.quiet ? 'quiet' : values.json ? besideStdout() : 'notes',
      async read(recording, { path }, progress) {
        const verdicts: string[] = [];
        for await (const picked of shotsOf(recording, path, source, progress.warn)) {
          const { shot, picks } = picked;
          const line = contextOf(shots, { file: path, recordedAt: shot.recordedAt });
          const facts = factsOf(shot, picks, { problems: recording.problems, line });
          const judgement = judgeFacts(facts, profile);
          const summary = bounded(summarise(facts, judgement, path), traces < MOST_TRACES);
          traces += shot.traces.length;
          if (traces >= MOST_TRACES && summary.traces.length > 0)
            progress.warn(`firstbreak: more than ${MOST_TRACES} traces: further shots are judged by themselves alone`);
          shots.push(summary);
          verdicts.push(judgement.verdict);
          await (values.json
            ? list.add({ file: path, ffid: shot.ffid ?? null, ...judgement })
            : print(shotText(facts, summary) + (labels ? suspectText(facts, profile) : '')));
          await table?.write(shotFindingRows(summary));
          if (gallery.wants(summary)) gallery.keep(summary, await pictureOf(picked));
        }
        return verdicts.join(', ');
      },
    });
    if (values.json) await list.end();
    const lines = linesOf(shots).map((line): PageLine => {
      const facts = lineFactsOf(line.shots);
      return { name: line.name, facts, judgement: judgeLineFacts(facts, profile) };
    });
    for (const line of lines) {
      if (!values.json) await print(lineText(line));
      await table?.write(lineFindingRows(line.name, line.judgement, line.facts.shots));
    }
    await table?.commit();
    if (values['line-json'] !== undefined)
      await writeFile(values['line-json'], `${JSON.stringify(linesJson(lines, profile), null, 1)}\n`);
    if (page) {
      const picks = 'labels' in source ? source.name : source.picking.picker.name;
      for await (const piece of qcPage({ lines, pictures: gallery.kept, profile, picks, audit: labels !== undefined }))
        await page.write(piece);
      await page.commit();
    }
    if (shots.length > 1 && !values.quiet) complain(`${tally(shots)}\n`);
    if (labels && shots.length === 0) return EXIT.failed;
    return shots.some(({ verdict }) => verdict === 'fail') ? EXIT.verdictFail : code;
  },
});

type PickSource = { readonly picking: Picking } | { readonly labels: Labels; readonly name: string };

/** Shots of a file with fresh picks, or with those of a table; what the table does not know is passed over with a word. */
async function* shotsOf(
  recording: Recording,
  path: string,
  source: PickSource,
  warn: (line: string) => void,
): AsyncGenerator<TimedPickedShot> {
  for await (const read of recording.shots()) {
    if ('picking' in source) {
      yield pickTimed(path, read, source.picking);
      continue;
    }
    const shot = timed(read, path);
    const picks = source.labels(shot, path);
    if (picks) yield { file: path, shot, picks, model: source.name };
    else warn(`${path}: ${source.name} holds no picks of FFID ${shot.ffid ?? '?'}`);
  }
}

const bounded = (summary: ShotSummary, whole: boolean): ShotSummary =>
  whole ? summary : { ...summary, traces: [], branches: [] };

const findingText = ({ code, severity, value, unit, threshold, cause, advice }: Finding, where: string): string =>
  `      ${severity} ${code}: ${value} ${unit} (limit ${threshold}), ${where}. Likely ${cause}; ${advice}.\n`;

const shotText = ({ shot }: ShotFacts, { file, ffid, verdict, reason, findings }: ShotSummary): string =>
  `${verdict.padEnd(5)} ${file}  FFID ${ffid ?? '?'}: ${reason}\n${findings
    .filter(({ severity }) => severity !== 'info')
    .map((finding) => findingText(finding, traceWords(shot.traces, finding.traces)))
    .join('')}`;

const suspectText = (facts: ShotFacts, profile: Profile): string =>
  suspectsOf(facts, profile)
    .map(({ row, time, off, allowed }) => {
      const { index, channel } = facts.shot.traces[row];
      const how = `${Math.abs(off).toFixed(1)} ms too ${off > 0 ? 'late' : 'early'} (allowed ${allowed.toFixed(1)})`;
      return `      suspect channel ${channel}, trace ${index}: ${time.toFixed(2)} ms, ${how}\n`;
    })
    .join('');

/** Nothing for a line that shows nothing beyond its shots. */
function lineText({ name, facts: { shots }, judgement: { verdict, reason, findings } }: PageLine): string {
  if (findings.length === 0) return '';
  const told = findings.map((finding) => findingText(finding, whereOnLine(finding, shots)));
  return `${verdict.padEnd(5)} line${name && ` ${name}`}: ${reason}\n${told.join('')}`;
}

async function resultSink(path: string | undefined, inputs: readonly InputFile[]): Promise<Sink | undefined> {
  if (path === undefined) return undefined;
  await refuseInputs(path, inputs);
  return fileSink(path);
}

const pictureOf = async ({ file, shot, picks, model }: TimedPickedShot): Promise<string> =>
  pngUrl(await gatherPng(shot, picks, { title: file, picker: model, ...PAGE_PICTURE }));
