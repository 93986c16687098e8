/** Real SEG-D and RG 1.6 files against values decoded by other programs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '#edge/files.ts';
import { rg16 } from '#shared/formats/segd/rg16.ts';
import { segd } from '#shared/formats/segd/segd.ts';
import { row, type Shot } from '#shared/gather.ts';

interface Expected {
  readonly format: string;
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
  readonly descale?: number;
  readonly note?: string;
}

const data = process.env.FIRSTBREAK_FIELD_DATA;
const folder = join(data ?? '', 'format-conformance');
const known: Record<string, Expected> =
  data && existsSync(join(folder, 'expected.json'))
    ? JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
    : {};
const files = Object.entries(known).filter(([, { format }]) => format === 'segd' || format === 'rg16');

describe.skipIf(!data)('SEG-D and RG 1.6 field files (skipped unless FIRSTBREAK_FIELD_DATA names their folder)', () => {
  it('finds them', () => expect(files.length).toBeGreaterThanOrEqual(3));

  it.each(files)('%s', async (file, want) => {
    const source = openFile(join(folder, file));
    const reader = want.format === 'rg16' ? rg16 : segd;
    const head = new Uint8Array(8192).subarray(0, Math.min(8192, source.size));
    await source.read(0, head);
    expect(reader.recognises(head, source)).toBe(true);
    const recording = await reader.open(source, {});
    const shots: Shot[] = [];
    for await (const shot of recording.shots()) shots.push(shot);
    source.close();

    const traces = shots
      .flatMap((shot) => shot.traces.map((trace, i) => ({ shot, trace, values: row(shot, i) })))
      .sort((a, b) => a.trace.index - b.trace.index);
    expect(recording).toMatchObject({ format: want.format, sampleFormat: want.sampleFormat });
    expect(traces.map(({ trace }) => trace.index)).toEqual(Array.from({ length: want.traces }, (_, i) => i));
    const [{ shot: first, trace, values }] = traces;
    expect(first.samples).toBe(want.samples);
    expect(first.sampleInterval).toBe(want.sampleIntervalMs);
    if (want.firstSampleMs !== null) expect(first.firstSample.time).toBe(want.firstSampleMs);
    if (want.ffidFirst !== null) expect(first.ffid).toBe(want.ffidFirst);
    if (want.descale !== undefined) expect(trace.descale?.factor).toBeCloseTo(want.descale, 12);
    expect([...values.subarray(0, want.head.length)]).toEqual(want.head);
    expect(traces[want.maxAt[0]].values[want.maxAt[1]]).toBe(want.max);

    let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (const { values } of traces)
      for (const value of values) {
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value * value;
        count++;
      }
    expect([min, max]).toEqual([want.min, want.max]);
    expect(Math.sqrt(sum / count) / want.rms).toBeCloseTo(1, 9);
    expect(shots.flatMap(({ problems }) => problems)).toEqual([]);
    const note = /first trace starts (\d+) us after 1970-01-01 UTC; channel codes in order (\d+)/.exec(want.note ?? '');
    if (note) {
      expect(Date.parse(first.recordedAt ?? '') * 1000).toBe(Number(note[1]));
      expect(traces.map(({ trace }) => trace.channel).join('')).toBe(note[2]);
    }
  });
});
