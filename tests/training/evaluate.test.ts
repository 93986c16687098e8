/** Evaluation: sites and their table, what is measured and how, the report; on shots and pickers whose numbers are known. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TimedShot } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Pick } from '#shared/picks.ts';
import { ms, samples } from '#shared/units.ts';
import type { Label, LabelledShot } from '../../training/data/labelled.ts';
import { agree, coarser, leftAsDead, noisy, withDead } from '../../training/evaluate/changed-shots.ts';
import { evaluate } from '../../training/evaluate/evaluate.ts';
import { outdated, readAccuracy, writeReport } from '../../training/evaluate/files.ts';
import { measure } from '../../training/evaluate/measures.ts';
import { withoutFlat } from '../../training/evaluate/outcomes.ts';
import { secondPass } from '../../training/evaluate/people.ts';
import { pooledReliability, spreadOf } from '../../training/evaluate/pooled.ts';
import { periodOf, signalToNoise } from '../../training/evaluate/signal-to-noise.ts';
import { readSiteTable, siteAt, sitesIn, siteTable } from '../../training/evaluate/sites.ts';
import { observe, trialOf } from '../../training/evaluate/trials.ts';
import { changeManifest } from '../../training/export/model-folder.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { madeModel } from '../model/made-model.ts';
import { madeShots, writeSite } from './made-site.ts';

const FIELD_DATA = process.env.FIRSTBREAK_FIELD_DATA;
const folder = scratch();
afterAll(() => folder.remove());
const at = (...parts: string[]) => join(folder.path, ...parts);

const PERIOD = 20;
const BREAK = 300;
/** Traces of noise of one strength, with a sine from 300 ms on that stands `level` dB above it; undefined: without. */
function madeShot(levels: readonly (number | undefined)[], interval = 0.5): LabelledShot {
  const length = Math.round(1000 / interval);
  const dice = diceOf(17);
  const amplitudes = new Float32Array(levels.length * length); // [trace, sample]
  levels.forEach((level, i) => {
    for (let k = 0; k < length; k++) {
      const after = k * interval - BREAK;
      const signal =
        level === undefined || after < 0
          ? 0
          : Math.sqrt(2) * 10 ** (level / 20) * Math.sin((2 * Math.PI * after) / PERIOD);
      amplitudes[i * length + k] = 100 * (dice.normal() + signal);
    }
  });
  const shot: TimedShot = {
    ffid: 1,
    amplitudes,
    samples: samples(length),
    sampleInterval: ms(interval),
    firstSample: { time: ms(0), from: 'test' },
    traces: levels.map((_, index) => ({
      index,
      channel: index + 1,
      kind: 'seismic' as const,
      start: samples(0),
      count: samples(length),
    })),
    problems: [],
  };
  const labels = levels.map(
    (level): Label => (level === undefined ? { kind: 'unknown' } : { kind: 'onset', time: ms(BREAK) }),
  );
  return { site: 'made', file: '1.sg2', shot, labels };
}

const pickedAt = (time: number, confidence = 0.9): Pick => ({ kind: 'picked', time: ms(time), confidence });
const SKIPPED: Pick = { kind: 'skipped', reason: 'low-confidence' };
/** Picks trace by trace as it is told, whatever it sees. */
const told = (picks: (trace: number, shot: TimedShot) => Pick): Picker => ({
  name: 'told',
  pick: async (shot) => shot.traces.map(({ index }) => picks(index, shot)),
});

describe('sites', () => {
  it('are told apart by the table of the open ones, and land surveys where it does not know them', () => {
    const table = siteTable();
    expect(siteAt('/somewhere/deepfb-obs/', table)).toMatchObject({ toleranceMs: 20, training: false, wave: 'P' });
    expect(siteAt('flinchum-sh-line', table)).toMatchObject({ wave: 'S', convention: 'dominant', toleranceMs: 5 });
    expect(siteAt('hillside', table)).toMatchObject({
      site: 'hillside',
      wave: 'P',
      convention: 'onset',
      training: true,
    });
    expect(siteAt('Halfmile.hdf5', table).site).toBe('Halfmile');
  });

  it.each([
    ['{', 'expected a JSON object, found something else'],
    ['{"schema": "other", "sites": []}', 'expected schema firstbreak.sites/1 and sites, found other'],
    ['{"schema": "firstbreak.sites/1", "sites": [{"about": "x"}]}', `expected a site's name, found {"about":"x"}`],
    [
      '{"schema": "firstbreak.sites/1", "sites": [{"site": "a", "wave": "L"}]}',
      'a: expected wave to be P or S, found "L"',
    ],
    [
      '{"schema": "firstbreak.sites/1", "sites": [{"site": "a", "convention": "first"}]}',
      'a: expected convention to be one of onset, trough, peak, zero-crossing, dominant, found "first"',
    ],
    [
      '{"schema": "firstbreak.sites/1", "sites": [{"site": "a", "ground": 1}]}',
      'a: expected ground to be no such fact, found 1',
    ],
    [
      '{"schema": "firstbreak.sites/1", "sites": [{"site": "a", "toleranceMs": 4}]}',
      'a: expected toleranceMs to be one of 1, 2, 3, 5, 10, 20, 40, found 4',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => readSiteTable(text, 't.json')).toThrow(`t.json: ${message}`);
  });

  it('are found in a folder, those of the table first', () => {
    for (const site of ['b', 'a', 'geostack-48ch']) writeSite(at('found', site), madeShots(site, []));
    expect(sitesIn(at('found'), siteTable()).map(({ site }) => site)).toEqual(['geostack-48ch', 'a', 'b']);
    expect(sitesIn(at('found', 'b'), siteTable()).map(({ site }) => site)).toEqual(['b']);
    expect(() => sitesIn(at('nowhere'), siteTable())).toThrow(
      'expected folders with picks.csv or .hdf5 surveys, found none',
    );
  });
});

describe('signal to noise', () => {
  it('is measured behind and before the pick, whatever the interval', () => {
    for (const interval of [0.25, 0.5, 1]) {
      const labelled = madeShot([40, 30, 20, undefined], interval);
      expect(Math.abs(periodOf(labelled)! / PERIOD - 1)).toBeLessThan(0.25);
      const [a, b, c, d] = signalToNoise(labelled);
      [a! - 40, b! - 30, c! - 20].forEach((error) => {
        expect(Math.abs(error)).toBeLessThan(2);
      });
      expect(d).toBeUndefined();
    }
  });

  it('is not known where the record begins at the break', () => {
    const { shot, ...rest } = madeShot([20]);
    const from = 2 * (BREAK - 5);
    const late = {
      ...shot,
      amplitudes: shot.amplitudes.slice(from),
      samples: samples(2000 - from),
      firstSample: { time: ms(BREAK - 5), from: 'test' },
      traces: shot.traces.map((trace) => ({ ...trace, count: samples(2000 - from) })),
    };
    expect(signalToNoise({ ...rest, shot: late })).toEqual([undefined]);
  });
});

describe('changed shots', () => {
  const labelled = madeShot([30, 30, 30, 30, 30, 30, 30, 30, 30]);

  it('with noise: the same from the same seed, and as much as is said', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => noisy(labelled, diceOf(seed)));
    expect(a.shot.amplitudes).toEqual(b.shot.amplitudes);
    expect(a.shot.amplitudes).not.toEqual(c.shot.amplitudes);
    const rms = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);
    const added = a.shot.amplitudes.map((value, i) => value - labelled.shot.amplitudes[i]);
    labelled.labels.forEach((_, i) => {
      const behind = labelled.shot.amplitudes.subarray(i * 2000 + 600, i * 2000 + 640);
      expect(20 * Math.log10(rms(behind) / rms(added.subarray(i * 2000, (i + 1) * 2000)))).toBeCloseTo(-3, 3);
    });
  });

  it('coarser: times stay, and nothing is asked where the period is lost', () => {
    const half = coarser(labelled, 'every 2nd sample')!;
    expect([half.shot.sampleInterval, half.shot.samples]).toEqual([1, 1000]);
    const quarter = coarser(labelled, 'every 4th sample')!;
    expect([quarter.shot.sampleInterval, quarter.labels]).toEqual([2, labelled.labels]);
    expect(coarser(madeShot([30, 30], 4), 'every 2nd sample')).toBeUndefined();
    const thin = coarser(labelled, 'every 2nd trace')!;
    expect(thin.shot.traces.map(({ index }) => index)).toEqual([0, 2, 4, 6, 8]);
    expect(thin.shot.amplitudes.subarray(2000, 4000)).toEqual(labelled.shot.amplitudes.subarray(4000, 6000));
  });

  it.each(['zeros', 'constant', 'noise'] as const)('with dead channels: %s', (how) => {
    const { shot, labels } = withDead(labelled, how, diceOf(3));
    const dead = labels.flatMap(({ kind }, i) => (kind === 'dead' ? [i] : []));
    expect(dead.length).toBeGreaterThan(0);
    for (let i = 0; i < labels.length; i++) {
      const [was, is] = [labelled, { shot }].map((one) => one.shot.amplitudes.subarray(i * 2000, (i + 1) * 2000));
      if (!dead.includes(i)) expect(is).toEqual(was);
      else if (how === 'noise') expect(new Set(is).size).toBeGreaterThan(1900);
      else expect(new Set(is)).toEqual(new Set([how === 'zeros' ? 0 : was[1999]]));
    }
  });

  it('two picks agree when both are skipped or near', () => {
    expect(agree(pickedAt(10), pickedAt(10.5), ms(0.5))).toBe(true);
    expect(agree(pickedAt(10), pickedAt(10.6), ms(0.5))).toBe(false);
    expect(agree(SKIPPED, SKIPPED, ms(0.5))).toBe(true);
    expect(agree(SKIPPED, pickedAt(10), ms(0.5))).toBe(false);
  });

  it('traces that show nothing of the shot are those that people leave as dead', () => {
    const some = madeShot([40, undefined, 40, 40, undefined]);
    const { shot } = some;
    shot.amplitudes.set(shot.amplitudes.subarray(0, 2000), 4 * 2000); // left unpicked, and yet as good as the first
    const gust = (labels: LabelledShot): LabelledShot => {
      // Signals that end: the record's loudest part stands above its middle.
      for (const i of [0, 2, 3, 4]) shot.amplitudes.fill(0, i * 2000 + 700, (i + 1) * 2000);
      return labels;
    };
    expect(leftAsDead(gust(some))).toEqual([1]);
  });

  it('a trace that recorded nothing is dead, also where a line was drawn through it', () => {
    const flat = madeShot([30, 30]);
    flat.shot.amplitudes.fill(5, 2000, 4000);
    expect(withoutFlat(flat).labels.map(({ kind }) => kind)).toEqual(['onset', 'dead']);
  });
});

describe('measures', () => {
  const labelled = madeShot([40, 25, 15, 8, 1, undefined]);
  const site = siteAt('made', siteTable());
  const measured = async (picker: Picker, { convention } = site) =>
    measure([await observe(trialOf(labelled, 1, 0), picker, convention)], { ...site, convention });

  it('count every trace that a person picked', async () => {
    const errors = [0.5, -1.5, 4, 8];
    const { agreement, errors: histogram } = await measured(
      told((i) => (i < 4 ? pickedAt(BREAK + errors[i]) : i === 4 ? SKIPPED : pickedAt(1))),
    );
    expect(agreement.hitRateMs).toMatchObject({ 1: 0.2, 2: 0.4, 3: 0.4, 5: 0.6, 10: 0.8 });
    expect(agreement).toMatchObject({
      referencePicks: 5,
      picked: 4,
      coverage: 0.8,
      unpicked: { traces: 1, picked: 1 },
    });
    expect(agreement.biasMean).toBeCloseTo(11 / 4, 6);
    expect(agreement.meanAbsolute).toBeCloseTo(14 / 4, 6);
    // In samples of 0.5 ms; the trace without a pick counts as picked at 0.
    expect(agreement.hardpicks?.HitRate3px).toBeCloseTo(1 / 5, 6);
    expect(agreement.hardpicks?.MeanBiasError).toBeCloseTo((1 - 3 + 8 + 16 - 600) / 5, 6);
    expect(histogram.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0.8, 6);
    expect(histogram.shares[15]).toBeCloseTo(0.2, 6); // 0 to 1 ms
  });

  it('part the traces by signal to noise', async () => {
    const { bySignalToNoise } = await measured(told((i) => pickedAt(i < 2 ? BREAK : 0)));
    expect(bySignalToNoise.map(({ traces }) => traces)).toEqual([0, 1, 1, 1, 1, 1, 0]);
    expect(bySignalToNoise.map(({ hitRateMs }) => hitRateMs[5])).toEqual([undefined, 0, 0, 0, 1, 1, undefined]);
  });

  it('hold noise, coarser records and dead channels against the shot as it is', async () => {
    // Sees noise by the level before the break, coarser records by their interval, dead channels by their last sample.
    const before = (shot: TimedShot) =>
      shot.amplitudes
        .subarray(0, Math.floor(200 / shot.sampleInterval))
        .reduce((sum, value) => sum + Math.abs(value), 0) / Math.floor(200 / shot.sampleInterval);
    const {
      noise,
      coarser: records,
      dead,
    } = await measured(
      told((i, shot) => {
        if (shot.amplitudes[i * shot.samples] === 0) return SKIPPED;
        return pickedAt(
          before(shot) > 1000 && i < 2 ? 0 : BREAK + (shot.sampleInterval === 2 && i === 0 ? 1.5 : 0.2 * i),
        );
      }),
    );
    expect(noise.without).toBe(1);
    expect(noise.with).toBeCloseTo(3 / 5, 6);
    expect(records.map(({ traces, withinHalfSample, withinOneMs }) => [traces, withinHalfSample, withinOneMs])).toEqual(
      [
        [5, 1, 1],
        [5, 0.8, 0.8],
        [3, 1, 1],
      ],
    );
    expect(dead.find(({ how }) => how === 'zeros')).toEqual({ how: 'zeros', traces: 1, skipped: 1 });
    expect(dead.find(({ how }) => how === 'constant')).toEqual({ how: 'constant', traces: 1, skipped: 0 });
  });

  it('bring the picks to the convention of the people, and keep what the onsets would give', async () => {
    const early = told(() => pickedAt(BREAK - PERIOD / 2));
    const asOnsets = await measured(early);
    expect([asOnsets.agreement.hitRateMs[5], asOnsets.onsets]).toEqual([0, undefined]);
    const { agreement, onsets, noise, abstention } = await measured(early, { ...site, convention: 'dominant' });
    expect(onsets).toEqual(asOnsets.agreement);
    // The three traces where noise stays below a quarter of the sine.
    expect(agreement.hitRateMs[1]).toBeCloseTo(3 / 5, 6);
    expect([noise.without, abstention.hitRateAt95]).toEqual([agreement.hitRateMs[5], agreement.hitRateMs[5]]);
  });

  it('ask whether confidence comes true, and what leaving doubtful picks out gains', async () => {
    const { reliability, abstention } = await measured(told((i) => pickedAt(i < 4 ? BREAK : 0, i < 4 ? 0.95 : 0.15)));
    expect(reliability.expectedError).toBeCloseTo((4 * 0.05 + 0.15) / 5, 6);
    expect(abstention.hitRateAt95).toBeCloseTo(0.8, 6);
    // Four picks are too few for a point.
    expect(abstention.curve).toEqual([{ coverage: 1, hitRate: 0.8 }]);
  });
});

describe('several runs', () => {
  it('have a mean and a range', () => {
    expect(spreadOf([1, undefined, 3])).toEqual({ mean: 2, least: 1, most: 3 });
    expect(spreadOf([undefined])).toBeUndefined();
  });
});

describe('two people', () => {
  it('are held against each other on the traces that both picked', () => {
    const shots = madeShots('twice', [7]);
    writeSite(at('twice'), shots, 1.5);
    const second = secondPass(siteAt(at('twice'), siteTable()))!;
    expect(second.referencePicks).toBe(shots[0].labels.filter(({ kind }) => kind === 'onset').length);
    expect(second.hitRateMs).toMatchObject({ 1: 0, 2: 1 });
    writeSite(at('once'), shots);
    expect(secondPass(siteAt(at('once'), siteTable()))).toBeUndefined();
  });
});

describe('firstbreak train evaluate', () => {
  const page = at('report', 'accuracy.md');
  const run = (...args: string[]) => firstbreak(['train', 'evaluate', ...args]);

  beforeAll(async () => {
    writeSite(at('data', 'hillside'), madeShots('hillside', [7, 8]), 1.5);
    writeSite(at('data', 'meadow'), madeShots('meadow', [9]));
    for (const seed of [1, 2]) await madeModel(at('models', `${seed}`, 'hillside'), 'tiny', seed);
    for (const seed of [1, 2]) {
      cpSync(at('models', `${seed}`, 'hillside'), at('models', `${seed}`, 'all'), { recursive: true });
      changeManifest(at('models', `${seed}`, 'all'), (manifest) => ({
        ...manifest,
        training: { ...manifest.training, sites: ['hillside'] },
      }));
    }
  });

  it('measures pickers and models of several seeds, each on sites it has not seen, and writes it down', async () => {
    const models = [1, 2].flatMap((seed) => ['--model', at('models', `${seed}`)]);
    const { code, err } = await run(at('data'), '--out', page, '--picker', 'classical', ...models, '--quiet');
    expect(code, err).toBe(0);
    const { sites, pickers, results } = readAccuracy(page);
    expect(sites.map(({ site, shots }) => [site, shots])).toEqual([
      ['hillside', 2],
      ['meadow', 1],
    ]);
    expect(sites[0].secondPerson?.hitRateMs).toMatchObject({ 1: 0, 2: 1 });
    expect(pickers).toEqual([
      { name: 'classical', kind: 'classical' },
      { name: 'neural', kind: 'model' },
    ]);
    const neural = results.filter(({ picker }) => picker === 'neural');
    expect(neural.map(({ runs }) => runs.map(({ model }) => [model?.seed, model?.trainedOn]))).toEqual([
      [
        [1, []],
        [2, []],
      ],
      [
        [1, ['hillside']],
        [2, ['hillside']],
      ],
    ]);
    const classical = results.find(({ picker }) => picker === 'classical')!.runs[0];
    expect(classical.agreement.hitRateMs[5]).toBeGreaterThan(0.7);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain(`| hillside | classical     |`);
    expect(text).toMatch(/\| neural +\| +\d+\.\d/);
    expect(text).not.toMatch(/NaN|undefined|\[object/);
    expect(text).not.toContain(folder.path);
    for (const [, picture] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
      expect(readFileSync(at('report', picture), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  it('gives the same numbers again, whatever stood there', async () => {
    const before = readFileSync(at('report', 'accuracy.json'), 'utf8');
    const again = await evaluate(
      sitesIn(at('data'), siteTable()),
      [
        { name: 'classical', folders: [] },
        { name: 'neural', folders: [at('models', '1'), at('models', '2')] },
      ],
      {},
    );
    writeReport(again, at('again', 'accuracy.md'));
    expect(readFileSync(at('again', 'accuracy.json'), 'utf8')).toBe(before);
  });

  it('--check tells whether page and pictures are what the numbers make', async () => {
    expect((await run('--check', '--out', page)).code).toBe(0);
    writeFileSync(page, readFileSync(page, 'utf8').replace('# Accuracy', '# Better'));
    const { code, err } = await run('--check', '--out', page);
    expect([code, err]).toEqual([1, `firstbreak train: ${page} is not what its numbers make\n`]);
  });

  it('refuses a model where it has seen the site, before anything is measured', async () => {
    const { code, err } = await run(at('data'), '--out', at('x.md'), '--model', at('models', '1', 'all'), '--quiet');
    expect([code, err]).toEqual([
      1,
      `firstbreak train: ${at('models', '1', 'all')}: expected a model that has not seen hillside, found it trained on it\n`,
    ]);
    expect(existsSync(at('x.md'))).toBe(false);
  });

  it('takes a model that ships by its name', async () => {
    const args = ['--out', at('named', 'x.md'), '--site', 'meadow', '--picker', 'classical', '--model', 'picker-1s'];
    const { code, err } = await run(at('data'), ...args, '--quiet');
    expect(code, err).toBe(0);
    const { results } = readAccuracy(at('named', 'x.md'));
    const neural = results.find(({ picker }) => picker === 'neural')!;
    expect(neural.runs.map(({ model }) => model?.name)).toEqual([expect.stringMatching(/^picker-1s\b/)]);
  });

  it.each([
    [['--out', 'x.txt'], /expected --out PAGE\.md, found x\.txt/],
    [['--out', 'x.md', '--site', 'valley'], /--site: expected hillside, meadow, found 'valley'/],
    [['--out', 'x.md', '--picker', 'best'], /--picker: expected classical, sta-lta, aic, found 'best'/],
    [['--out', 'x.md', '--model', 'aic=m'], /--model: expected \[NAME=\]DIR with a name of its own, found 'aic=m'/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await run(at('data'), ...args);
    expect([code, message.test(err)]).toEqual([2, true]);
  });

  it('says where no model is', async () => {
    const { code, err } = await run(at('data'), '--out', at('x.md'), '--model', at('data'), '--quiet');
    expect([code, err]).toEqual([
      1,
      `firstbreak train: ${at('data')}: expected manifest.json in it, in hillside/ or in all/, found none of them\n`,
    ]);
  });
});

describe('docs', () => {
  const doc = (file: string) => resolve(import.meta.dirname, '../../docs', file);

  it('accuracy.md is what its numbers make', () => {
    expect(outdated(doc('accuracy.md'))).toEqual([]);
  });

  it('accuracy.md holds no model against a site it has seen', () => {
    for (const { site, runs } of readAccuracy(doc('accuracy.md')).results)
      for (const { model } of runs)
        expect([...(model?.trainedOn ?? []), ...(model?.calibratedOn ?? [])]).not.toContain(site);
  });

  it('evaluation.md says what --help says', async () => {
    for (const name of ['evaluate', 'calibrate']) {
      const { out } = await firstbreak(['train', name, '--help']);
      expect(readFileSync(doc('evaluation.md'), 'utf8')).toContain(`\`\`\`text\n${out}\`\`\`\n`);
    }
  });
});

describe.skipIf(!FIELD_DATA)('the open sites (skipped unless FIRSTBREAK_FIELD_DATA names the folder)', () => {
  it('give the numbers of the classical picker that docs/accuracy.md has', async () => {
    const written = readAccuracy(resolve(import.meta.dirname, '../../docs/accuracy.md'));
    const names = ['refrapy-field-01', 'graphseg2-fieldcamps'];
    const sites = sitesIn(FIELD_DATA ?? '', siteTable()).filter(({ site }) => names.includes(site));
    const { results, sites: reports } = await evaluate(sites, [{ name: 'classical', folders: [] }]);
    for (const { site, picker, runs } of results) {
      const other = written.results.find((result) => result.site === site && result.picker === picker)!;
      for (const tolerance of [1, 3, 5])
        expect(other.runs[0].agreement.hitRateMs[tolerance]).toBeCloseTo(runs[0].agreement.hitRateMs[tolerance]!, 3);
      expect(reports.find((report) => report.site === site)?.secondPerson?.referencePicks).toBeGreaterThan(80);
    }
    expect(pooledReliability(written, 'classical').bins.reduce((sum, { picks }) => sum + picks, 0)).toBeGreaterThan(
      2500,
    );
  });
});
