/**
 * When the shot was, on every kind of file that says it differently: the same gather, recorded with and without pre-trigger,
 * must give the same picks in milliseconds after the shot.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import type { OpenOptions } from '#shared/gather.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { pickShot } from '#shared/picking/pick-shot.ts';
import { csvHeader, csvRows, readPicksCsv } from '#shared/report/csv.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { memorySource } from '#shared/source.ts';
import { ms } from '#shared/units.ts';
import { firstbreak, scratch } from './cli/run.ts';
import { seg2Bytes, floats as seg2Floats } from './formats/seg2-bytes.ts';
import { ascii, segyBytes, floats as segyFloats, type Word } from './formats/segy-bytes.ts';
import { agreement, knownGather } from './picking/known-gather.ts';

const INTERVAL = 0.25;
/** Recorded from `firstSample` ms after the shot (negative: before it) to 250 ms after it; breaks from 40 ms on. */
const recordedFrom = (firstSample: number) =>
  knownGather({ traces: 24, interval: INTERVAL, firstSample, samples: (250 - firstSample) / INTERVAL, earliest: 40 });

async function read(bytes: Uint8Array, options: OpenOptions = {}) {
  const recording = await open(memorySource('shot', bytes), options);
  for await (const shot of recording.shots()) {
    const table = csvHeader + csvRows(await pickShot('shot', shot, classicalPicker));
    return { shot, problems: [...recording.problems, ...shot.problems], picks: readPicksCsv(table) };
  }
  throw new Error('expected a shot');
}

/** Times are those of the breaks, and sample indices count from the first recorded sample. */
function expectPicks(picks: readonly ReferencePick[], firstSample: number): void {
  const { onsets } = recordedFrom(firstSample);
  const times = picks.map(({ time }) => time ?? Number.NaN);
  expect(agreement(times, onsets, 1.5)).toBeGreaterThanOrEqual(0.95);
  for (const { time, sample } of picks) expect(sample).toBeCloseTo((time! - firstSample) / INTERVAL, 2);
}

describe('SEG-2 DELAY', () => {
  const seg2 = (firstSample: number, strings: readonly string[], delay: string | undefined) =>
    seg2Bytes({
      strings,
      traces: recordedFrom(firstSample).rows.map((row, i) => ({
        ...seg2Floats([...row]),
        strings: [
          `CHANNEL_NUMBER ${i + 1}`,
          ...(delay === undefined ? [] : [`DELAY ${delay}`]),
          `SAMPLE_INTERVAL ${INTERVAL / 1000}`,
        ],
      })),
    });

  const GEOMETRICS = ['INSTRUMENT GEOMETRICS SmartSeis 0000'];
  const SUMMIT = ['INSTRUMENT DMT_SUMMIT_II'];
  const SUMMIT_X = ['INSTRUMENT SUMMIT X One', 'UNIT_UNIQUE_ID 123'];
  const OTHER = ['COMPANY Some Crew'];

  const pretrigger: readonly [string, readonly string[], string, number][] = [
    ['Geometrics, pre-trigger', GEOMETRICS, '-0.1', -100],
    ['Geometrics, half a second of it', GEOMETRICS, '-0.500', -500],
    ['Geometrics, none', GEOMETRICS, '0.000', 0],
    ['Geometrics, recording began late', GEOMETRICS, '0.025', 25],
    ['SUMMIT, pre-trigger written as a length', SUMMIT, '0.1', -100],
    ['SUMMIT, 0.2 as the manual has it', SUMMIT, '0.2', -200],
    ['SUMMIT, none', SUMMIT, '0', 0],
    ['SUMMIT, pre-trigger as the standard has it', SUMMIT, '-0.1', -100],
    ['SUMMIT X, pre-trigger written as a length', SUMMIT_X, '0.1', -100],
    ['SUMMIT X, recording began late', SUMMIT_X, '-0.025', 25],
    ['an unknown recorder, pre-trigger', OTHER, '-0.1', -100],
    ['an unknown recorder, recording began late', OTHER, '0.025', 25],
    ['a crew that calls itself Summit is no recorder', ['COMPANY Summit Geophysics'], '0.025', 25],
  ];

  it.each(pretrigger)('%s', async (_, strings, delay, firstSample) => {
    const { shot, picks } = await read(seg2(firstSample, strings, delay));
    expect(shot.firstSample.time).toBe(firstSample);
    expect(shot.firstSample.from).toContain(`DELAY ${Number(delay)}`);
    expectPicks(picks, firstSample);
  });

  it('says what was assumed where the sign is open to doubt, and only there', async () => {
    for (const [, strings, delay, firstSample] of pretrigger) {
      const { problems } = await read(seg2(firstSample, strings, delay));
      const doubts = problems.filter(({ message }) => message.includes('--time-zero'));
      expect(doubts).toHaveLength(firstSample > 0 ? 1 : 0);
    }
  });

  it('without DELAY the shot is at the first sample', async () => {
    const { shot, picks } = await read(seg2(0, GEOMETRICS, undefined));
    expect(shot.firstSample).toMatchObject({ time: 0, from: expect.stringContaining('no SEG-2 DELAY') });
    expectPicks(picks, 0);
  });

  it('what the user says overrides it', async () => {
    // The recorder wrote the wrong sign: a pre-trigger of 100 ms as a late start.
    const bytes = seg2(-100, GEOMETRICS, '0.1');
    expect((await read(bytes)).shot.firstSample.time).toBe(100);
    const { shot, picks } = await read(bytes, { timeZero: ms(100) });
    expect(shot.firstSample.time).toBe(-100);
    expectPicks(picks, -100);
  });

  it('as the command line does', async () => {
    const folder = scratch();
    afterAll(() => folder.remove());
    const file = join(folder.path, 'wrong-sign.sg2');
    writeFileSync(file, seg2(-100, GEOMETRICS, '0.1'));
    const run = await firstbreak(['pick', file, '--time-zero', '100', '--quiet']);
    expect(run.code, run.err).toBe(0);
    expectPicks(readPicksCsv(run.out), -100);
  });
});

describe('SEG-Y delay recording time (bytes 109–110, scaled by 215–216 from revision 1 on)', () => {
  const segy = (firstSample: number, words: readonly Word[], revision = 1) => {
    const { rows } = recordedFrom(firstSample);
    return segyBytes({
      text: ascii(),
      words: [
        [3217, 'u16', INTERVAL * 1000],
        [3221, 'u16', rows[0].length],
        [3225, 'i16', 5],
        [3501, 'u8', revision],
        [3503, 'i16', 1],
      ],
      traces: rows.map((row, i) => ({
        words: [
          [9, 'i32', 7],
          [13, 'i32', i + 1],
          [29, 'i16', 1],
          [115, 'u16', row.length],
          [117, 'u16', INTERVAL * 1000],
          ...words,
        ],
        samples: segyFloats([...row], 'big'),
      })),
    });
  };

  it.each([
    ['none', 0, []],
    ['pre-trigger', -100, [[109, 'i16', -100]]],
    ['recording began late', 25, [[109, 'i16', 25]]],
    [
      'in tenths',
      -100.5,
      [
        [109, 'i16', -1005],
        [215, 'i16', -10],
      ],
    ],
    [
      'in tens',
      -100,
      [
        [109, 'i16', -10],
        [215, 'i16', 10],
      ],
    ],
  ] as const satisfies readonly [string, number, readonly Word[]][])('%s', async (_, firstSample, words) => {
    const { shot, picks } = await read(segy(firstSample, words));
    expect(shot.firstSample.time).toBeCloseTo(firstSample, 9);
    expectPicks(picks, firstSample);
  });

  it('what the user says overrides it', async () => {
    const { shot, picks } = await read(segy(-100, []), { timeZero: ms(100) });
    expect(shot.firstSample.time).toBe(-100);
    expectPicks(picks, -100);
  });

  it('traces of one shot with delays of their own share one axis', async () => {
    const { rows, onsets } = recordedFrom(-20);
    // Every third trace was recorded from the shot on: 80 samples fewer.
    const late = (i: number) => i % 3 === 1;
    const bytes = segyBytes({
      words: [
        [3217, 'u16', INTERVAL * 1000],
        [3221, 'u16', rows[0].length],
        [3225, 'i16', 5],
        [3501, 'u8', 1],
        [3503, 'i16', 0],
      ],
      traces: rows.map((row, i) => ({
        words: [
          [9, 'i32', 7],
          [13, 'i32', i + 1],
          [29, 'i16', 1],
          [109, 'i16', late(i) ? 0 : -20],
          [115, 'u16', row.length - (late(i) ? 80 : 0)],
          [117, 'u16', INTERVAL * 1000],
        ],
        samples: segyFloats([...(late(i) ? row.slice(80) : row)], 'big'),
      })),
    });
    const { picks } = await read(bytes);
    expect(picks).toHaveLength(24);
    expect(
      agreement(
        picks.map(({ time }) => time ?? Number.NaN),
        onsets,
        1.5,
      ),
    ).toBeGreaterThanOrEqual(0.95);
    picks.forEach(({ time, sample }, i) => {
      expect(sample).toBeCloseTo((time! - (late(i) ? 0 : -20)) / INTERVAL, 2);
    });
  });
});

const data = process.env.FIRSTBREAK_FIELD_DATA;
describe.skipIf(data === undefined)('field files (skipped unless FIRSTBREAK_FIELD_DATA names a folder)', () => {
  /** First sample as other readers found it; the median pick of each shot must lie here, ms after the shot. */
  const FILES: readonly [file: string, firstSample: number, from: RegExp, low: number, high: number][] = [
    ['unpicked-swprocess-wghs/data/1.dat', -500, /DELAY -0\.5 s: pre-trigger/, 2, 150],
    ['unpicked-dmt-summit/data/Shot_00001.sg2', 0, /DELAY 0 s/, 2, 100],
    ['unpicked-dmt-summit/data/Shot_00012.sg2', 0, /DELAY 0 s/, 2, 100],
    ['refrapy-field-01/data/2003.dat', 0, /DELAY 0 s/, 2, 100],
    ['flinchum-sh-line/data/stacked_100.0m.sgy', -10, /-10/, 20, 400],
    ['geostack-48ch/data/108.sgy', 0, /./, 2, 200],
    ['unpicked-daloroat-gather/data/real_gather.sgy', 0, /./, 2, 240],
  ];

  it.each(FILES)('%s', async (file, firstSample, from, low, high) => {
    const source = openFile(join(data!, file));
    try {
      for await (const shot of (await open(source)).shots()) {
        expect(shot.firstSample.time).toBe(firstSample);
        expect(shot.firstSample.from).toMatch(from);
        const { picks } = await pickShot(file, shot, classicalPicker);
        const times = picks.flatMap((pick) => (pick.kind === 'picked' ? [pick.time] : [])).sort((a, b) => a - b);
        expect(times.length).toBeGreaterThan(shot.traces.length / 2);
        const median = times[times.length >> 1];
        expect(median).toBeGreaterThan(low);
        expect(median).toBeLessThan(high);
      }
    } finally {
      source.close();
    }
  });
});
