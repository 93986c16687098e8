/** Calibration: rising lines through knots, fitted to picks of which it is known whether they hit. */
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
  it('gives few knots that rise from 0 to 1 and are never certain, whatever the picks', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const fitted = fitCalibration(given);
        expect(fitted.length).toBeLessThanOrEqual(MOST_KNOTS);
        fitted.forEach(({ raw, chance }, i) => {
          expect(chance).toBeGreaterThan(0);
          expect(chance).toBeLessThan(1);
          if (i === 0) return;
          expect(raw).toBeGreaterThan(fitted[i - 1].raw);
          expect(chance).toBeGreaterThan(fitted[i - 1].chance);
        });
        if (given.length > 0) expect([fitted[0].raw, fitted[fitted.length - 1].raw]).toEqual([0, 1]);
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

  /** Picks whose confidence is the cube of the chance that they hit. */
  const modest = (count: number, seed: number): Pair[] => {
    const dice = diceOf(seed);
    return Array.from({ length: count }, () => {
      const chance = dice.uniform();
      return { raw: chance ** 3, hit: dice.chance(chance) };
    });
  };

  it('finds the chance behind a confidence that is far too low', () => {
    const fitted = fitCalibration(modest(20_000, 5));
    for (const chance of [0.3, 0.5, 0.7, 0.9]) expect(calibrated(fitted, chance ** 3)).toBeCloseTo(chance, 1);
  });

  it('draws few picks towards the middle', () => {
    const fitted = fitCalibration([
      { raw: 0.1, hit: false },
      { raw: 0.9, hit: true },
    ]);
    expect(calibrated(fitted, 0.1)).toBeGreaterThan(0.2);
    expect(calibrated(fitted, 0.9)).toBeLessThan(0.8);
  });

  it('lets heavier picks decide', () => {
    const said = (weight: number) =>
      calibrated(
        fitCalibration(
          Array.from({ length: 100 }, (_, i) => ({ raw: 0.5, hit: i % 2 === 0, weight: i % 2 === 0 ? weight : 1 })),
        ),
        0.5,
      );
    expect(said(1)).toBeCloseTo(0.5, 2);
    expect(said(3)).toBeCloseTo(0.75, 2);
  });

  it('leaves the confidence alone when there are no picks, and refuses one that is none', () => {
    expect(fitCalibration([])).toEqual([]);
    expect(() => fitCalibration([{ raw: 1.2, hit: true }])).toThrow('expected a confidence from 0 to 1, found 1.2');
  });
});
