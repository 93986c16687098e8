/** Scores against tables worked out by hand. */
import { describe, expect, it } from 'vitest';
import { matchFiles } from '#shared/report/match-files.ts';
import { type PickRow, score } from '#shared/report/score.ts';
import { pixelIndex, pixelScore } from '#shared/report/score-hardpicks.ts';
import { scoreText } from '#shared/report/score-text.ts';
import { ms, samples } from '#shared/units.ts';

/** 0.5 ms a sample, first sample at −10 ms. */
const at = (file: string, trace: number, time: number, more: Partial<PickRow> = {}): PickRow => ({
  file,
  trace,
  time: ms(time),
  sample: samples((time + 10) / 0.5),
  ...more,
});
const skipped = (file: string, trace: number): PickRow => ({ file, trace });

describe('score', () => {
  const reference = [at('a.sgy', 0, 20), at('a.sgy', 1, 30), at('a.sgy', 2, 40), at('a.sgy', 3, 50), at('b.sgy', 0, 5)];
  // Errors +0.5, −1, +4 ms; one skipped, one file missing; two traces without reference, one of them picked.
  const picks = [
    at('a.sgy', 0, 20.5),
    at('a.sgy', 1, 29),
    at('a.sgy', 2, 44),
    skipped('a.sgy', 3),
    at('a.sgy', 4, 60),
    skipped('a.sgy', 5),
  ];
  const { all, files, missing } = score(picks, reference);

  it('counts hits strictly below the tolerance, over all reference picks', () => {
    expect(all.referencePicks).toBe(5);
    expect(all.hitRateMs).toEqual({ 1: 1 / 5, 2: 2 / 5, 3: 2 / 5, 5: 3 / 5, 10: 3 / 5, 20: 3 / 5, 40: 3 / 5 });
    // +1, −2 and +8 samples
    expect(all.hitRateSamples).toEqual({ 1: 0, 3: 2 / 5, 5: 2 / 5, 7: 2 / 5, 9: 3 / 5 });
    expect(files[0].hitRateMs[1]).toBe(1 / 4);
  });

  it('takes errors over the traces picked in both', () => {
    expect(all.picked).toBe(3);
    expect(all.coverage).toBe(0.6);
    expect(all.meanAbsolute).toBeCloseTo(5.5 / 3, 12);
    expect(all.medianAbsolute).toBe(1);
    expect(all.rmse).toBeCloseTo(Math.sqrt((0.25 + 1 + 16) / 3), 12);
    expect(all.biasMean).toBeCloseTo(3.5 / 3, 12);
    expect(all.biasMedian).toBe(0.5);
  });

  it('counts picks where the reference has none, in files it covers', () => {
    expect(all.unpicked).toEqual({ traces: 2, picked: 1 });
  });

  it('names files without a counterpart', () => {
    expect(missing).toEqual([{ file: 'b.sgy', candidates: [] }]);
    expect(files[1]).toMatchObject({ file: 'b.sgy', matched: undefined, picked: 0, referencePicks: 1 });
    expect(files[1].meanAbsolute).toBeUndefined();
  });

  it('gives hardpicks figures by its own rules: a missing pick is index 0', () => {
    // Targets 60, 80, 100, 120, and 30 in the missing file; predictions 61, 78, 108, 0, 0.
    expect(all.hardpicks).toMatchObject({
      labelled: 5,
      HitRate1px: 0,
      HitRate3px: 0.4,
      HitRate9px: 0.6,
      GatherCoverage: 0.6,
    });
    expect(all.hardpicks?.MeanAbsoluteError).toBeCloseTo((1 + 2 + 8 + 120 + 30) / 5, 12);
    expect(all.hardpicks?.MeanBiasError).toBeCloseTo((1 - 2 + 8 - 120 - 30) / 5, 12);
    expect(all.hardpicks?.RootMeanSquaredError).toBeCloseTo(Math.sqrt((1 + 4 + 64 + 14400 + 900) / 5), 12);
  });

  it('prints what it counted', () => {
    const text = scoreText(score(picks, reference));
    expect(text).toContain('3 of 5 reference picks (60.0 %)');
    expect(text).toMatch(/^all +5 +3 +20\.0 +40\.0/m);
  });

  it('takes the first row of a trace as reference, or the named picker', () => {
    const two = [
      at('a.sgy', 0, 20, { picker: 'A' }),
      at('a.sgy', 0, 26, { picker: 'B' }),
      at('a.sgy', 1, 31, { picker: 'B' }),
    ];
    const one = [at('a.sgy', 0, 20), at('a.sgy', 1, 30)];
    expect(score(one, two).all).toMatchObject({ referencePicks: 2, biasMean: -0.5 });
    expect(score(one, two, { picker: 'A' }).all).toMatchObject({
      referencePicks: 1,
      biasMean: 0,
      unpicked: { traces: 1, picked: 1 },
    });
    expect(score(one, two, { picker: 'B' }).all).toMatchObject({ referencePicks: 2, biasMean: -3.5 });
  });

  it('finds the interval where one side tells only times or only samples', () => {
    const times = reference.map(({ file, trace, time }) => ({ file, trace, time }));
    expect(score(picks, times).all.hitRateSamples).toEqual(all.hitRateSamples);
    expect(score(picks, times).files[0].hardpicks).toEqual(files[0].hardpicks);
    const indices = reference.map(({ file, trace, sample }) => ({ file, trace, sample }));
    expect(score(picks, indices).all.meanAbsolute).toBeCloseTo(5.5 / 3, 9);
  });

  it('finds the interval in files whose shots begin at different times', () => {
    const early = [0, 1, 2].map((i) => at('a.sgy', i, 20 + i, { ffid: 1 }));
    // The second shot begins 100 ms later.
    const late = [3, 4, 5].map((i) => at('a.sgy', i, 100 + 20 * i, { ffid: 2, sample: samples((20 * i + 10) / 0.5) }));
    const truth = [...early, ...late].map(({ file, trace, time }) => ({ file, trace, time: ms(time! + 1) }));
    expect(score([...early, ...late], truth).all.hitRateSamples).toMatchObject({ 1: 0, 3: 1 });
  });

  it('says nothing in samples when the interval cannot be known', () => {
    const timesOnly = (rows: readonly PickRow[]) => rows.map(({ file, trace, time }) => ({ file, trace, time }));
    const result = score(timesOnly(picks), timesOnly(reference)).all;
    expect(result.hitRateMs[1]).toBe(1 / 5);
    expect(result.hitRateSamples[1]).toBeUndefined();
    expect(result.hardpicks).toBeUndefined();
  });

  it('has nothing to measure without reference picks', () => {
    const { all: none } = score(picks, []);
    expect(none).toMatchObject({ referencePicks: 0, coverage: 0 });
    expect(none.hitRateMs[1]).toBeUndefined();
    expect(none.meanAbsolute).toBeUndefined();
  });
});

describe('hardpicks indices', () => {
  it('rounds down, but keeps the first sample apart from "none"', () => {
    expect([12.9, 12, 1.4, 1, 0.3, 0].map(pixelIndex)).toEqual([12, 12, 1, 1, 1, 0]);
  });

  it('leaves traces without a label out', () => {
    expect(pixelScore([{ target: 0, prediction: 5 }])).toBeUndefined();
    expect(
      pixelScore([
        { target: -1, prediction: 5 },
        { target: 4, prediction: 4 },
      ])?.labelled,
    ).toBe(1);
  });
});

describe('files of two tables', () => {
  const one = (file: string) => ({ kind: 'one', file });
  it.each([
    ['the same path', ['d/1.dat'], ['d/1.dat', 'e/1.dat'], { 'd/1.dat': one('d/1.dat') }],
    ['./ and backslashes aside', ['d/1.dat'], ['.\\d\\1.dat', 'x/d/1.dat'], { 'd/1.dat': one('.\\d\\1.dat') }],
    ['the end of the path', ['e/1.dat'], ['/x/e/1.dat', '/x/f/1.dat'], { 'e/1.dat': one('/x/e/1.dat') }],
    ['a longer wanted path', ['/x/e/1.dat'], ['e/1.dat'], { '/x/e/1.dat': one('e/1.dat') }],
    ['the only one of that name', ['set/1.dat'], ['set/data/1.dat'], { 'set/1.dat': one('set/data/1.dat') }],
    ['no part of a name', ['1.dat'], ['11.dat'], {}],
    [
      'two that fit',
      ['1.dat'],
      ['a/1.dat', 'b/1.dat'],
      { '1.dat': { kind: 'several', files: ['a/1.dat', 'b/1.dat'] } },
    ],
    ['different folders, several of the name', ['a/1.dat', 'b/1.dat'], ['c/1.dat'], {}],
    [
      'one claimed by two',
      ['a/1.dat', 'b/1.dat'],
      ['1.dat'],
      { 'a/1.dat': { kind: 'several', files: ['1.dat'] }, 'b/1.dat': { kind: 'several', files: ['1.dat'] } },
    ],
  ])('%s', (_, wanted, offered, expected) => {
    expect(Object.fromEntries(matchFiles(wanted, offered))).toEqual(expected);
  });
});
