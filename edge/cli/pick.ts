/** `firstbreak pick`: shots in, first breaks out. */
import { extname, join } from 'node:path';
import { choiceOption, UsageError } from '#shared/options.ts';
import { PICK_FILES, type PickFormat } from '#shared/report/pick-file.ts';
import type { PlotStyle } from '#shared/report/plot-gather.ts';
import { defineCommand, openOptions, READ_OPTIONS } from './command.ts';
import { type InputFile, inputFiles, refuseInputs } from './inputs.ts';
import { distinctNames, isDirectoryPath, look, writeFile } from './output.ts';
import { pickWriter } from './pick-writers.ts';
import { openPicking, PICK_OPTIONS, pickedShots, pickingOf, type TimedPickedShot, tally } from './picking.ts';
import { besideStdout } from './progress.ts';
import { readEach } from './reading.ts';
import { gatherPng, STYLE_OPTION, styleOf } from './render.ts';

const FORMATS = (Object.keys(PICK_FILES) as PickFormat[]).filter((format) => PICK_FILES[format].write !== undefined);
const endingOf = (format: PickFormat) => `.${PICK_FILES[format].extension}`;
/** `csv`, `reflexw (.pck)`. */
const formatWords = FORMATS.map((format) =>
  endingOf(format) === `.${format}` ? format : `${format} (${endingOf(format)})`,
);
const SHOT_ENDINGS = /\.(se?gy|su|se?g2|se?gd|h(df)?5)$/i;
const PICTURE_ENDINGS = /\.(png|jpe?g|pdf|svg|gif|tiff?|webp|bmp|e?ps)$/i;

export const command = defineCommand({
  usage: 'FILE|DIR… [--out FILE|DIR|-] [--format NAME] [--plot FILE.png|DIR]',
  about:
    'Picks the first break of every trace. The table goes to stdout, or to --out; its columns are described in the README.\n' +
    'Directories are searched for shots; what is no shot is passed over.',
  options: {
    out: {
      type: 'string',
      value: 'FILE|DIR|-',
      help: 'where the picks go; its ending tells the format (default: stdout)',
    },
    format: { type: 'string', value: 'NAME', help: `${formatWords.join(', ')}; default csv` },
    plot: { type: 'string', value: 'FILE.png|DIR', help: 'a picture of each shot, picks as red dots' },
    ...STYLE_OPTION,
    ...PICK_OPTIONS,
    ...READ_OPTIONS,
    quiet: { type: 'boolean', help: 'no progress, only warnings and errors' },
  },
  async run({ values, positionals }) {
    const files = inputFiles(positionals);
    const out = values.out ?? '-';
    const format = formatOf(values.format, out);
    const options = openOptions(values);
    const choice = pickingOf(values);
    const style = styleOf(values);
    const plots = values.plot === undefined ? undefined : plotter(values.plot, files, style);
    const writer = await pickWriter(format, out, files);
    const picking = await openPicking(choice);
    let shots = 0;
    const code = await readEach(files, {
      options,
      progress: values.quiet ? 'quiet' : out === '-' ? besideStdout() : 'full',
      async read(recording, { path }, progress) {
        const started = performance.now();
        const counts = tally();
        try {
          for await (const picked of pickedShots(recording, path, picking)) {
            shots++;
            counts.add(picked);
            await writer.shot(picked, picking.picker);
            await plots?.shot(picked);
          }
        } finally {
          await writer.fileEnd(path, recording.format);
          await plots?.fileEnd();
          for (const problem of [...recording.problems, ...counts.problems()])
            progress.warn(`${path}: ${problem.message}`);
        }
        return `${counts.line()}; ${Math.round(performance.now() - started)} ms`;
      },
    });
    if (shots > 0) await writer.end();
    return code;
  },
});

/** As asked for, else as the ending of the output has it, else CSV, but not under the name of a shot or a picture. */
function formatOf(asked: string | undefined, out: string): PickFormat {
  if (asked !== undefined) return choiceOption('format', asked, FORMATS);
  const ending = isDirectoryPath(out) ? '' : extname(out).toLowerCase();
  if (SHOT_ENDINGS.test(ending) || PICTURE_ENDINGS.test(ending))
    throw new UsageError(
      `--out: expected a name that ends in ${FORMATS.map(endingOf).join(', ')}, or --format; found '${out}'`,
    );
  return FORMATS.find((name) => endingOf(name) === ending) ?? 'csv';
}

interface Plotter {
  shot(picked: TimedPickedShot): Promise<void>;
  fileEnd(): Promise<void>;
}

/**
 * Draws each shot to its own file. In a directory they are called after the shot's file, with the FFID where it holds several;
 * a named picture is that of the first shot, further ones get their file and FFID behind the name.
 */
function plotter(plot: string, inputs: readonly InputFile[], style: PlotStyle | undefined): Plotter {
  const single = /\.png$/i.test(plot) && !isDirectoryPath(plot);
  if (!single && ((look(plot) && !isDirectoryPath(plot)) || PICTURE_ENDINGS.test(plot)))
    throw new UsageError(`--plot: expected FILE.png or a directory, found '${plot}'`);
  const nameOf = distinctNames();
  const write = async (name: string, png: Uint8Array) => {
    const path = single ? (name === '' ? plot : plot.replace(/\.png$/i, `-${name}`)) : join(plot, name);
    await refuseInputs(path, inputs);
    await writeFile(path, png);
  };
  let waiting: { readonly file: string; readonly which: string; readonly png: Uint8Array } | undefined;
  let before = 0;
  let total = 0;
  return {
    async shot({ file, shot, picks, model }) {
      const png = await gatherPng(shot, picks, { title: file, picker: model, style });
      const which = `-${shot.ffid === undefined ? before + 1 : `ffid${shot.ffid}`}.png`;
      if (single && total++ === 0) await write('', png);
      else if (before === 0) waiting = { file, which, png };
      else {
        if (waiting) await write(nameOf(waiting.file, waiting.which), waiting.png);
        waiting = undefined;
        await write(nameOf(file, which), png);
      }
      before++;
    },
    async fileEnd() {
      if (waiting) await write(nameOf(waiting.file, '.png'), waiting.png);
      waiting = undefined;
      before = 0;
    },
  };
}
