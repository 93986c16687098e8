/** Label efficiency: who gets which labels, what is learnt from them, findings from numbers, and the command in miniature. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import type { LabelledShot } from '../../training/data/labelled.ts';
import { amountOf, halvesOf, labelsGiven, labelsIn, randomOrder } from '../../training/label-curve/amounts.ts';
import type { Cell } from '../../training/label-curve/cells.ts';
import { copiesOf, lessonOf } from '../../training/label-curve/lessons.ts';
import { largestLead, largestSaving, pointsOf } from '../../training/label-curve/points.ts';
import { reportOf } from '../../training/label-curve/report.ts';
import { startOf } from '../../training/label-curve/starts.ts';
import { pickerLayout } from '../../training/picker.ts';
import { startNetwork, writePretrain } from '../../training/pretrain/checkpoint.ts';
import { digestOf } from '../../training/pretrain/corpus.ts';
import { LAST } from '../../training/train/checkpoint.ts';
import { readField } from '../../training/train/field.ts';
import { SETTINGS } from '../../training/train.ts';
import { scratch } from '../cli/run.ts';
import { madeShots, writeSite } from './made-site.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
beforeAll(() => startBackend('wasm'));
afterAll(() => folder.remove());

const shots = madeShots('made', [1, 2, 3, 4, 5], { mostSamples: 4000, channels: [16, 24], signalToNoise: [25, 35] });
const filesOf = (some: readonly LabelledShot[]) => some.map(({ file }) => file);
const knownOf = (given: ReturnType<typeof labelsGiven>) =>
  given.flatMap(({ labelled, known }) => [...known].map((trace) => `${labelled.file} ${trace}`));

describe('labels given', () => {
  it('half of the shots are there to be labelled, the others to be picked; seeds differ', () => {
    const { pool, test } = halvesOf(shots, 1);
    expect([pool.length, test.length]).toEqual([3, 2]);
    expect(filesOf([...pool, ...test]).sort()).toEqual(filesOf(shots).sort());
    expect(filesOf(halvesOf(shots, 1).pool)).toEqual(filesOf(pool));
    const halves = [1, 2, 3, 4, 5, 6].map((seed) =>
      halvesOf(shots, seed)
        .test.map(({ file }) => file)
        .sort()
        .join(),
    );
    expect(new Set(halves).size).toBeGreaterThan(2);
  });

  it('a share is met by whole shots and a run of neighbours, and holds all that smaller ones hold', () => {
    const order = randomOrder(shots, 2);
    const all = labelsIn(order);
    let before: string[] = [];
    for (const percent of [2, 5, 10, 25, 50, 100]) {
      const given = labelsGiven(order, amountOf(`${percent}`), 2);
      expect(given.reduce((sum, { labels }) => sum + labels, 0)).toBe(Math.max(1, Math.round((percent / 100) * all)));
      const known = knownOf(given);
      expect(known).toEqual(expect.arrayContaining(before));
      before = known;
      const { labelled, known: last, labels } = given.at(-1)!;
      const places = labelled.shot.traces.flatMap(({ index }, i) => (last.has(index) ? [i] : []));
      expect(places.at(-1)! - places[0]).toBe(places.length - 1); // neighbours
      expect(places.filter((i) => labelled.labels[i].kind === 'onset')).toHaveLength(labels);
    }
    expect(labelsGiven(order, amountOf('0'), 2)).toEqual([]);
  });

  it('whole shots are whole', () => {
    const order = randomOrder(shots, 3);
    const given = labelsGiven(order, amountOf('2shots'), 3);
    expect(filesOf(given.map(({ labelled }) => labelled))).toEqual(filesOf(order.slice(0, 2)));
    for (const { labelled, known } of given) expect(known.size).toBe(labelled.shot.traces.length);
    for (const wrong of ['-1', '101', '0shots', 'all', '1.5shots'])
      expect(() => amountOf(wrong)).toThrow(/--fractions/);
  });

  it('windows show labels that were given and no others', () => {
    // Labels of other traces are wrong on purpose: what shows one of them is far away.
    const [shot] = shots;
    const given = labelsGiven([shot], amountOf('20'), 1);
    const [{ known }] = given;
    const spoilt: LabelledShot = {
      ...shot,
      labels: shot.labels.map((label, i) => (known.has(shot.shot.traces[i].index) ? label : { kind: 'dead' })),
    };
    const size = { windows: 4, traces: 8 };
    for (let k = 0; k < 3; k++) {
      const lesson = lessonOf(given, copiesOf([shot], 3), size, 1, k);
      const { seen, known: asked } = lesson.targets;
      for (let w = 0; w < size.windows; w++) expect(seen.subarray(8 * w, 8 * w + 8)).toContain(1);
      expect(seen.reduce((sum, value) => sum + value, 0)).toBeLessThan(4 * 8);
      expect(asked.filter((value, i) => value < seen[i])).toHaveLength(0);
      const hidden = lessonOf([{ ...given[0], labelled: spoilt }], copiesOf([spoilt], 3), size, 1, k);
      expect(hidden.targets.known).toEqual(asked);
      expect(lessonOf(given, copiesOf([shot], 3), size, 1, k).targets).toEqual(lesson.targets);
    }
  });
});

const cell = (start: string, amount: string, labels: number, rate: number, rest: Partial<Cell> = {}): Cell => ({
  site: 'hill',
  digest: 'd',
  start,
  how: '{"rate":0.001}',
  seed: 1,
  amount,
  chooser: 'random',
  labels,
  pool: 200,
  traces: 100,
  picked: 1,
  hitRateMs: { 1: 0, 2: 0, 3: rate / 2, 5: rate, 10: 1 },
  seconds: 10,
  ...rest,
});

describe('findings', () => {
  const cells = [
    cell('scratch', '5', 10, 0.4),
    cell('scratch', '5', 10, 0.6, { seed: 2 }),
    cell('scratch', '100', 200, 0.8),
    cell('gan', '5', 10, 0.58),
    cell('gan', '25', 50, 0.82),
    cell('pair', '5', 10, 0.56),
    cell('pair', '100', 200, 0.79),
  ];
  const points = pointsOf(cells);

  it('are means and deviations over seeds', () => {
    const scratchAt5 = points.find(({ start, amount }) => start === 'scratch' && amount === '5')!;
    expect(scratchAt5).toMatchObject({ seeds: 2, labels: 10, share: 0.05 });
    expect(scratchAt5.hitRateMs[5].mean).toBeCloseTo(0.5, 12);
    expect(scratchAt5.hitRateMs[5].deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  });

  it('the largest lead with few labels, and the labels saved', () => {
    expect(largestLead(points, 'scratch', 5, 0.1)).toEqual({
      start: 'gan',
      amount: '5',
      labels: 10,
      share: 0.05,
      hitRate: 0.58,
      than: 0.5,
    });
    expect(largestLead(points, 'scratch', 5, 0.01)).toBeUndefined();
    // One label for four at 80 %, one for one at 50 %.
    expect(largestSaving(points, 'scratch', 5)).toEqual({
      start: 'gan',
      labels: 50,
      hitRate: 0.82,
      than: { labels: 200, hitRate: 0.8 },
    });
    // What is no more than fewer labels gave is not asked for.
    const flat = pointsOf([
      ...cells,
      cell('scratch', '50', 100, 0.5),
      cell('gan', '2', 5, 0.49),
      cell('gan', '0', 0, 0.3),
    ]);
    expect(largestSaving(flat, 'scratch', 5)?.labels).toBe(50);
    expect(largestSaving(pointsOf([...cells, cell('gan', '0', 0, 0.81)]), 'scratch', 5)).toMatchObject({ labels: 0 });
    const worse = cells.filter(({ start }) => start === 'scratch');
    expect(largestSaving(pointsOf([...worse, cell('gan', '100', 200, 0.4)]), 'scratch', 5)).toBeUndefined();
  });

  it('are said with their numbers, also when nothing helps', () => {
    const settings = { steps: 1, windows: 1, traces: 8, copies: 1 };
    const page = (some: readonly Cell[]) =>
      reportOf({ settings, cells: some, commands: [] }, { starts: undefined, choosers: undefined });
    expect(page(cells)).toContain(
      '**hill**: with 5 % of the labels (10 traces) gan finds 58.0 % within 5 ms, scratch 50.0 %: 8.0 points more. ' +
        'gan with 50 labels finds as much (82.0 %) as scratch with 200 (80.0 %): one label for 4.0.',
    );
    expect(page(cells)).toMatch(/\| scratch +\| 50\.0 ± 14\.1 \| – +\| 80\.0 +\|/);
    expect(page([...cells.slice(0, 3), cell('gan', '5', 10, 0.52)])).toContain(
      'no start is 5 points above scratch; the most is 2.0 (gan, 5 %). gan with 10 labels',
    );
    const chosen = [
      ...[0.5, 0.6].map((rate, i) => cell('gan', `${i + 1}shots`, 20 * (i + 1), rate)),
      ...[0.6, 0.7].map((rate, i) => cell('gan', `${i + 1}shots`, 20 * (i + 1), rate, { chooser: 'suggest' })),
    ];
    const worse = chosen.map(
      (each) => ({ ...each, chooser: each.chooser === 'random' ? 'suggest' : 'random' }) as const,
    );
    expect(page(worse)).toContain(
      'give −10.0 points within 5 ms. At none of them would random choice have needed more',
    );
    expect(page(chosen)).toContain(
      '**hill, from gan**: on average over the amounts suggested shots give +10.0 points within 5 ms. ' +
        '1 shot suggested (60.0 %): at random it takes 2 shots to find as much (60.0 %); 2 shots suggested (70.0 %): more than any',
    );
  });
});

describe('firstbreak train label-curve', () => {
  const site = at('hill');
  const page = at('docs', 'label-efficiency.md');
  const log = at('docs', 'label-efficiency.cells.jsonl');
  const SMALL = [
    '--steps',
    '2',
    '--windows',
    '2',
    '--traces',
    '8',
    '--copies',
    '2',
    '--widths',
    '4,4,4,4',
    '--backend',
    'wasm',
  ];
  const curve = async (...args: string[]) => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const code = await main(['label-curve', ...args]);
      return { code, err: said.mock.calls.map(([text]) => text).join('') };
    } finally {
      said.mockRestore();
    }
  };
  const picker = at('runs', 'picker');
  const starts = ['--start', `synthetic=${picker}`, '--start', `frozen=${picker}?freeze=down&rate=0.0005`];
  const cellsOf = () =>
    readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((line) => 'site' in line) as Cell[];

  beforeAll(async () => {
    writeSite(
      site,
      shots.map((shot) => ({ ...shot, site: 'hill' })),
    );
    const { train } = await import('../../training/train.ts');
    await train(picker, {
      settings: {
        ...SETTINGS,
        picker: { ...SETTINGS.picker, widths: [4, 4, 4, 4] },
        batch: { windows: 2, traces: 8, windowsPerShot: 2 },
        schedule: { rate: 1e-3, warmUp: 1, steps: 1 },
      },
      validationBatches: 1,
      workers: 0,
    });
  }, 60_000);

  it('measures each cell once, goes on where it was stopped, and writes the page of all', async () => {
    const first = await curve(site, '--out', page, ...SMALL, ...starts, '--seeds', '1', '--fractions', '0,1shot');
    expect(first.code).toBe(0);
    expect(first.err).toMatch(/\] 5\/5 .*hill {2}seed 1 {2}frozen {2}1shot {2}\d+ labels: [\d.]+ % within 5 ms/);
    const before = cellsOf();
    expect(before.map(({ start, amount }) => `${start} ${amount}`)).toEqual([
      'scratch 1shot', // which cannot pick without labels
      'synthetic 0',
      'synthetic 1shot',
      'frozen 0',
      'frozen 1shot',
    ]);
    const [, zero, one] = before;
    expect([zero.labels, zero.pool > one.labels, one.labels > 0]).toEqual([0, true, true]);
    expect(one.hitRateMs[10]).toBeGreaterThanOrEqual(one.hitRateMs[1]);
    expect(one.how).not.toBe(before[4].how);

    appendFileSync(log, `${JSON.stringify(one)}\n`); // another command at the same time
    appendFileSync(log, '{"site":"hill","start":"syn'); // killed while it wrote
    const more = ['--seeds', '2', '--fractions', '0,1shot,100', '--only', 'synthetic'];
    expect(await curve(site, '--out', page, ...SMALL, ...starts, ...more)).toMatchObject({ code: 0 });
    expect(cellsOf().slice(0, 5)).toEqual(before);
    expect(cellsOf()).toHaveLength(5 + 1 + 1 + 3);

    const { schema, points, cells, commands } = JSON.parse(readFileSync(page.replace('.md', '.json'), 'utf8'));
    expect([schema, points.length, cells.length, commands.length]).toEqual(['firstbreak.label-efficiency/1', 6, 9, 2]);
    expect(commands.join()).not.toContain(folder.path);
    const text = readFileSync(page, 'utf8');
    expect(text).toMatch(/npx firstbreak train label-curve hill --out label-efficiency\.md/);
    expect(text).toMatch(/\| start +\| 0 % \(0\) +\| 1 shot \(\d+\) \| 100 % \(\d+\) \|/);
    expect(text).toContain('](label-efficiency.svg)');
    expect(readFileSync(page.replace('.md', '.svg'), 'utf8')).toMatch(/fill-opacity/);
  });

  it('choosers compete from the same start, and the page shows them beside each other', async () => {
    const args = ['--choose', 'random,suggest', '--fractions', '1shot,2shots', '--seeds', '1', '--only', 'synthetic'];
    expect(await curve(site, '--out', page, ...SMALL, ...starts, ...args)).toMatchObject({ code: 0 });
    const suggested = cellsOf().filter(({ chooser }) => chooser === 'suggest');
    expect(suggested.map(({ amount }) => amount)).toEqual(['1shot', '2shots']);
    expect(suggested[1].labels).toBeGreaterThan(suggested[0].labels);
    expect(readFileSync(page, 'utf8')).toMatch(/\*\*hill, from synthetic\*\*: on average over the amounts/);
    expect(existsSync(page.replace('.md', '-choosers.svg'))).toBe(true);
  });

  it('says in a line what does not fit, before anything is measured', async () => {
    const [{ shots: read }] = await readField([site]);
    const { parameters } = pickerLayout(SETTINGS.picker);
    const runWith = (
      name: string,
      corpus: { sites: { name: string; gathers: number; traces: number }[]; gathers: string[] },
    ) => {
      const networks = { autoencoder: startNetwork(parameters.slice(0, 6), 1) };
      const effort = { hours: 0, backends: [] };
      writePretrain(at('runs', name, LAST), { kind: 'autoencoder', settings: {}, step: 1, networks, corpus, effort });
      return `ae=${at('runs', name)}`;
    };
    const byName = runWith('by-name', { sites: [{ name: 'hill', gathers: 1, traces: 9 }], gathers: [] });
    const byShot = runWith('by-shot', {
      sites: [{ name: 'x', gathers: 1, traces: 9 }],
      gathers: [digestOf(read[0].shot)],
    });
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[site, '--out', page, ...SMALL, '--start', byName], /ae: expected a run that has not seen hill, found its name/],
      [
        [site, '--out', page, ...SMALL, '--start', byShot],
        /ae: expected a run that has not seen hill, found .*sg2 among/,
      ],
      [[site, '--out', page, ...SMALL, '--start', `a=${at('no')}`], /expected the folder of a run/],
      [[site, '--out', page, '--steps', '3'], /expected cells by .*"steps":3.*, found .*"steps":2.*remove the file/],
      [
        [site, '--out', page, ...SMALL, '--start', `synthetic=${picker}?rate=0.5`],
        /start synthetic: expected it as before/,
      ],
      [[site, '--out', page, '--start', `scratch=${picker}`], /with a name of its own/],
      [[site, '--out', page, '--start', `a=${picker}?speed=1`], /--start a: expected part, freeze, .*found 'speed'/],
      [[site, '--out', page, '--traces', '9'], /--traces: expected a multiple of 4, found '9'/],
      [[site, '--out', page, '--choose', 'best'], /--choose: expected random, suggest, found 'best'/],
      [['--out', page], /expected at least one site, found none/],
      [[site], /expected --out PAGE.md/],
    ];
    const before = cellsOf();
    for (const [args, message] of cases) {
      const { code, err } = await curve(...args, '--quiet');
      expect(err).toMatch(message);
      expect(code).toBeGreaterThan(0);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    expect(cellsOf()).toEqual(before);
    writeFileSync(at('docs', 'other.cells.jsonl'), 'picks\n');
    expect((await curve(site, '--out', at('docs', 'other.md'))).err).toMatch(/expected firstbreak.label-cells\/1/);
  });

  it('options of a start are read from its end', () => {
    expect(
      startOf('gan=a,b?part=discriminator&freeze=down0,down1&unfreeze-every=20&rate-decay=0.8&rate=0.002'),
    ).toEqual({
      name: 'gan',
      runs: ['a', 'b'],
      pacing: { part: 'discriminator', freeze: 'down0,down1', 'unfreeze-every': 20, 'rate-decay': 0.8 },
      rate: 0.002,
    });
  });
});
