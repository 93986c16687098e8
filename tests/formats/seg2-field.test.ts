/** SEG-2 files of real recorders against values that other programs decoded from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFile } from '#edge/files.ts';
import { open } from '#shared/formats/open.ts';
import type { Shot } from '#shared/gather.ts';

const FIELD_DATA = process.env.FIRSTBREAK_FIELD_DATA;

interface Expected {
  readonly format: string | null;
  readonly traces: number;
  readonly samples: number;
  readonly sampleIntervalMs: number;
  readonly firstSampleMs: number | null;
  readonly head: readonly number[];
  readonly min: number;
  readonly max: number;
  readonly maxAt: readonly [number, number];
  readonly rms: number;
  readonly sampleFormat: number;
  readonly ffidFirst: number | null;
}

const readJson = (path: string): Record<string, Expected> =>
  FIELD_DATA ? JSON.parse(readFileSync(join(FIELD_DATA, path), 'utf8')) : {};

const FILES = [
  ...Object.entries(readJson('expected-shots.json')),
  ...Object.entries(readJson('format-conformance/expected.json')).map(
    ([file, expected]) => [join('format-conformance', file), expected] as const,
  ),
].filter(([, { format }]) => format === 'seg2');

async function shotsIn(file: string): Promise<{ sampleFormat: number; shots: Shot[] }> {
  const source = openFile(join(FIELD_DATA!, file));
  try {
    const recording = await open(source);
    const shots: Shot[] = [];
    for await (const shot of recording.shots()) shots.push(shot);
    return { sampleFormat: recording.sampleFormat, shots };
  } finally {
    source.close();
  }
}

describe.skipIf(!FIELD_DATA)('SEG-2 field data (skipped: FIRSTBREAK_FIELD_DATA is not set)', () => {
  test.each(FILES)('%s', async (file, expected) => {
    const { sampleFormat, shots } = await shotsIn(file);
    expect(shots).toHaveLength(1);
    const [shot] = shots;
    expect(sampleFormat).toBe(expected.sampleFormat);
    expect([shot.traces.length, shot.samples, shot.sampleInterval]).toEqual([
      expected.traces,
      expected.samples,
      expected.sampleIntervalMs,
    ]);
    if (expected.firstSampleMs !== null) expect(shot.firstSample.time).toBe(expected.firstSampleMs);
    expect(shot.ffid ?? null).toBe(expected.ffidFirst);
    expect([...shot.amplitudes.subarray(0, expected.head.length)]).toEqual(expected.head);
    const [trace, sample] = expected.maxAt;
    let [min, max, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (const value of shot.amplitudes) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      squares += value * value;
    }
    expect([min, max]).toEqual([expected.min, expected.max]);
    expect(shot.amplitudes[trace * shot.samples + sample]).toBe(expected.max);
    expect(Math.sqrt(squares / shot.amplitudes.length)).toBeCloseTo(expected.rms, 6);
  });

  test('a SUMMIT without geometry, in centimetres, with stations', async () => {
    const [shot] = (await shotsIn('unpicked-dmt-summit/data/Shot_00012.sg2')).shots;
    expect([shot.recorder, shot.source, shot.traces[3].receiver]).toEqual(['DMT_SUMMIT', undefined, undefined]);
    expect(shot.problems).toEqual([]);
  });

  test('half a second of pre-trigger, geophones every 2 m', async () => {
    const [shot] = (await shotsIn('unpicked-swprocess-wghs/data/1.dat')).shots;
    expect([shot.firstSample.time, shot.source?.x]).toEqual([-500, -2]);
    expect(shot.traces.map(({ offset }) => offset)).toEqual(Array.from({ length: 24 }, (_, i) => 2 * i + 2));
    expect(shot.traces[0].descale).toEqual({ factor: 2.6974e-3, unit: 'mV' });
    expect(shot.recordedAt).toBe('2017-06-09T16:53:52');
  });
});
