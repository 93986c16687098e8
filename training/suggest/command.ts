/** `firstbreak train suggest`: which shots a person should pick next, and why. */
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { guideAt, guideOf } from '#shared/picking/classical.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { readPickFile } from '#shared/report/pick-file.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { defineCommand, EXIT } from '../command.ts';
import { textOf, writeWhole } from '../files.ts';
import { readCorpus } from '../pretrain/corpus.ts';
import { type Origin, pickerLike, readOrigin } from '../transfer/origin.ts';
import { codeOf, type Encoder, windowCodeOf } from './features.ts';
import { type Gather, type Suggestion, suggest } from './suggest.ts';

export const command = defineCommand({
  summary: 'which shots a person should pick next, and why',
  usage: 'SITE_OR_FILE… [--from RUN] [--model DIR] [--picked picks.csv] [--count N] [--json] [--out FILE]',
  about:
    'Says which unlabelled shots would teach a picker most: those that stand for many others, the doubtful ones first. Doubt is that of\n' +
    'the picker (--model, or the one of --from, else the one that ships); how alike shots are is told by the encoder of --from, a picker or\n' +
    'an autoencoder, else by their mean window. Shots with rows in --picked count as labelled. CSV, best first, or JSON.',
  options: {
    from: { type: 'string', value: 'RUN', help: 'whose encoder tells how alike shots are' },
    model: { type: 'string', value: 'DIR', help: 'folder of the model whose doubt counts' },
    picked: { type: 'string', value: 'FILE', help: 'picks that are there already' },
    count: { type: 'string', value: 'N', help: 'shots to suggest (default 5)' },
    json: { type: 'boolean', help: 'as one JSON object' },
    out: { type: 'string', value: 'FILE', help: 'where to write it (default: stdout)' },
    backend: {
      type: 'string',
      value: 'NAME',
      help: `auto (default: the fastest that starts), ${BACKEND_NAMES.join(', ')}`,
    },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    if (positionals.length === 0) throw new UsageError('expected at least one site or file, found none');
    const count = numberOption('count', values.count, { min: 1, max: 1_000_000, whole: true }) ?? 5;
    const say = (line: string) => {
      if (!values.quiet) process.stderr.write(line);
    };
    const rows = values.picked === undefined ? [] : readPickFile(textOf(values.picked), values.picked);
    const origin = values.from === undefined ? undefined : readOrigin(values.from);
    const encoder = origin && encoderOf(origin, values.from!);
    let failures = 0;
    const { gathers } = await readCorpus(positionals, ({ message }) => {
      failures++;
      process.stderr.write(`firstbreak train: ${message}\n`);
    });
    const all = gathers.map(({ site, file, shot }): Gather => {
      const labelled = picksOfShot(rows, shot, file).some((pick) => pick?.kind === 'picked');
      return { site, file, shot, labelled };
    });
    if (all.every(({ labelled }) => labelled))
      throw new RecordError('empty', positionals.join(', '), 'expected a shot without picks, found none');
    if (encoder) await startBackend(choiceOption('backend', values.backend ?? 'auto', ['auto', ...BACKEND_NAMES]));
    const { picker, close } = await pickerOf(origin, values.model);
    const suggestions = await suggest(all, count, {
      picker,
      codeOf: async (shot) => (encoder ? codeOf(shot, encoder) : windowCodeOf(shot)),
      onGather: (done, of) => {
        if (process.stderr.isTTY || done === of) say(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${done} of ${of} shots`);
      },
    });
    say('\n');
    await close();
    const text = values.json ? jsonOf(suggestions, all) : csvOf(suggestions);
    if (values.out === undefined) process.stdout.write(text);
    else writeWhole(values.out, text);
    return failures > 0 ? EXIT.failed : EXIT.fine;
  },
});

/** @throws RecordError when the run has no encoder like that of the picker */
function encoderOf(origin: Origin, run: string): Encoder {
  const config = pickerLike(origin, run);
  for (const arrays of origin.networks.values())
    if (arrays.has('down0.first.kernel') && arrays.has('down0.first.scale')) return { config, arrays };
  throw new RecordError('unsupported', run, 'expected a picker or an autoencoder, found a run without such an encoder');
}

async function pickerOf(
  origin: Origin | undefined,
  model: string | undefined,
): Promise<{ readonly picker: Picker; close(): Promise<void> }> {
  // ONNX Runtime takes long to load
  if (model === undefined && origin?.picker) {
    const { inMemory } = await import('../label-curve/learn-and-pick.ts');
    return inMemory(origin.picker.parameters, origin.picker.settings.picker, { guideOf, guideAt });
  }
  const { openModelPicker } = await import('../evaluate/model-picker.ts');
  return openModelPicker(model ?? fileURLToPath(new URL(`../../shared/models/${SHIPPED_MODEL}`, import.meta.url)));
}

export const SUGGESTIONS_SCHEMA = 'firstbreak.suggestions/1';

const jsonOf = (suggestions: readonly Suggestion[], gathers: readonly Gather[]): string => {
  const labelled = gathers.filter((gather) => gather.labelled).length;
  return `${JSON.stringify({ schema: SUGGESTIONS_SCHEMA, gathers: gathers.length, labelled, suggestions }, rounded, 1)}\n`;
};
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;

const COLUMNS = [
  'rank',
  'site',
  'file',
  'ffid',
  'uncertainty',
  'disagreement',
  'stands',
  'distance',
  'reason',
] as const satisfies readonly (keyof Suggestion)[];

const csvOf = (suggestions: readonly Suggestion[]): string =>
  [COLUMNS.join(','), ...suggestions.map((each) => COLUMNS.map((column) => cell(each[column])).join(',')), ''].join(
    '\n',
  );

/** Quoted as RFC 4180 has it. */
function cell(value: string | number | undefined): string {
  const text = typeof value === 'number' ? `${rounded('', value)}` : (value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
