/** `firstbreak score`: how well a table of picks agrees with a reference. */
import { RecordError } from '#shared/errors.ts';
import { UsageError } from '#shared/options.ts';
import { type Score, score } from '#shared/report/score.ts';
import { scoreText } from '#shared/report/score-text.ts';
import { defineCommand, EXIT } from './command.ts';
import { complain, print } from './output.ts';
import { readPicks } from './pick-tables.ts';

export const command = defineCommand({
  usage: 'PICKS.csv REFERENCE.csv [--json] [--picker NAME]',
  about:
    'Hit rates (error strictly below the tolerance), errors and coverage, per file and in all. Every reference pick counts:\n' +
    'one without a pick is a miss. Files are matched by path, else by the end of the path, else by name.',
  options: {
    json: { type: 'boolean', help: 'as one JSON object' },
    picker: { type: 'string', value: 'NAME', help: 'which picker of the reference; else its first row for each trace' },
  },
  async run({ values, positionals }) {
    if (positionals.length !== 2)
      throw new UsageError(`expected two tables, picks and reference, found ${positionals.length}`);
    const [picks, reference] = positionals.map(readPicks);
    const pickers = [...new Set(reference.flatMap((row) => row.picker ?? []))];
    if (values.picker !== undefined && !pickers.includes(values.picker))
      throw new UsageError(
        `--picker: expected ${pickers.join(', ') || 'no name, the reference has none'}, found '${values.picker}'`,
      );
    if (!picks.some(({ file, trace }) => file !== undefined && trace !== undefined))
      throw new RecordError('empty', positionals[0], 'expected picks with file and trace, found none');
    if (values.picker === undefined && pickers.length > 1)
      complain(
        `firstbreak: ${positionals[1]} holds picks of ${pickers.join(', ')}; the first row of each trace counts (--picker NAME)\n`,
      );
    const result = score(picks, reference, { picker: values.picker });
    if (result.all.referencePicks === 0)
      throw new RecordError(
        'empty',
        positionals[1],
        'expected reference picks with file, trace and time_ms or sample, found none',
      );
    warn(result);
    await print(values.json ? `${JSON.stringify(result, null, 2)}\n` : scoreText(result));
    return EXIT.fine;
  },
});

function warn({ missing, files }: Score): void {
  for (const { file, candidates } of missing) {
    const count = files.find((entry) => entry.file === file)?.referencePicks ?? 0;
    const why = candidates.length === 0 ? 'is not in the picks' : `could be any of ${candidates.join(', ')}`;
    complain(`firstbreak: ${file} ${why}: its ${count} reference picks count as missed\n`);
  }
}
