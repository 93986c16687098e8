/** Picks of a table on the traces of a shot, and the letters of machines without fonts. */
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import { drawLetters, lettersWidth } from '#shared/report/plot-letters.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { metres, ms, samples } from '#shared/units.ts';

const { shot } = syntheticShot({ ffid: 9, source: metres(-6), firstSample: ms(-20), channels: 4 });
const times = (rows: readonly ReferencePick[], file = 'line/9.sg2') =>
  picksOfShot(rows, shot, file).map((pick) => (pick?.kind === 'picked' ? pick.time : pick?.reason));

describe('picks of a shot', () => {
  it.each<[string, readonly ReferencePick[]]>([
    [
      'by file and trace',
      [
        { file: 'set/line/9.sg2', trace: 2, time: ms(12) },
        { file: 'set/line/8.sg2', trace: 2, time: ms(50) },
      ],
    ],
    ['by trace alone', [{ trace: 2, time: ms(12) }]],
    ['by sample', [{ trace: 2, sample: samples(128) }]],
    [
      'by FFID and channel',
      [
        { ffid: 8, channel: 3, time: ms(50) },
        { ffid: 9, channel: 3, time: ms(12) },
      ],
    ],
    ['by source point and channel', [{ sourcePoint: 9, channel: 3, time: ms(12) }]],
    [
      'by positions',
      [
        { source: { x: -6 }, receiver: { x: 4.02 }, time: ms(12) },
        { source: { x: 6 }, receiver: { x: 4 }, time: ms(50) },
      ],
    ],
    [
      'the first of several people',
      [
        { trace: 2, time: ms(12), picker: 'A' },
        { trace: 2, time: ms(14), picker: 'B' },
      ],
    ],
  ])('%s', (_, rows) => {
    expect(times(rows)).toEqual([undefined, undefined, 12, undefined]);
  });

  it('keeps why a trace was skipped, and how sure a pick is', () => {
    expect(
      times([
        { trace: 0, reason: 'dead' },
        { trace: 1, reason: 'unheard-of' },
      ]),
    ).toEqual(['dead', undefined, undefined, undefined]);
    expect(picksOfShot([{ trace: 0, time: ms(5), confidence: 0.4 }], shot, 'x')[0]).toEqual({
      kind: 'picked',
      time: 5,
      confidence: 0.4,
    });
  });

  it('takes nothing from tables of other files', () => {
    expect(times([{ file: 'other.sg2', trace: 2, time: ms(12) }])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('letters drawn with lines', () => {
  /** The points of a text, as the pen meets them. */
  const points = (text: string): readonly (readonly [number, number])[] => {
    const met: [number, number][] = [];
    const pen = {
      beginPath() {},
      moveTo: (x: number, y: number) => void met.push([x, y]),
      lineTo: (x: number, y: number) => void met.push([x, y]),
      stroke() {},
    };
    drawLetters(pen, text, 0, 0, 12);
    return met;
  };
  const used = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+=/()[]<>_%#!?\'"*'];

  it('are all different and none is the box for the unknown', () => {
    const shapes = used.map((letter) => JSON.stringify(points(letter)));
    expect(shapes).not.toContain(JSON.stringify(points('字')));
    // The letter O and the digit 0 look alike in many hands.
    expect(new Set(shapes).size).toBe(used.length - 1);
  });

  it('stay inside their width and between cap height and descender', () => {
    for (const letter of used)
      for (const [x, y] of points(letter)) {
        expect(x).toBeLessThanOrEqual(lettersWidth(letter, 12) + 1e-9);
        expect(y).toBeGreaterThanOrEqual(-12);
        expect(y).toBeLessThanOrEqual(4);
      }
  });

  it('are as wide as what is drawn', () => {
    const right = Math.max(...points('Offset 12.5 m').map(([x]) => x));
    expect(lettersWidth('Offset 12.5 m', 12)).toBeCloseTo(right, 9);
    expect(lettersWidth('', 12)).toBe(0);
  });
});
