/**
 * `npm run qc-table`: plants every fault in every clean shot and writes into docs/qc.md how many were found, and all thresholds.
 * `-- limits`: the thresholds only. `-- WORD [--few] [--classical] [--stated] [--once] [--misses]`: faults with this word, to the terminal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import cliProgress from 'cli-progress';
import { modelFolder, openModelFolder } from '#edge/models.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { limitsTable } from '../limits-table.ts';
import { basesFor } from './bases.ts';
import { FAULTS } from './faults.ts';
import { CODE as CHANNEL_DELAY, channelDelayScore, type LineScore } from './line-faults.ts';
import { markdownTable } from './markdown.ts';
import { type FaultScore, outcomesOf, scoreOf } from './measure.ts';

const PAGE = new URL('../../../docs/qc.md', import.meta.url);
const field = process.env.FIRSTBREAK_FIELD_DATA;
const [only, ...flags] = [process.argv[2] ?? '', ...process.argv.slice(3)];
const picker = flags.includes('--classical')
  ? classicalPicker
  : await PICKERS.neural({ model: () => openModelFolder(modelFolder()) });

const few = flags.includes('--few');
if (only === '' || only === 'limits') write('limits', limitsTable());
if (only === 'limits') process.exit();

const bases = await basesFor(picker, few ? { field, each: 2, synthetic: 10 } : { field });
const faults = FAULTS.filter(({ name, code }) => new RegExp(only).test(`${name} ${code}`));
const bar = new cliProgress.SingleBar({ format: '{bar} {value}/{total} {fault}', barsize: 30, stream: process.stderr });
const scores: FaultScore[] = [];
if (process.stderr.isTTY) bar.start(faults.length, 0, { fault: '' });
for (const fault of faults) {
  bar.update(scores.length, { fault: fault.name });
  const outcomes = await outcomesOf(fault, bases, picker, {
    statedOnly: flags.includes('--stated'),
    ...(flags.includes('--once') && { enough: 1 }),
  });
  scores.push(scoreOf(fault, outcomes, bases));
  process.stdout.write(`${rowOf(scores.at(-1)!).join(' | ')}\n`);
  for (const { base, strength, found, named, blamed, error } of flags.includes('--misses') ? outcomes : [])
    if (!found || !named)
      process.stdout.write(
        `    ${found ? 'named ' : 'missed'} ${base.set} ${base.file} at ${strength}: ${blamed} ${error ?? ''}\n`,
      );
  for (const { set, file } of scores.at(-1)!.alarms) process.stdout.write(`    alarm ${set} ${file}\n`);
}
bar.stop();
const rows = scores.map(rowOf);
if (new RegExp(only).test(CHANNEL_DELAY)) {
  rows.push(lineRowOf(await channelDelayScore(picker, bases)));
  process.stdout.write(`${rows.at(-1)!.join(' | ')}\n`);
}

/** Between two marks of the page. */
function write(name: string, table: string): void {
  const [begin, end] = [`<!-- ${name} begins -->`, `<!-- ${name} ends -->`];
  const text = readFileSync(PAGE, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new RangeError(`docs/qc.md: expected the marks ${begin} and ${end}, found none`);
  writeFileSync(PAGE, `${text.slice(0, before + begin.length)}\n\n${table}\n\n${text.slice(after)}`);
}

function share(value: number): string {
  return Number.isNaN(value) ? '–' : `${Math.round(1000 * value) / 10} %`;
}

/** Lines in place of shots. */
function lineRowOf({ rates, stated, planted, detection, named, within, alarms, untouched }: LineScore) {
  return [
    'a channel late wherever it is laid, in a line',
    `\`${CHANNEL_DELAY}\``,
    rates.map(({ label, found, lines }) => `${label}: ${found}/${lines}`).join(', '),
    stated,
    `${planted} in ${planted} lines`,
    share(detection),
    share(named),
    share(within),
    `${alarms.length}/${untouched}`,
    '0',
  ];
}

function rowOf({
  fault,
  rates,
  planted,
  shots,
  detection,
  named,
  within,
  alarms,
  trueWarnings,
  untouched,
}: FaultScore) {
  return [
    fault.name,
    `\`${fault.code}\``,
    rates.map(({ label, found, shots: of }) => `${label}: ${found}/${of}`).join(', '),
    fault.strengths.find(({ value }) => value === fault.stated)!.label,
    `${planted} in ${shots}`,
    share(detection),
    share(named),
    within === undefined ? '–' : share(within),
    `${alarms.length}/${untouched}`,
    `${trueWarnings}`,
  ];
}

if (only === '' && field !== undefined) {
  const head = [
    ...['fault', 'finding', 'found, by strength', 'stated', 'planted, in shots'],
    ...['found', 'named', 'estimate', 'false alarms', 'true warnings'],
  ];
  write('qc-table', markdownTable(head, rows));
}
