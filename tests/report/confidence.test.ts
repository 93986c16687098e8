/** Reports on confidence: the reliability table with its expected calibration error, and the abstention curve. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abstention, atCoverage } from '#shared/report/abstention.ts';
import { reliability } from '#shared/report/reliability.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const picks = fc.array(fc.record({ confidence: share, hit: fc.boolean() }), { minLength: 1 });
const many = (count: number, confidence: number, hits: number) =>
  Array.from({ length: count }, (_, i) => ({ confidence, hit: i < hits }));

describe('reliability', () => {
  it('is the distance of confidence and hit rate, bins weighing by their picks', () => {
    const { bins, expectedError } = reliability([...many(10, 0.95, 9), ...many(30, 0.25, 15), ...many(10, 1, 10)]);
    expect(bins[2]).toEqual({ from: 0.2, to: 0.3, picks: 30, confidence: expect.closeTo(0.25, 12), hitRate: 0.5 });
    expect(bins[9]).toEqual({ from: 0.9, to: 1, picks: 20, confidence: expect.closeTo(0.975, 12), hitRate: 0.95 });
    expect(bins[5]).toEqual({ from: 0.5, to: 0.6, picks: 0, confidence: undefined, hitRate: undefined });
    expect(expectedError).toBeCloseTo((30 * 0.25 + 20 * 0.025) / 50, 12);
  });

  it('is nought for confidences that come true, and not known without picks', () => {
    expect(reliability([...many(10, 0.7, 7), ...many(10, 0.1, 1)]).expectedError).toBeCloseTo(0, 12);
    expect(reliability([]).expectedError).toBeUndefined();
  });

  it('loses no pick and stays between 0 and 1', () => {
    fc.assert(
      fc.property(picks, fc.integer({ min: 1, max: 20 }), (given, count) => {
        const { bins, expectedError } = reliability(given, count);
        expect(bins.reduce((sum, bin) => sum + bin.picks, 0)).toBe(given.length);
        expect(expectedError).toBeGreaterThanOrEqual(0);
        expect(expectedError).toBeLessThanOrEqual(1);
        for (const { from, to, confidence } of bins)
          if (confidence !== undefined) {
            expect(confidence).toBeGreaterThanOrEqual(from - 1e-12);
            expect(confidence).toBeLessThanOrEqual(to + 1e-12);
          }
      }),
    );
  });
});

describe('abstention', () => {
  const traces = [
    { confidence: 0.9, hit: true },
    { confidence: 0.5, hit: false },
    { confidence: 0.5, hit: true },
    { confidence: 0.2, hit: false },
    { confidence: undefined, hit: false },
  ];

  it('keeps the surest picks first, those of one confidence together', () => {
    expect(abstention(traces)).toEqual([
      { confidence: 0.9, coverage: 0.2, hitRate: 1 },
      { confidence: 0.5, coverage: 0.6, hitRate: 2 / 3 },
      { confidence: 0.2, coverage: 0.8, hitRate: 0.5 },
    ]);
  });

  it('reads off a coverage, where so many traces have a pick', () => {
    const curve = abstention(traces);
    expect(atCoverage(curve, 0.3)?.hitRate).toBeCloseTo(2 / 3, 12);
    expect(atCoverage(curve, 0.8)?.hitRate).toBe(0.5);
    expect(atCoverage(curve, 0.95)).toBeUndefined();
    expect(atCoverage(abstention([]), 0)).toBeUndefined();
  });

  it('ends at all picks, with coverage that rises and confidence that falls', () => {
    fc.assert(
      fc.property(picks, (given) => {
        const curve = abstention(given);
        const last = curve[curve.length - 1];
        expect(last.coverage).toBe(1);
        expect(last.hitRate).toBeCloseTo(given.filter(({ hit }) => hit).length / given.length, 12);
        curve.slice(1).forEach((point, i) => {
          expect(point.coverage).toBeGreaterThan(curve[i].coverage);
          expect(point.confidence).toBeLessThan(curve[i].confidence);
        });
      }),
    );
  });
});
