/** File to float32 traces: SEG-2 of 24 channels and 16,000 samples, from the page cache, as the recorders write them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '#edge/files.ts';
import { seg2 } from '#shared/formats/seg2/seg2.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import type { Shot } from '#shared/gather.ts';
import { metres, ms, samples } from '#shared/units.ts';
import { type BenchResult, measure } from './result.ts';

const CHANNELS = 24;
const SAMPLES = 16_000;
const FILES = 100;

export async function* readSeg2(): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    for (const [name, sampleFormat] of [
      ['float', 4],
      ['int32', 2],
      ['packed', 3],
    ] as const) {
      const paths = Array.from({ length: FILES }, (_, i) => join(folder, `${name}-${i + 1}.dat`));
      const bytes = writeSeg2(noise(), { sampleFormat });
      for (const path of paths) writeFileSync(path, bytes);
      const context = { channels: CHANNELS, samples: SAMPLES, files: FILES, megabytesEach: bytes.length / 1e6 };
      yield await measure(`read-seg2-${name}`, 'files/s', 7, () => readAll(paths), { context });
      for (const path of paths) rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readAll(paths: readonly string[]): Promise<number> {
  const started = performance.now();
  let read = 0;
  for (const path of paths) {
    const source = openFile(path);
    for await (const shot of (await seg2.open(source, {})).shots()) read += shot.amplitudes.length;
    source.close();
  }
  const seconds = (performance.now() - started) / 1000;
  if (read !== paths.length * CHANNELS * SAMPLES) throw new Error(`read ${read} samples of ${paths.length} files`);
  return paths.length / seconds;
}

function noise(): Shot {
  const amplitudes = new Float32Array(CHANNELS * SAMPLES);
  let seed = 1;
  for (let i = 0; i < amplitudes.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    amplitudes[i] = Math.fround((seed / 2 ** 31 - 1) * 1e6);
  }
  return {
    ffid: 1,
    amplitudes,
    samples: samples(SAMPLES),
    sampleInterval: ms(0.125),
    firstSample: { time: ms(-100), from: 'made for the benchmark' },
    recorder: 'GEOMETRICS SEISMODULES CONTROLLER 0000',
    recordedAt: '2013-02-02T15:08:45',
    source: { x: metres(-4), y: metres(0), z: metres(0) },
    traces: Array.from({ length: CHANNELS }, (_, i) => ({
      index: i,
      channel: i + 1,
      kind: 'seismic' as const,
      receiver: { x: metres(4 * i), y: metres(0), z: metres(0) },
      start: samples(0),
      count: samples(SAMPLES),
      descale: { factor: 1.6985e-4, unit: 'mV' },
    })),
    problems: [],
  };
}
