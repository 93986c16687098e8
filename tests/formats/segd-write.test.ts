/** What `writeSegd` writes, read by an independent decoder and by the product itself. */
import { describe, expect, it } from 'vitest';
import { segd } from '#shared/formats/segd/segd.ts';
import { writeSegd } from '#shared/formats/segd/write.ts';
import type { Shot, Trace } from '#shared/gather.ts';
import { memorySource } from '#shared/source.ts';
import { ms, samples } from '#shared/units.ts';
import { decodeSegd21 } from './segd-oracle.ts';

function shotOf(kinds: readonly Trace['kind'][], more: Partial<Shot> = {}): Shot {
  const count = more.samples ?? samples(6);
  return {
    ffid: 42,
    sourcePoint: 1017.25,
    amplitudes: Float32Array.from({ length: kinds.length * count }, (_, i) => Math.fround(Math.sin(i) * 1e3)),
    samples: count,
    sampleInterval: ms(0.25),
    firstSample: { time: ms(0), from: 'made' },
    traces: kinds.map((kind, index) => ({ index, channel: index + 1, kind, start: samples(0), count })),
    recordedAt: '2023-12-31T23:59:58.000Z',
    problems: [],
    ...more,
  };
}

async function written(...shots: readonly Shot[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeSegd(shots)) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function readBack(bytes: Uint8Array): Promise<Shot[]> {
  const shots: Shot[] = [];
  for await (const shot of (await segd.open(memorySource('w', bytes), {})).shots()) shots.push(shot);
  return shots;
}

const rows = (shot: Shot) =>
  shot.traces.map((_, i) => [...shot.amplitudes.subarray(i * shot.samples, (i + 1) * shot.samples)]);

describe('writeSegd', () => {
  it('writes what an independent decoder reads', async () => {
    const shot = shotOf(['auxiliary', 'seismic', 'seismic', 'dead', 'seismic', 'auxiliary']);
    const [record, ...rest] = decodeSegd21(await written(shot));
    expect(rest).toEqual([]);
    expect(record).toMatchObject({
      file: 42,
      formatCode: '8058',
      revision: '2.1',
      intervalMs: 0.25,
      date: '23/365 23:59:58',
      sourcePoint: 1017.25,
    });
    // A set for each run of one kind; six samples of 0.25 ms end at 1.5 ms, rounded up to 2 ms.
    expect(record.sets).toEqual([
      { number: 1, type: 7, channels: 1, startMs: 0, endMs: 2, mp: 0 },
      { number: 2, type: 1, channels: 4, startMs: 0, endMs: 2, mp: 0 },
      { number: 3, type: 7, channels: 1, startMs: 0, endMs: 2, mp: 0 },
    ]);
    expect(record.traces.map(({ set, number, edit }) => [set, number, edit])).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [2, 3, 0],
      [2, 4, 1],
      [2, 5, 0],
      [3, 6, 0],
    ]);
    expect(record.traces.map(({ values }) => values)).toEqual(rows(shot));
  });

  it('writes the interval as base and power, the start as set start and timing word, the factor as exponent', async () => {
    const descale = { factor: 2 ** -13.25, unit: 'mV' };
    const base = shotOf(['seismic']);
    const shot = {
      ...base,
      sampleInterval: ms(1 / 32),
      firstSample: { time: ms(101.5), from: 'made' },
      traces: base.traces.map((trace) => ({ ...trace, descale })),
    };
    const [record] = decodeSegd21(await written(shot));
    expect(record.intervalMs).toBe(0.03125);
    expect(record.sets[0]).toMatchObject({ startMs: 100, mp: -13.25 });
    expect(record.traces[0].timing).toBe(101.5);
    const [back] = await readBack(await written(shot));
    expect(back).toMatchObject({ sampleInterval: 1 / 32, firstSample: { time: 101.5 } });
    expect(back.traces[0].descale).toEqual(descale);
  });

  it('is read back as it was, shot after shot', async () => {
    const shots = [
      shotOf(['seismic', 'dead', 'seismic'], { ffid: 9999 }),
      shotOf(['auxiliary', 'seismic'], { ffid: 123_456, samples: samples(9), sampleInterval: ms(2) }),
    ];
    const back = await readBack(await written(...shots));
    expect(back.map(({ problems }) => problems.filter(({ code }) => code !== 'dead-traces'))).toEqual([[], []]);
    for (const [i, shot] of back.entries()) {
      expect(shot).toMatchObject({
        ffid: shots[i].ffid,
        sourcePoint: 1017.25,
        samples: shots[i].samples,
        sampleInterval: shots[i].sampleInterval,
        recordedAt: shots[i].recordedAt,
      });
      expect(shot.firstSample.time).toBe(0);
      expect(shot.traces.map(({ channel, kind }) => [channel, kind])).toEqual(
        shots[i].traces.map(({ channel, kind }) => [channel, kind]),
      );
      expect(rows(shot)).toEqual(rows(shots[i]));
    }
  });

  it('writes more than 9,999 channels and more than 99 sets', async () => {
    const shot = shotOf(new Array(10_500).fill('seismic'), { samples: samples(2) });
    const back = await readBack(await written(shot));
    expect(back[0].traces.map(({ channel }) => channel)).toEqual(shot.traces.map(({ channel }) => channel));
    expect(back[0].problems).toEqual([]);
    const mixed = shotOf(Array.from({ length: 240 }, (_, i): Trace['kind'] => (i % 2 ? 'auxiliary' : 'seismic')));
    expect(decodeSegd21(await written(mixed))[0].sets).toHaveLength(240);
    const [again] = await readBack(await written(mixed));
    expect(again.traces.map(({ channel, kind }) => [channel, kind])).toEqual(
      mixed.traces.map(({ channel, kind }) => [channel, kind]),
    );
  });

  it.each([
    [{ sampleInterval: ms(0.1) }, 'expected an interval of n/16 ms over a power of two, found 0.1 ms in FFID 42'],
    [{ sampleInterval: undefined }, 'found undefined ms'],
    [
      { firstSample: { time: ms(-10), from: 'made' } },
      'expected a first sample 0 to 65,535 ms after the shot, found -10 ms',
    ],
    [{ ffid: 2 ** 24 }, 'expected a file number of 0 to 16777215, found 16777216'],
    [{ amplitudes: new Float32Array(0) }, 'expected 6 amplitudes, found 0'],
    [{ traces: [] }, 'expected 1 to 65535 channel sets, found 0'],
  ] as const)('refuses what SEG-D 2.1 cannot say: %o', async (more, message) => {
    await expect(written(shotOf(['seismic'], more as Partial<Shot>))).rejects.toThrow(message);
  });
});
