/**
 * `npm run qc-table`: plants every fault in every clean shot and writes into docs/qc.md how many were found, and all thresholds.
 * `-- limits`: the thresholds only. `-- WORD [--few] [--classical] [--misses]`: faults with this word, to the terminal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { modelFolder, openModelFolder } from '#edge/models.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { limitsTable } from '../limits-table.ts';
import { basesFor } from './bases.ts';
import { FAULTS } from './faults.ts';
import { markdownTable } from './markdown.ts';
import { type FaultScore, outcomesOf, scoreOf } from './measure.ts';

const PAGE = new URL('../../../docs/qc.md', import.meta.url);
const field = process.env.FIRSTBREAK_FIELD_DATA;
const [only, ...flags] = [process.argv[2] ?? '', ...process.argv.slice(3)];
const picker = flags.includes('--classical')
  ? classicalPicker
  : await PICKERS.neural({ model: () => openModelFolder(modelFolder()) });

const each = flags.includes('--few') ? 2 : Number.POSITIVE_INFINITY;
if (only === '' || only === 'limits') write('limits', limitsTable());
if (only === 'limits') process.exit();

const bases = await basesFor(picker, { field, each, synthetic: flags.includes('--few') ? 10 : 20 });
const clean = bases.filter((base) => base.clean);
const scores: FaultScore[] = [];
for (const fault of FAULTS.filter(({ name, code }) => new RegExp(only).test(`${name} ${code}`))) {
  const outcomes = await outcomesOf(fault, clean, picker);
  scores.push(scoreOf(fault, outcomes, bases));
  process.stdout.write(`${rowOf(scores.at(-1)!).join(' | ')}\n`);
  for (const { base, strength, found, named, blamed, error } of flags.includes('--misses') ? outcomes : [])
    if (!found || !named)
      process.stdout.write(
        `    ${found ? 'named ' : 'missed'} ${base.set} ${base.file} at ${strength}: ${blamed} ${error ?? ''}\n`,
      );
  for (const { set, file } of scores.at(-1)!.alarms) process.stdout.write(`    alarm ${set} ${file}\n`);
}

/** Between two marks of the page. */
function write(name: string, table: string): void {
  const [begin, end] = [`<!-- ${name} begins -->`, `<!-- ${name} ends -->`];
  const text = readFileSync(PAGE, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new RangeError(`docs/qc.md: expected the marks ${begin} and ${end}, found none`);
  writeFileSync(PAGE, `${text.slice(0, before + begin.length)}\n\n${table}\n\n${text.slice(after)}`);
}

function rowOf({ fault, rates, detection, named, within, alarms, untouched }: FaultScore): string[] {
  const share = (value: number) => `${Math.round(1000 * value) / 10} %`;
  return [
    fault.name,
    `\`${fault.code}\``,
    rates.map(({ label, found, shots }) => `${label}: ${found}/${shots}`).join(', '),
    fault.strengths.find(({ value }) => value === fault.stated)!.label,
    share(detection),
    share(named),
    within === undefined ? '–' : share(within),
    `${alarms.length}/${untouched}`,
  ];
}

if (only === '' && field !== undefined) {
  const head = ['fault', 'finding', 'found, by strength', 'stated', 'found', 'named', 'estimate', 'false alarms'];
  write('qc-table', markdownTable(head, scores.map(rowOf)));
}
