import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvHeader, csvRows, isPicksCsv, readPicksCsv, writeCsv } from '#shared/report/csv.ts';
import { line, picked, skipped, WITHOUT_GEOMETRY } from './picked-shots.ts';

describe('the picks table', () => {
  test('has the columns other programs rely on', () => {
    expect(csvHeader).toBe('file,trace,ffid,channel,offset_m,time_ms,sample,confidence,status,reason,model\n');
  });

  test('one row a trace, numbers without needless decimals', () => {
    expect(csvRows(line([picked(12.34567, 0.98765), skipped, picked(-0.00001)]))).toBe(
      [
        'shot 1.dat,0,11,1,1,12.3457,89.383,0.988,picked,,classical\n',
        'shot 1.dat,1,11,2,3,,,,skipped,dead,classical\n',
        'shot 1.dat,2,11,3,5,0,40,1,picked,,classical\n',
      ].join(''),
    );
  });

  test('what is not known is empty, and names with commas are quoted', () => {
    const shot = line([picked(1)], { file: 'a, "b".dat', ffid: undefined, ...WITHOUT_GEOMETRY });
    const unnumbered = { ...shot, shot: { ...shot.shot, ffid: undefined } };
    expect(csvRows(unnumbered)).toBe('"a, ""b"".dat",0,,1,,1,44,1,picked,,classical\n');
  });

  test('is read back', () => {
    const text = writeCsv([line([picked(12.5, 0.5), skipped], { file: 'line 1, "north"\n.dat' })]);
    expect(readPicksCsv(text)).toEqual([
      { file: 'line 1, "north"\n.dat', trace: 0, ffid: 11, channel: 1, time: 12.5, sample: 90, confidence: 0.5 },
      { file: 'line 1, "north"\n.dat', trace: 1, ffid: 11, channel: 2, reason: 'dead' },
    ]);
  });

  test.each([
    ['semicolons and decimal commas', 'file;trace;time_ms;confidence\r\na;0;12,5;0,25\r\n"b;c";1;;\r\n'],
    ['tabs', 'file\ttrace\ttime_ms\tconfidence\na\t0\t12.5\t0.25\n"b;c"\t1\t\t\n'],
  ])('is read as a spreadsheet saves it: %s', (_, text) => {
    expect(isPicksCsv(text)).toBe(true);
    expect(readPicksCsv(text)).toEqual([
      { file: 'a', trace: 0, time: 12.5, confidence: 0.25 },
      { file: 'b;c', trace: 1 },
    ]);
  });

  test('any file name and any pick come back', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'grapheme', minLength: 1 })
          .filter((name) => name.trim() === name && !name.includes('\uFEFF')),
        fc.integer({ min: -1e7, max: 1e9 }),
        (file, tenthsOfMicroseconds) => {
          const time = tenthsOfMicroseconds / 1e4;
          const [row] = readPicksCsv(writeCsv([line([picked(time)], { file })]));
          expect(row.file).toBe(file);
          expect(row.time).toBeCloseTo(time, 4);
        },
      ),
    );
  });
});

describe('tables of others', () => {
  test('seconds, positions, pickers, columns in another order, CRLF and a byte order mark', () => {
    const text =
      '\uFEFFpicker,pick_s,Trace,source_x_m,receiver_x_m,file,note\r\nA,0.054426,0,-20.0,4,2001.dat,\r\nB,0.05,0,,,2001.dat,x\r\n';
    expect(readPicksCsv(text)).toEqual([
      { file: '2001.dat', trace: 0, source: { x: -20 }, receiver: { x: 4 }, time: 54.426, picker: 'A' },
      { file: '2001.dat', trace: 0, time: 50, picker: 'B' },
    ]);
  });

  test('samples alone are enough, zero among them', () => {
    expect(readPicksCsv('file,trace,sample\na,0,0\na,1,2.5')).toEqual([
      { file: 'a', trace: 0, sample: 0 },
      { file: 'a', trace: 1, sample: 2.5 },
    ]);
  });

  test('a skipped row has no pick whatever stands in it', () => {
    expect(readPicksCsv('file,trace,time_ms,status\na,0,5,skipped')).toEqual([{ file: 'a', trace: 0 }]);
  });

  test.each([
    ['no time', 'file,trace\na,1\n', /one of time_ms, pick_s, time_s, sample/],
    ['no trace', 'file,time_ms\na,1\n', /found file, time_ms/],
    ['a word', 'file,trace,time_ms\na,1,5\na,one,5\n', /number in trace, found "one" in line 3/],
    ['nothing', '', /found nothing/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readPicksCsv(text)).toThrow(message);
  });

  test('lines are counted through quoted line ends, and an open quote ends with the file', () => {
    expect(() => readPicksCsv('file,trace,time_ms\n"a\nb",1,5\na,one,5\n')).toThrow(/in line 4/);
    expect(readPicksCsv('file,trace,time_ms\na,1,5\n"a,1,5')).toHaveLength(2);
  });

  test('other texts are not taken for it', () => {
    expect(isPicksCsv('x,y\n1,2\n')).toBe(false);
    expect(isPicksCsv('1,2,3\n')).toBe(false);
  });

  test('any text ends in rows or a clear error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', '1', '.') }), (text) => {
        try {
          readPicksCsv(`file,trace,time_ms\n${text}`);
        } catch (error) {
          expect(error).toMatchObject({ _tag: 'RecordError', code: 'malformed' });
        }
      }),
    );
  });
});
