/** Every SEG-Y and Seismic Unix file of the field data gives what other implementations decoded from it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '#edge/files.ts';
import { isRecordError } from '#shared/errors.ts';
import { HEAD_BYTES } from '#shared/formats/format.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { su } from '#shared/formats/segy/su.ts';
import { row, type Shot } from '#shared/gather.ts';
import { bytesAt } from '#shared/source.ts';

const folder = process.env.FIRSTBREAK_FIELD_DATA;

interface Expected {
  readonly format: 'segy' | 'su' | null;
  readonly traces: number;
  readonly samples: number | null;
  readonly sampleIntervalMs: number | null;
  readonly firstSampleMs: number | null;
  readonly sampleFormat: number | null;
  readonly ffidFirst: number | null;
  readonly head: readonly (number | null)[];
  readonly min: number | null;
  readonly max: number | null;
  readonly rms: number | null;
  readonly maxAt?: readonly [number, number];
  readonly nonFinite: number;
  readonly mustFail?: boolean;
  readonly lenient?: boolean;
}

function expectations(file: string, under: string): [string, Expected][] {
  if (!folder || !existsSync(join(folder, file))) return [];
  const all = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Expected>;
  return Object.entries(all)
    .filter(([, { format }]) => format === 'segy' || format === 'su')
    .map(([name, expected]) => [join(folder, under, name), expected]);
}

async function readAll(path: string) {
  const source = openFile(path);
  try {
    const head = await bytesAt(source, 0, HEAD_BYTES);
    const reader = [segy, su].find((candidate) => candidate.recognises(head, source));
    if (!reader) throw new Error(`${path}: recognised by neither reader`);
    const recording = await reader.open(source, {});
    const shots: Shot[] = [];
    for await (const shot of recording.shots()) shots.push(shot);
    return { recording, shots };
  } finally {
    source.close();
  }
}

function statistics(shots: readonly Shot[]) {
  let [min, max, squares, finite, nonFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  let maxAt = [-1, -1];
  for (const shot of shots)
    shot.traces.forEach((trace, i) => {
      row(shot, i)
        .subarray(trace.start, trace.start + trace.count)
        .forEach((value, sample) => {
          if (!Number.isFinite(value)) nonFinite++;
          else {
            finite++;
            squares += value * value;
            min = Math.min(min, value);
            if (value > max) [max, maxAt] = [value, [trace.index, sample]];
          }
        });
    });
  return { min, max, rms: Math.sqrt(squares / finite), maxAt, nonFinite };
}

function near(found: number, expected: number | null, what: string) {
  if (expected === null) return;
  const allowed = 2e-6 * Math.max(Math.abs(expected), Number.MIN_VALUE);
  expect(Math.abs(found - expected), `${what}: ${found} instead of ${expected}`).toBeLessThanOrEqual(allowed);
}

async function check(path: string, expected: Expected) {
  const { recording, shots } = await readAll(path);
  expect(recording.format).toBe(expected.format);
  expect(shots.reduce((sum, shot) => sum + shot.traces.length, 0)).toBe(expected.traces);
  const [first] = shots;
  if (expected.samples !== null) expect(first.traces[0].count).toBe(expected.samples);
  if (expected.sampleFormat !== null) expect(recording.sampleFormat).toBe(expected.sampleFormat);
  if (expected.ffidFirst !== null) expect(first.ffid).toBe(expected.ffidFirst);
  if (expected.sampleIntervalMs !== null) expect(first.sampleInterval).toBeCloseTo(expected.sampleIntervalMs, 9);
  if (expected.firstSampleMs !== null) expect(first.firstSample.time).toBeCloseTo(expected.firstSampleMs, 9);
  expected.head.forEach((value, i) => {
    const found = row(first, 0)[first.traces[0].start + i];
    if (value === null) expect(found).toBeNaN();
    else near(found, value, `sample ${i}`);
  });
  const found = statistics(shots);
  near(found.min, expected.min, 'min');
  near(found.max, expected.max, 'max');
  near(found.rms, expected.rms, 'rms');
  expect(found.nonFinite).toBe(expected.nonFinite);
  // 32-bit codes are rounded to float32: several samples may then share the maximum.
  if (expected.maxAt && Math.abs(expected.max ?? 0) < 2 ** 24) expect(found.maxAt).toEqual(expected.maxAt);
}

const cases = [
  ...expectations('format-conformance/expected.json', 'format-conformance'),
  ...expectations('expected-shots.json', '.'),
];

describe.skipIf(!folder)('SEG-Y and SU field files (skipped unless FIRSTBREAK_FIELD_DATA names them)', () => {
  it('has files to check', () => expect(cases.length).toBeGreaterThan(50));

  it.each(cases)('%s', async (path, expected) => {
    if (expected.mustFail) {
      await expect(readAll(path)).rejects.toSatisfy((error) => isRecordError(error));
    } else if (expected.lenient) {
      try {
        await check(path, expected);
      } catch (error) {
        if (!isRecordError(error)) throw error;
      }
    } else await check(path, expected);
  });
});
