import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Judgement } from '#shared/qc/finding.ts';
import { picksJson, readPicksJson } from '#shared/report/json.ts';
import { PICK_FILES, type PickFormat, pickFormatOf, readPickFile } from '#shared/report/pick-file.ts';
import { readPyRefra, writePyRefra } from '#shared/report/pyrefra.ts';
import { readSgt, writeSgt } from '#shared/report/sgt.ts';
import { readTraceTime } from '#shared/report/trace-time.ts';
import { uncertainty } from '#shared/report/uncertainty.ts';
import { ms } from '#shared/units.ts';
import { line, picked, place, skipped, WITHOUT_GEOMETRY } from './picked-shots.ts';

const FIELD_DATA = process.env.FIRSTBREAK_FIELD_DATA;

const LINE = [
  line([picked(2.5, 1), skipped, picked(6.125, 0.5)], { file: 'a.dat', ffid: 11, sourceX: -1, z: 100.5 }),
  line([picked(7, 1), picked(5, 0.2), picked(3.5)], { file: 'b.dat', ffid: 12, sourceX: 5.5, z: 100.5 }),
];
const WRITTEN = (Object.keys(PICK_FILES) as PickFormat[]).filter((format) => PICK_FILES[format].write);

describe('every format that is written', () => {
  test.each(WRITTEN)('%s is recognised and read back with its times', (format) => {
    const [{ text }] = PICK_FILES[format].write!(LINE);
    expect(pickFormatOf(text)).toBe(format);
    const times = readPickFile(text, 'picks').flatMap(({ time }) => time ?? []);
    expect(times).toEqual([2.5, 6.125, 7, 5, 3.5].map((time) => expect.closeTo(time, 2)));
  });

  test.each(WRITTEN.filter((format) => PICK_FILES[format].needs === 'geometry' && format !== 'pyrefra'))(
    '%s keeps both ends of each pick',
    (format) => {
      const [{ text }] = PICK_FILES[format].write!(LINE);
      const ends = readPickFile(text, 'picks').map(({ source, receiver }) => [source?.x, receiver?.x]);
      expect(ends).toEqual([
        [-1, 0],
        [-1, 4],
        [5.5, 0],
        [5.5, 2],
        [5.5, 4],
      ]);
    },
  );

  test.each(WRITTEN)('%s of no shots is no crash', (format) => {
    expect(PICK_FILES[format].write!([]).length).toBeGreaterThan(0);
  });
});

describe('JSON', () => {
  const judgement: Judgement = { verdict: 'warn', reason: 'one dead trace', findings: [] };

  test('says what it knows of file, model, shots and verdict', () => {
    const source = {
      file: 'a.dat',
      sha256: 'ab',
      format: 'seg2',
      model: { name: 'classical' },
      runtime: 'javascript',
    } as const;
    expect(JSON.parse(JSON.stringify(picksJson(source, [LINE[0]], [judgement])))).toEqual({
      schema: 'firstbreak.picks/1',
      file: 'a.dat',
      sha256: 'ab',
      format: 'seg2',
      model: { name: 'classical', digest: null },
      runtime: 'javascript',
      shots: [
        {
          ffid: 11,
          sampleIntervalMs: 0.25,
          firstSampleMs: -10,
          picks: [
            {
              trace: 0,
              channel: 1,
              offsetM: 1,
              timeMs: 2.5,
              sample: 50,
              confidence: 1,
              status: 'picked',
              reason: null,
            },
            {
              trace: 1,
              channel: 2,
              offsetM: 3,
              timeMs: null,
              sample: null,
              confidence: null,
              status: 'skipped',
              reason: 'dead',
            },
            {
              trace: 2,
              channel: 3,
              offsetM: 5,
              timeMs: 6.125,
              sample: 64.5,
              confidence: 0.5,
              status: 'picked',
              reason: null,
            },
          ],
          qc: { verdict: 'warn', findings: [] },
        },
      ],
    });
  });

  test('is read back, one document or several', () => {
    const document = picksJson({ file: 'a.dat', model: { name: 'm' } }, [LINE[0]]);
    const rows = readPicksJson(JSON.stringify(document));
    expect(rows[1]).toEqual({ file: 'a.dat', trace: 1, ffid: 11, channel: 2, reason: 'dead' });
    expect(rows[2]).toEqual({
      file: 'a.dat',
      trace: 2,
      ffid: 11,
      channel: 3,
      time: 6.125,
      sample: 64.5,
      confidence: 0.5,
    });
    expect(readPicksJson(JSON.stringify([document, document]))).toHaveLength(6);
  });

  test.each([
    ['{', /expected JSON/],
    ['{}', /schema firstbreak.picks\/1, found null/],
    ['[{"schema":"other/2"}]', /found "other\/2"/],
    ['{"schema":"firstbreak.picks/1","shots":[{}]}', /expected the schema/],
    ['null', /found null/],
  ])('refuses %s', (text, message) => {
    expect(() => readPicksJson(text)).toThrow(message);
  });
});

describe('the unified data format (.sgt)', () => {
  test('sensors from 1 along the line, seconds, errors by confidence', () => {
    expect(writeSgt(LINE)).toBe(
      [
        '5 # shot/geophone points',
        '#x z',
        '-1 100.5',
        '0 100.5',
        '2 100.5',
        '4 100.5',
        '5.5 100.5',
        '5 # measurements',
        '#s g t err',
        '1 2 0.0025 0.001',
        '1 4 0.006125 0.002',
        '5 2 0.007 0.001',
        '5 3 0.005 0.005',
        '5 4 0.0035 0.001',
        '',
      ].join('\n'),
    );
  });

  test('three coordinates where the line is not along x', () => {
    const { sensors, picks } = readSgt(writeSgt([line([picked(5)], { y: 3, z: 7 })]));
    expect(sensors).toEqual([
      { x: -1, y: 3, z: 7 },
      { x: 0, y: 3, z: 7 },
    ]);
    expect(picks).toEqual([{ source: sensors[0], receiver: sensors[1], time: 5, uncertainty: 1 }]);
  });

  test('without geometry positions are channel numbers, and the file says so', () => {
    const text = writeSgt([line([picked(5), picked(1), picked(4)], WITHOUT_GEOMETRY)]);
    expect(text).toContain('# measurements; no geometry in the files: x is the channel number');
    expect(readSgt(text).picks.map(({ source, receiver }) => [source?.x, receiver?.x])).toEqual([
      [2, 1],
      [2, 3],
    ]);
  });

  test('shots without geometry among others, and picks that no program can use, are left out and told', () => {
    const text = writeSgt([
      LINE[0],
      line([picked(5)], WITHOUT_GEOMETRY),
      line([picked(1), picked(-2)], { sourceX: 0 }),
    ]);
    expect(text).toContain(
      '1 of 3 shots have no geometry and are left out; 2 picks at the shot or at zero time are left out',
    );
    expect(readSgt(text).picks).toHaveLength(2);
  });

  test('columns in any order, comments, units, invalid picks', () => {
    const text =
      '3 # sensors\n# z/m x/m\n1 10 # first\n\n# a remark\n2 20\n3 30\n2\n# valid t/ms g s err\n1 0.5 3 1 0.002\n0 0.6 2 1 0.001\n0\n';
    expect(readSgt(text)).toEqual({
      sensors: [
        { x: 10, z: 1 },
        { x: 20, z: 2 },
        { x: 30, z: 3 },
      ],
      picks: [{ source: { x: 10, z: 1 }, receiver: { x: 30, z: 3 }, time: 500, uncertainty: 2 }],
    });
  });

  test.each([
    ['a sensor that is not there', '1\n#x\n0\n1\n#s g t\n1 2 0.5\n', /sensor numbers from 1 to 1, found "1 2"/],
    ['fewer lines than stated', '9\n#x\n0\n', /9 lines of sensors/],
    ['words for numbers', '1\n#x\nzero\n0\n', /1 numbers \(x\), found "zero" in line 3/],
    ['no times', '1\n#x\n0\n1\n#s g v\n1 1 5\n', /columns s, g and t, found "#s g v"/],
    ['no measurements', '1\n#x\n0\n', /another line, found "the end of the file"/],
    ['a number that is none', 'x\n#x\n', /number of sensors, found "x"/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readSgt(text)).toThrow(message);
  });
});

describe('PyRefra', () => {
  test('writes picks with their limits, and geometry with depth downwards', () => {
    const files = writePyRefra(LINE);
    expect(files.picks.split('\n').slice(0, 2)).toEqual([
      '11 1 0.002500 0.001500 0.003500',
      '11 3 0.006125 0.004125 0.008125',
    ]);
    expect(files.shots).toBe('11\t-1\t0\t-100.5\n12\t5.5\t0\t-100.5\n');
    expect(files.receivers.split('\n')[2]).toBe('3\t4\t0\t-100.5');
  });

  test('reads them back with the geometry', () => {
    const { picks, ...geometry } = writePyRefra(LINE);
    const [first] = readPyRefra(picks, 'picks.dat', geometry);
    expect(first).toEqual({
      sourcePoint: 11,
      channel: 1,
      source: { x: -1, y: 0, z: 100.5 },
      receiver: { x: 0, y: 0, z: 100.5 },
      time: 2.5,
      uncertainty: 1,
    });
    expect(readPyRefra(picks, 'picks.dat', { receivers: '1 5 0 2 Z\n3 9 0 2\n' })[0].receiver).toEqual({
      x: 5,
      y: 0,
      z: -2,
    });
  });
});

describe('PyRefra of a spread that moved', () => {
  const moved = LINE.map((picked, i) => ({
    ...picked,
    shot: {
      ...picked.shot,
      traces: picked.shot.traces.map((trace) => ({ ...trace, receiver: place(trace.receiver!.x + 4 * i, 0, 100.5) })),
    },
  }));

  test('numbers receivers by place, as a channel stands for several', () => {
    const { picks, ...geometry } = writePyRefra(moved);
    const ends = readPyRefra(picks, 'picks.dat', geometry).map(({ sourcePoint, receiver }) => [
      sourcePoint,
      receiver?.x,
    ]);
    expect(ends).toEqual([
      [11, 0],
      [11, 4],
      [12, 4],
      [12, 6],
      [12, 8],
    ]);
    expect(geometry.receivers.split('\n').map((row) => row.split('\t')[0])).toEqual(['1', '2', '3', '4', '5', '']);
  });
});

describe('what the user must know', () => {
  const bare = line([picked(4)], WITHOUT_GEOMETRY);

  test.each(['sgt', 'reflexw', 'geotomcg'] as const)('%s: positions made up, shots left out', (format) => {
    expect(PICK_FILES[format].note!(LINE)).toBe('');
    expect(PICK_FILES[format].note!([bare])).toMatch(/^no geometry in the files: x is the channel number/);
    expect(PICK_FILES[format].note!([...LINE, bare])).toBe('1 of 3 shots have no geometry and are left out');
  });

  test('pyrefra: points without a place', () => {
    expect(PICK_FILES.pyrefra.note!(LINE)).toBe('');
    expect(PICK_FILES.pyrefra.note!([...LINE, bare])).toMatch(/^1 of 3 shots have no geometry/);
  });
});

describe('plain lists', () => {
  test.each([
    ['trace time, from 1', '1 12.5\n2 0\n4 20', [{ trace: 0, time: 12.5 }, { trace: 1 }, { trace: 3, time: 20 }]],
    [
      'trace time, from 0',
      '0;12,5\n1;13,5',
      [
        { trace: 0, time: 12.5 },
        { trace: 1, time: 13.5 },
      ],
    ],
    [
      'times under a heading, seconds',
      'Time\n0.0245\n0.029\n',
      [
        { trace: 0, time: 24.5 },
        { trace: 1, time: 29 },
      ],
    ],
    [
      'position and time',
      '0.5 12\n1.5 13',
      [
        { receiver: { x: 0.5 }, time: 12 },
        { receiver: { x: 1.5 }, time: 13 },
      ],
    ],
    ['shot, receiver and time', '-1.0 2.0 0.012', [{ source: { x: -1 }, receiver: { x: 2 }, time: 12 }]],
  ])('%s', (_, text, expected) => {
    expect(readPickFile(text, 'list.txt')).toEqual(expected);
  });

  test.each([
    ['s', 2000],
    ['ms', 2],
    ['us', 0.002],
  ] as const)('in %s when told', (unit, time) => {
    expect(readTraceTime('1 2', 'list', { unit })).toEqual([{ trace: 0, time }]);
  });

  test('as samples, and with the first trace told', () => {
    expect(readTraceTime('1 2', 'list', { unit: 'samples', firstTrace: 0 })).toEqual([{ trace: 1, sample: 2 }]);
  });

  test.each([
    ['', 'empty', /empty/],
    ['one two\nthree four', 'not-recognised', /"one two" in line 1/],
    ['1 2\n1 2 3', 'not-recognised', /expected picks/],
  ])('%j is refused', (text, code, message) => {
    expect(() => readPickFile(text, 'list.txt')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

test('a pick is never surer than people agree, nor than a sample, and a doubtful one counts little', () => {
  expect([uncertainty(1, ms(0.25)), uncertainty(0.5, ms(0.25)), uncertainty(1, ms(4)), uncertainty(0, ms(1))]).toEqual([
    1, 2, 4, 10,
  ]);
  expect(place(1)).toEqual({ x: 1, y: 0, z: 0 });
});

describe.skipIf(!FIELD_DATA)('pick files of others (skipped: FIRSTBREAK_FIELD_DATA is not set)', () => {
  const read = (path: string) => readFileSync(join(FIELD_DATA!, path), 'utf8');

  test.each(['koenigsee.sgt', 'example_topo.sgt'])('%s', (name) => {
    const expected = JSON.parse(read('format-conformance/expected.json'))[`pygimli-picks/${name}`];
    const { sensors, picks } = readSgt(read(`format-conformance/pygimli-picks/${name}`), name);
    expect([sensors.length, picks.length]).toEqual([expected.sensors, expected.picks]);
    const { s, g, t } = expected.firstPick;
    expect(picks[0]).toEqual({ source: sensors[s - 1], receiver: sensors[g - 1], time: expect.closeTo(t * 1000, 9) });
  });

  test('picks.csv of a line agrees with the .sgt it was made from', () => {
    const table = readPickFile(read('refrapy-field-01/picks.csv'), 'picks.csv').filter(({ picker }) => picker === 'A');
    const sgt = readPickFile(read('refrapy-field-01/original-picks/field_example_01.sgt'), 'a.sgt');
    const key = ({ source, receiver, time }: (typeof table)[number]) => `${source?.x} ${receiver?.x} ${time}`;
    expect(table.map(key).sort()).toEqual(sgt.map(key).sort());
    expect(table).toHaveLength(120);
  });

  test('ReflexW', () => {
    const text = read('graphseg2-fieldcamps/exampledata/102_reflexw.PCK');
    expect(pickFormatOf(text)).toBe('reflexw');
    const picks = readPickFile(text, '102.PCK');
    expect(picks).toHaveLength(25);
    expect(picks[1]).toEqual({ source: { x: -1.5, y: 0 }, receiver: { x: 3, y: 0 }, time: 15.652173 });
  });

  test('shot, receiver and time in seconds', () => {
    const picks = readPickFile(read('flinchum-sh-line/original-picks/modelled_times.txt'), 'modelled.txt');
    expect(picks[1]).toEqual({ source: { x: 0 }, receiver: { x: 2 }, time: 4.4 });
  });
});
