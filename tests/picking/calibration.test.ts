/** Calibration: rising lines through knots, and the logistic curve that they follow, fitted to picks of which it is known whether they hit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calibration, calibrated } from '#shared/picking/calibration.ts';
import { fitCalibration, MOST_KNOTS, type Pair } from '../../training/calibrate/fit.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const pairs = fc.array(fc.record({ raw: share, hit: fc.boolean() }), { maxLength: 200 });

describe('a calibration', () => {
  const knots: Calibration = [
    { raw: 0.2, chance: 0.1 },
    { raw: 0.6, chance: 0.5 },
    { raw: 0.8, chance: 0.9 },
  ];

  it('is straight between knots and level outside', () => {
    expect([0, 0.2, 0.4, 0.6, 0.7, 0.8, 1].map((raw) => calibrated(knots, raw))).toEqual([
      0.1,
      0.1,
      expect.closeTo(0.3, 12),
      0.5,
      expect.closeTo(0.7, 12),
      0.9,
      0.9,
    ]);
    expect(calibrated([{ raw: 0.5, chance: 0.3 }], 0.9)).toBe(0.3);
  });

  it('leaves the confidence as it is where there is none', () => {
    expect(calibrated(undefined, 0.37)).toBe(0.37);
    expect(calibrated([], 0.37)).toBe(0.37);
  });
});

describe('fitting', () => {
  it('gives few knots that rise and are never certain, whatever the picks', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const fitted = fitCalibration(given);
        expect(fitted.length).toBeLessThanOrEqual(MOST_KNOTS);
        expect(fitted.length > 0).toBe(given.length > 0);
        fitted.forEach(({ raw, chance }, i) => {
          expect(chance).toBeGreaterThan(0);
          expect(chance).toBeLessThan(1);
          if (i === 0) return;
          expect(raw).toBeGreaterThan(fitted[i - 1].raw);
          expect(chance).toBeGreaterThan(fitted[i - 1].chance);
        });
      }),
    );
  });

  it('never gives the surer pick the smaller chance', () => {
    fc.assert(
      fc.property(pairs, fc.tuple(share, share), (given, [a, b]) => {
        const fitted = fitCalibration(given);
        expect(calibrated(fitted, Math.max(a, b))).toBeGreaterThanOrEqual(calibrated(fitted, Math.min(a, b)));
      }),
    );
  });

  it('does not depend on the order of the picks', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const [fitted, reversed] = [fitCalibration(given), fitCalibration(given.toReversed())];
        expect(reversed.length).toBe(fitted.length);
        for (const { raw, chance } of fitted) expect(calibrated(reversed, raw)).toBeCloseTo(chance, 5);
      }),
    );
  });

  const logit = (chance: number) => Math.log(chance / (1 - chance));
  const chanceOf = (raw: number, a: number, b: number) => 1 / (1 + Math.exp(-(a + b * logit(raw))));
  /** Picks that hit by the logistic curve of a and b. */
  const drawn = (count: number, a: number, b: number, seed = 5): Pair[] => {
    const dice = diceOf(seed);
    return Array.from({ length: count }, () => {
      const raw = 0.01 + 0.98 * dice.uniform();
      return { raw, hit: dice.chance(chanceOf(raw, a, b)) };
    });
  };
  const said = [0.02, 0.07, 0.13, 0.3, 0.45, 0.5, 0.66, 0.85, 0.93, 0.98];

  it.each([
    [1, 1],
    [-1, 0.6],
    [0.5, 1.8],
    [0, 0.4],
  ])('finds the chances behind a confidence that is wrong by a = %d, b = %d', (a, b) => {
    const fitted = fitCalibration(drawn(10_000, a, b));
    for (const raw of said) expect(Math.abs(calibrated(fitted, raw) - chanceOf(raw, a, b))).toBeLessThan(0.035);
  });

  it('leaves a confidence that comes true as it is', () => {
    const fitted = fitCalibration(
      said.flatMap((raw) => [
        { raw, hit: true, weight: 1000 * raw },
        { raw, hit: false, weight: 1000 * (1 - raw) },
      ]),
    );
    for (const { raw, chance } of fitted) expect(chance).toBeCloseTo(raw, 5);
    for (const raw of said) expect(calibrated(fitted, raw)).toBeCloseTo(raw, 5);
  });

  it('moves little by few picks, and far by many alike', () => {
    const at = (copies: number) =>
      calibrated(fitCalibration(Array.from({ length: copies }, () => ({ raw: 0.5, hit: true }))), 0.5);
    expect(at(2)).toBeGreaterThan(0.6);
    expect(at(2)).toBeLessThan(0.7);
    expect(at(1000)).toBeGreaterThan(0.98);
  });

  it('takes picks beyond 0.01 and 0.99 for no surer than those', () => {
    const by = (least: number, most: number) =>
      fitCalibration(Array.from({ length: 40 }, (_, i) => ({ raw: i % 2 === 0 ? least : most, hit: i % 3 === 0 })));
    expect(by(0, 1)).toEqual(by(0.01, 0.99));
    expect(by(0.05, 0.95)).not.toEqual(by(0.01, 0.99));
  });

  it('still rises where the surer picks were the worse ones', () => {
    const fitted = fitCalibration(drawn(2000, 0, -1));
    expect(calibrated(fitted, 0.9)).toBeGreaterThan(calibrated(fitted, 0.1));
    expect(calibrated(fitted, 0.9) - calibrated(fitted, 0.1)).toBeLessThan(0.15);
  });

  it('lets heavier picks decide', () => {
    const by = (weight: number) =>
      calibrated(
        fitCalibration(
          Array.from({ length: 2000 }, (_, i) => ({ raw: 0.5, hit: i % 2 === 0, weight: i % 2 === 0 ? weight : 1 })),
        ),
        0.5,
      );
    expect(by(1)).toBeCloseTo(0.5, 4);
    expect(by(3)).toBeCloseTo(0.75, 2);
  });

  it('leaves the confidence alone when there are no picks, and refuses one that is none', () => {
    expect(fitCalibration([])).toEqual([]);
    expect(() => fitCalibration([{ raw: 1.2, hit: true }])).toThrow('expected a confidence from 0 to 1, found 1.2');
  });
});
