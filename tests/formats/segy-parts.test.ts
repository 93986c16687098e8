/** A file read in parts gives the shots it gives when it is read in one go, whatever its traces look like; and parts are found from few headers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { open } from '#shared/formats/open.ts';
import type { Part, Recording, Shot } from '#shared/gather.ts';
import { type ByteSource, memorySource } from '#shared/source.ts';
import { all, floats, segyBytes, suBytes, type TraceBytes } from './segy-bytes.ts';
import { virtualSegy } from './virtual-segy.ts';

interface Given {
  /** Traces of each shot: how many, and of how many samples. */
  readonly shots: readonly { readonly traces: number; readonly samples: number; readonly ffid: number }[];
  /** Places at which traces of nothing but zeros are put in. */
  readonly unwritten: readonly number[];
  readonly flagged: boolean;
}

function file({ shots, unwritten, flagged }: Given): Uint8Array {
  const traces: TraceBytes[] = shots.flatMap(({ traces, samples, ffid }, s) =>
    Array.from({ length: traces }, (_, i) => ({
      words: [
        [9, 'i32', ffid],
        [13, 'i32', i + 1],
        [115, 'u16', samples],
        [117, 'u16', 500],
      ],
      samples: floats(
        Array.from({ length: samples }, (_, k) => Math.sin(k / 5 + i + 10 * s)),
        'big',
      ),
    })),
  );
  for (const at of unwritten) traces.splice(1 + (at % traces.length), 0, { samples: new Uint8Array(4 * 20) });
  return segyBytes({
    words: [
      [3217, 'u16', 500],
      [3221, 'u16', 20],
      [3225, 'i16', 5],
      [3501, 'u8', 1],
      [3503, 'i16', flagged ? 1 : 0],
    ],
    traces,
  });
}

const content = ({ ffid, samples, amplitudes, traces }: Shot) => ({
  ffid,
  samples,
  places: traces.map(({ index, channel }) => `${index} ${channel}`),
  amplitudes: amplitudes.join(),
});

async function inParts(recording: Recording, bytes: number): Promise<{ parts: Part[]; shots: Shot[] }> {
  const parts = await all(recording.parts!(bytes));
  const shots: Shot[] = [];
  for (const part of parts) shots.push(...(await all(recording.shots({ part }))));
  return { parts, shots };
}

/** Without the reads at once, as over a network. */
const far = ({ name, size, read }: ByteSource): ByteSource => ({ name, size, read });

const shot = (samples: fc.Arbitrary<number>) =>
  fc.record({
    traces: fc.integer({ min: 1, max: 9 }),
    samples,
    ffid: fc.oneof(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 3 })),
  });

const given = (samples: fc.Arbitrary<number>, unwritten: number) =>
  fc.record({
    shots: fc.array(shot(samples), { minLength: 1, maxLength: 12 }),
    unwritten: fc.array(fc.nat(99), { maxLength: unwritten }),
    flagged: fc.boolean(),
  });

describe('parts of a SEG-Y file', () => {
  const kinds = {
    'traces of one length': given(fc.constant(20), 0),
    'traces that were never written among them': given(fc.constant(20), 4).map((made) => ({
      ...made,
      shots: made.shots.map((each, i) => ({ ...each, traces: 1 + each.traces, ffid: 7 * i + (each.ffid % 7) })),
    })),
    'traces of different lengths': given(fc.integer({ min: 12, max: 40 }), 0).map((made) => ({
      ...made,
      flagged: false,
    })),
  };
  for (const [name, arbitrary] of Object.entries(kinds))
    it(`give the shots of the whole: ${name}`, async () => {
      let divided = 0;
      await fc.assert(
        fc.asyncProperty(arbitrary, fc.integer({ min: 1, max: 4000 }), fc.boolean(), async (made, bytes, remote) => {
          const source = memorySource('line.sgy', file(made));
          const recording = await open(remote ? far(source) : source, { asOnDisk: true });
          const whole = await all((await open(source)).shots());
          if (!recording.parts) return;
          const { parts, shots } = await inParts(recording, bytes);
          if (parts.length > 1) divided++;
          expect(shots.map(content)).toEqual(whole.map(content));
          expect(parts[0].trace).toBe(0);
          for (const [i, part] of parts.slice(1).entries()) expect(part.at).toBe(parts[i].end);
        }),
        { numRuns: 70 },
      );
      expect(divided).toBeGreaterThan(10);
    });

  it('are whole shots of the size asked for', async () => {
    const shots = Array.from({ length: 40 }, (_, i) => ({ traces: 10, samples: 20, ffid: i + 1 }));
    const recording = await open(memorySource('line.sgy', file({ shots, unwritten: [], flagged: true })));
    const shotBytes = 10 * (240 + 80);
    const { parts } = await inParts(recording, 3.5 * shotBytes);
    expect(parts.map(({ at, end }) => (end - at) / shotBytes)).toEqual([4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 1]);
  });

  it('do not divide a file whose shots are interleaved', async () => {
    const shots = Array.from({ length: 60 }, (_, i) => ({ traces: 1, samples: 20, ffid: 1 + (i % 3) }));
    const recording = await open(memorySource('line.sgy', file({ shots, unwritten: [], flagged: true })));
    expect(recording.parts).toBeUndefined();
    expect(await all(recording.shots())).toHaveLength(3);
  });

  it('are found in Seismic Unix files as well', async () => {
    const traces = Array.from({ length: 60 }, (_, i) => ({
      words: [
        [9, 'i32', 1 + Math.floor(i / 6)],
        [13, 'i32', 1 + (i % 6)],
        [115, 'u16', 20],
        [117, 'u16', 500],
      ] as const,
      samples: floats(
        Array.from({ length: 20 }, (_, k) => Math.sin(k / 5 + i)),
        'little',
      ),
    }));
    const recording = await open(memorySource('line.su', suBytes(traces, 'little')));
    const { parts, shots } = await inParts(recording, 4000);
    expect(parts.length).toBeGreaterThan(3);
    expect(shots.map(content)).toEqual((await all(recording.shots())).map(content));
  });

  it('of a hundred gigabytes take less than a thousandth of the bytes to find', async () => {
    const traces = 12_000;
    const { size, read: readOf } = virtualSegy({ shots: 1000, traces, samples: 2000 });
    expect(size).toBeGreaterThan(90e9);
    let bytes = 0;
    let reads = 0;
    const source: ByteSource = {
      name: 'line.sgy',
      size,
      async read(at, into) {
        reads++;
        const length = readOf(at, into);
        bytes += length;
        return length;
      },
    };
    const recording = await open(source, { asOnDisk: true });
    const parts = await all(recording.parts!(128e6));
    expect(parts.length).toBeGreaterThan(500);
    expect(parts.length).toBeLessThan(1000);
    expect(parts.every(({ trace }) => trace % traces === 0)).toBe(true);
    expect(bytes / size).toBeLessThan(0.001);
    expect(reads).toBeLessThan(25_000);
  });
});
