/** Peak memory of the commands on a SEG-Y file of 10 GB. The file is sparse: all headers, and samples of four shots, are on disk. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINARY, reportsUsage, run } from './child.ts';
import type { BenchResult } from './result.ts';

const SAMPLES = 30_000;
const TRACE_BYTES = 240 + 4 * SAMPLES;
const CHANNELS = 240;
const SHOTS = Math.floor(10e9 / (CHANNELS * TRACE_BYTES));

export async function* memory(model: string | undefined): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const path = join(folder, 'large.sgy');
    writeSparse(path);
    const gigabytes = Number(((3600 + SHOTS * CHANNELS * TRACE_BYTES) / 1e9).toFixed(2));
    for (const [name, args, rows] of [
      ['memory-info', ['info', '--json', path], undefined],
      [
        'memory-pick',
        ['pick', '--quiet', ...(model ? ['--model', model] : []), path, '--out', join(folder, 'picks.csv')],
        SHOTS * CHANNELS,
      ],
    ] as const) {
      const { usage, seconds } = await run(process.execPath, [...reportsUsage, BINARY, ...args]);
      if (!usage) throw new Error(`${name}: the command did not tell its memory`);
      const { peakMiB } = usage;
      const context = { gigabytes, shots: SHOTS, traces: SHOTS * CHANNELS, seconds: Number(seconds.toFixed(1)) };
      yield {
        name,
        value: peakMiB,
        unit: 'MiB',
        n: 1,
        p50: peakMiB,
        p95: peakMiB,
        context: rows === undefined ? context : { ...context, rows },
      };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeSparse(path: string): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, 3600 + SHOTS * CHANNELS * TRACE_BYTES);
  const head = new DataView(new ArrayBuffer(400));
  head.setUint16(16, 250);
  head.setUint16(20, SAMPLES);
  head.setUint16(24, 5);
  head.setUint16(300, 0x0100);
  head.setUint16(302, 1);
  writeSync(file, new Uint8Array(head.buffer), 0, 400, 3200);
  const header = new DataView(new ArrayBuffer(240));
  const live = new Set([0, 1, SHOTS >> 1, SHOTS - 1]);
  for (let shot = 0; shot < SHOTS; shot++)
    for (let channel = 0; channel < CHANNELS; channel++) {
      header.setInt32(8, shot + 1);
      header.setInt32(12, channel + 1);
      header.setInt16(28, 1);
      header.setUint16(114, SAMPLES);
      header.setUint16(116, 250);
      const at = 3600 + (shot * CHANNELS + channel) * TRACE_BYTES;
      writeSync(file, new Uint8Array(header.buffer), 0, 240, at);
      if (live.has(shot)) writeSync(file, samplesOf(channel), 0, 4 * SAMPLES, at + 240);
    }
  closeSync(file);
}

/** Noise, and from 40 ms and the moveout on a wave that fades. */
function samplesOf(channel: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * SAMPLES));
  let seed = channel + 1;
  for (let i = 0; i < SAMPLES; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const since = i - 160 - 4 * channel;
    const wave = since < 0 ? 0 : 100 * Math.sin(since / 10) * Math.exp(-since / 2000);
    view.setFloat32(4 * i, wave + seed / 2 ** 31 - 1);
  }
  return new Uint8Array(view.buffer);
}
