/** The page of a label-efficiency curve, made of its cells alone. */
import { amountOf } from './amounts.ts';
import type { Cell, CurveSettings } from './cells.ts';
import type { Tolerance } from './learn-and-pick.ts';
import { byLabels, largestLead, largestSaving, type Point, pointsOf } from './points.ts';
import { RATES, SCRATCH } from './starts.ts';

/** Few labels, as a share of those that were there, and a lead worth speaking of. */
const FEW = 0.1;
const WORTH = 0.05;

export interface Pictures {
  /** Names of files beside the page; undefined: nothing to show. */
  readonly starts: string | undefined;
  readonly choosers: string | undefined;
}

export interface LabelEfficiency {
  readonly settings: CurveSettings;
  readonly cells: readonly Cell[];
  readonly commands: readonly string[];
}

/** Points of shots at random. Amounts that were measured of one start alone, to compare choosers, are left to those. */
export function curvesOf(cells: readonly Cell[]): readonly Point[] {
  const points = pointsOf(cells.filter(({ chooser }) => chooser === 'random'));
  const starts = (of: Point, amount?: string) =>
    new Set(
      points
        .filter((each) => each.site === of.site && (amount ?? each.amount) === each.amount)
        .map(({ start }) => start),
    ).size;
  return points.filter(
    (point) => amountOf(point.amount).kind === 'share' || starts(point, point.amount) > 1 || starts(point) === 1,
  );
}

/** Points where two choosers meet: the same site, start, seed and amount. */
export function contestsOf(cells: readonly Cell[]): readonly Point[] {
  const met = Map.groupBy(cells, ({ site, start, seed, amount }) => JSON.stringify([site, start, seed, amount]));
  return pointsOf([...met.values()].filter((group) => new Set(group.map(({ chooser }) => chooser)).size > 1).flat());
}

export function reportOf({ settings, cells, commands }: LabelEfficiency, pictures: Pictures): string {
  const curves = curvesOf(cells);
  const contests = contestsOf(cells);
  const seeds = Math.max(0, ...curves.map((point) => point.seeds));
  const parts = [
    '# How many labels a new site takes',
    'Of each site, which no start has seen, half of the shots are there to be labelled and the other half to be picked; which shots those are\n' +
      'differs by seed and is the same for all starts. From each start a picker learns from part of the labels and no others (beside synthetic shots\n' +
      'where the table of starts at the end says so), and then picks\n' +
      'the other half as `firstbreak pick` does, but every trace, however unsure it is; the labels are taken as the people of the site meant\n' +
      `them.${seeds > 1 ? ` Means over ${seeds} seeds, ± their standard deviation.` : ''} This page is made by`,
    `\`\`\`sh ignore\n${commands.join('\n')}\n\`\`\``,
    `Each picker takes ${settings.steps} steps of ${settings.windows} windows of ${settings.traces} traces, cut from ${settings.copies} augmented copies of each labelled shot. Highest rate: ${RATES.new} from random weights,\n` +
      `${RATES.picker} from a picker, ${RATES['no labels']} from a network that saw no labels, unless said otherwise below.`,
    ...[...Map.groupBy(curves, ({ site }) => site)].map(([site, points]) => findingsOf(site, points)),
    ...(pictures.starts ? [`![Hit rate by labels, a line for each start](${pictures.starts})`] : []),
    ...[...Map.groupBy(curves, ({ site }) => site)].flatMap(([site, points]) => [
      `## ${site}`,
      ...([5, 3] as const).flatMap((tolerance) => [
        `Within ${tolerance} ms, % of the labelled traces:`,
        tableOf(points, tolerance, 'start', ({ start }) => start),
      ]),
    ]),
    ...(contests.length > 0 ? choosersOf(contests, pictures.choosers) : []),
    '## The starts',
    startsOf(cells),
  ];
  return `${parts.join('\n\n')}\n`;
}

function findingsOf(site: string, points: readonly Point[]): string {
  const lead = largestLead(points, SCRATCH.name, 5, FEW);
  const saving = largestSaving(points, SCRATCH.name, 5);
  const first = !lead
    ? `no start was measured beside ${SCRATCH.name} at 10 % of the labels or fewer.`
    : lead.hitRate - lead.than >= WORTH
      ? `with ${ofLabels(lead.amount)} (${count(lead.labels)} traces) ${lead.start} finds ${percent(lead.hitRate)} % within 5 ms, ${SCRATCH.name} ${percent(lead.than)} %: ${percent(lead.hitRate - lead.than)} points more.`
      : `with 10 % of the labels or fewer no start is 5 points above ${SCRATCH.name}; the most is ${percent(lead.hitRate - lead.than)} (${lead.start}, ${amountWords(lead.amount)}).`;
  const second = !saving
    ? `No other start comes to what ${SCRATCH.name} finds with the fewest labels it was given.`
    : saving.labels === 0
      ? `Without a label ${saving.start} finds as much (${percent(saving.hitRate)} %) as ${SCRATCH.name} with ${count(saving.than.labels)} labels (${percent(saving.than.hitRate)} %).`
      : `${saving.start} with ${count(saving.labels)} labels finds as much (${percent(saving.hitRate)} %) as ${SCRATCH.name} with ${count(saving.than.labels)} (${percent(saving.than.hitRate)} %): ${ratio(saving.labels, saving.than.labels)}.`;
  return `**${site}**: ${first} ${second}`;
}

const ratio = (few: number, many: number) =>
  few < many ? `one label for ${(many / few).toFixed(1)}` : 'no label is saved';

/** Rows × amounts, in the order of labels. */
function tableOf(
  points: readonly Point[],
  tolerance: Tolerance,
  head: string,
  rowOf: (point: Point) => string,
): string {
  const amounts = [...Map.groupBy(points, ({ amount }) => amount).values()].map((same) => same.sort(byLabels)[0]);
  const columns = amounts.sort(byLabels).map(({ amount }) => amount);
  const labels = columns.map((amount) => {
    const { labels } = points.find((point) => point.amount === amount)!;
    return `${amountWords(amount)} (${count(labels)})`;
  });
  const rows = [...Map.groupBy(points, rowOf)].map(([name, own]) => [
    name,
    ...columns.map((amount) => {
      const point = own.find((each) => each.amount === amount);
      return point ? spread(point, tolerance) : '–';
    }),
  ]);
  return aligned([[head, ...labels], ...rows]);
}

const spread = ({ hitRateMs, seeds }: Point, tolerance: Tolerance) => {
  const { mean, deviation } = hitRateMs[tolerance];
  return seeds > 1 ? `${percent(mean)} ± ${percent(deviation)}` : percent(mean);
};

function choosersOf(points: readonly Point[], picture: string | undefined): readonly string[] {
  const groups = Map.groupBy(points, ({ site, start }) => `${site}, from ${start}`);
  return [
    '## Which shots to label',
    'The same number of whole shots, chosen at random or by `firstbreak train suggest` from what the start knows before it has seen a label.',
    [...groups].map(([name, own]) => `**${name}**: ${contestWords(own)}`).join('\n\n'),
    ...(picture ? [`![Hit rate by shots, a line for each chooser](${picture})`] : []),
    ...[...groups].flatMap(([name, own]) => [
      `${name}, within 5 ms, %:`,
      tableOf(own, 5, 'chosen', ({ chooser }) => chooser),
    ]),
  ];
}

function contestWords(points: readonly Point[]): string {
  const by = (chooser: Point['chooser']) =>
    new Map(points.filter((point) => point.chooser === chooser).map((point) => [point.amount, point]));
  const [random, suggest] = [by('random'), by('suggest')];
  const both = [...suggest.values()].filter(({ amount }) => random.has(amount)).sort(byEffort);
  const rate = ({ hitRateMs }: Point) => hitRateMs[5].mean;
  const above = both.reduce((sum, point) => sum + rate(point) - rate(random.get(point.amount)!), 0) / both.length;
  const savings = both.flatMap((point) => {
    const reached = [...random.values()].filter((other) => rate(other) >= rate(point)).sort(byEffort)[0];
    return reached === undefined || byEffort(reached, point) > 0 ? [{ point, reached }] : [];
  });
  const mean = `on average over the amounts suggested shots give ${signed(above)} points within 5 ms.`;
  if (savings.length === 0) return `${mean} At none of them would random choice have needed more shots.`;
  return `${mean} ${savings
    .map(({ point, reached }) =>
      reached
        ? `${amountWords(point.amount)} suggested (${percent(rate(point))} %): at random it takes ${amountWords(reached.amount)} to find as much (${percent(rate(reached))} %)`
        : `${amountWords(point.amount)} suggested (${percent(rate(point))} %): more than any number at random that was tried`,
    )
    .join('; ')}.`;
}

/** What is picked is shots, whatever the number of labels in them. */
function byEffort(a: Point, b: Point): number {
  const [one, other] = [amountOf(a.amount), amountOf(b.amount)];
  return one.kind === 'shots' && other.kind === 'shots' ? one.shots - other.shots : byLabels(a, b);
}

function startsOf(cells: readonly Cell[]): string {
  const groups = Map.groupBy(cells, ({ start }) => start);
  const rows = [...groups].map(([start, own]) => {
    const facts = [...new Set(own.map(({ how }) => how))].map((how) => JSON.parse(how) as Record<string, unknown>);
    const digests = [...new Set(facts.flatMap(({ digest }) => (typeof digest === 'string' ? [digest] : [])))];
    const { digest: _, widths: __, ...rest } = facts[0];
    const options = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
    const seconds = own.reduce((sum, cell) => sum + cell.seconds, 0) / own.length;
    return [start, digests.join(' ') || 'random weights', options.join(', '), seconds.toFixed(0)];
  });
  return aligned([['start', 'weights (first digits of SHA-256)', 'learning', 'seconds a cell'], ...rows]);
}

function amountWords(word: string): string {
  const amount = amountOf(word);
  if (amount.kind === 'share') return `${amount.percent} %`;
  return amount.shots === 1 ? '1 shot' : `${amount.shots} shots`;
}

const ofLabels = (word: string) =>
  amountOf(word).kind === 'share' ? `${amountWords(word)} of the labels` : amountWords(word);

const percent = (share: number) => (100 * share).toFixed(1).replace('-', '−');
const signed = (share: number) => `${share >= 0 ? '+' : ''}${percent(share)}`;
const count = (labels: number) => `${Math.round(labels)}`;

/** A table whose first row is its head. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, k) => Math.max(3, ...rows.map((cells) => cells[k].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k])).join(' | ')} |`;
  return [
    line(rows[0]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.slice(1).map(line),
  ].join('\n');
}
