import { describe, expect, test } from 'vitest';
import { gunzip } from '#shared/formats/gzip.ts';
import { open } from '#shared/formats/open.ts';
import { memorySource } from '#shared/source.ts';
import { concatenated, floats, seg2Bytes } from './seg2-bytes.ts';

const SHOT = seg2Bytes({
  traces: [{ strings: ['SAMPLE_INTERVAL 0.001', 'SHOT_SEQUENCE_NUMBER 5'], ...floats([1, 2, 3]) }],
});

async function compressed(bytes: Uint8Array, format: CompressionFormat = 'gzip'): Promise<Uint8Array> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe('open', () => {
  test('goes by the bytes, not by the name', async () => {
    const recording = await open(memorySource('line.sgy', SHOT));
    expect([recording.format, recording.name]).toEqual(['seg2', 'line.sgy']);
  });

  test('reads a gzip file as what it contains', async () => {
    const recording = await open(memorySource('5.dat.gz', await compressed(SHOT)));
    expect([recording.format, recording.name]).toEqual(['seg2', '5.dat.gz']);
    for await (const shot of recording.shots()) expect([shot.ffid, ...shot.amplitudes]).toEqual([5, 1, 2, 3]);
  });

  test.each<[string, Uint8Array, string, RegExp]>([
    ['no bytes', new Uint8Array(), 'empty', /0 bytes/],
    [
      'text',
      new TextEncoder().encode('Trace 1 0.25\nTrace 2 0.5\n'),
      'not-recognised',
      /54 72 61 63 65.*"Trace 1 0\.25\.Tra"/,
    ],
    ['text that begins like SEG-2', new TextEncoder().encode('U: is not the beginning'), 'not-recognised', /SEG-2/],
    ['zeros', new Uint8Array(5000), 'not-recognised', /00 00/],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), 'not-recognised', /a PNG picture.*\.PNG/],
    [
      'an archive',
      new TextEncoder().encode('PK\x03\x04 and more'),
      'not-recognised',
      /ZIP archive \(unpack it first\)/,
    ],
  ])('refuses %s', async (_, bytes, code, message) => {
    await expect(open(memorySource('file.bin', bytes))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('reads the traces before the cut of a gzip file', async () => {
    // Noise, which hardly shrinks, so that half of the file is half of the traces.
    const noise = (seed: number) =>
      Array.from({ length: 2000 }, (_, i) => Math.sin((i + 1) * seed * 12.9898) * 43758.5453);
    const bytes = seg2Bytes({
      traces: [1, 2, 3, 4].map((i) => ({ strings: ['SAMPLE_INTERVAL 0.001'], ...floats(noise(i)) })),
    });
    const whole = await compressed(bytes);
    const recording = await open(memorySource('5.dat.gz', whole.subarray(0, 0.7 * whole.length)));
    expect(recording.problems).toMatchObject([{ code: 'gzip-damaged', message: expect.stringMatching(/^[^\n]+$/) }]);
    for await (const { traces, amplitudes } of recording.shots()) {
      expect(traces).toHaveLength(2);
      expect(amplitudes[2000]).toBeCloseTo(noise(2)[0], 1);
    }
    await expect(open(memorySource('a.gz', whole.subarray(0, 100)))).rejects.toMatchObject({
      code: 'malformed',
      file: 'a.gz',
    });
  });

  test('refuses a gzip file of nothing, of text, and one in gzip', async () => {
    const gz = async (bytes: Uint8Array) => open(memorySource('a.gz', await compressed(bytes)));
    await expect(gz(new Uint8Array())).rejects.toMatchObject({ code: 'not-recognised' });
    await expect(gz(new TextEncoder().encode('hello'))).rejects.toMatchObject({ code: 'not-recognised' });
    await expect(gz(await compressed(SHOT))).rejects.toMatchObject({ code: 'not-recognised' });
  });
});

describe('gunzip', () => {
  test('reads across the parts it was inflated in', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5);
    const source = await gunzip(memorySource('a.gz', await compressed(bytes)));
    expect(source.size).toBe(bytes.length);
    for (const [at, length] of [
      [0, 10],
      [65_530, 20],
      [100, 200_000],
      [299_990, 100],
      [400_000, 5],
    ]) {
      const into = new Uint8Array(length);
      const got = await source.read(at, into);
      expect(got).toBe(Math.max(0, Math.min(length, bytes.length - at)));
      expect(into.subarray(0, got)).toEqual(bytes.subarray(at, at + got));
    }
  });

  test('stops a file that swells beyond the limit', async () => {
    const swelling = await compressed(new Uint8Array(20_000_000));
    expect(swelling.length).toBeLessThan(30_000);
    await expect(gunzip(memorySource('a.gz', swelling), { limit: 1_000_000 })).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  test.each([
    ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 9)],
    ['damaged', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 20 ? byte ^ 0xff : byte))],
    ['followed by other bytes', (bytes: Uint8Array) => concatenated(bytes, Uint8Array.from([1, 2, 3]))],
  ])('says that a file is %s', async (_, change) => {
    const bytes = await compressed(Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) ^ (i >> 3)));
    await expect(gunzip(memorySource('a.gz', change(bytes)))).rejects.toMatchObject({ code: 'malformed' });
  });
});
