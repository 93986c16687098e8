/** File to float32 traces: SEG-Y of 400 MB from the page cache, as IBM and as IEEE big-endian. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '#edge/files.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { type BenchResult, measure } from './result.ts';

const TRACES_A_SHOT = 240;
const SAMPLES = 2000;
const TRACE_BYTES = 240 + 4 * SAMPLES;
const SHOTS = Math.round(400e6 / (TRACES_A_SHOT * TRACE_BYTES));

export async function* readSegy(): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    for (const [name, format] of [
      ['ibm', 1],
      ['ieee', 5],
    ] as const) {
      const path = join(folder, `${name}.sgy`);
      const bytes = writeFile(path, format);
      const context = { megabytes: Math.round(bytes / 1e6), traces: SHOTS * TRACES_A_SHOT, samples: SAMPLES };
      yield await measure(`read-segy-${name}`, 'GB/s', 7, () => readOnce(path), { context });
      yield await measure(`read-segy-${name}-headers`, 'traces/s', 3, () => readHeaders(path), { context });
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readOnce(path: string): Promise<number> {
  const source = openFile(path);
  const started = performance.now();
  const recording = await segy.open(source, {});
  let samples = 0;
  for await (const shot of recording.shots()) samples += shot.amplitudes.length;
  const seconds = (performance.now() - started) / 1000;
  source.close();
  if (samples !== SHOTS * TRACES_A_SHOT * SAMPLES) throw new Error(`read ${samples} samples of ${path}`);
  return source.size / 1e9 / seconds;
}

async function readHeaders(path: string): Promise<number> {
  const source = openFile(path);
  const started = performance.now();
  let traces = 0;
  const recording = await segy.open(source, {});
  for await (const shot of recording.shots({ amplitudes: false })) traces += shot.traces.length;
  const seconds = (performance.now() - started) / 1000;
  source.close();
  return traces / seconds;
}

/** Written byte by byte here, not by the product's writer: shots of noise that decays, every trace header filled in. */
function writeFile(path: string, format: 1 | 5): number {
  const file = openSync(path, 'w');
  const head = new DataView(new ArrayBuffer(3600));
  head.setUint16(3216, 500);
  head.setUint16(3220, SAMPLES);
  head.setUint16(3224, format);
  head.setUint16(3500, 0x0100);
  writeSync(file, new Uint8Array(head.buffer));
  const shot = new DataView(new ArrayBuffer(TRACES_A_SHOT * TRACE_BYTES));
  let seed = 1;
  for (let trace = 0; trace < TRACES_A_SHOT; trace++) {
    const at = trace * TRACE_BYTES;
    shot.setInt32(at + 12, trace + 1);
    shot.setInt16(at + 28, 1);
    shot.setInt32(at + 36, 5 * trace);
    shot.setInt16(at + 70, -100);
    shot.setInt32(at + 80, 500 * trace);
    shot.setUint16(at + 114, SAMPLES);
    shot.setUint16(at + 116, 500);
    for (let i = 0; i < SAMPLES; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const value = (seed / 2 ** 31 - 1) * 1e5 * Math.exp(-i / 500);
      if (format === 5) shot.setFloat32(at + 240 + 4 * i, value);
      else shot.setUint32(at + 240 + 4 * i, ibmWord(value));
    }
  }
  for (let i = 0; i < SHOTS; i++) {
    for (let trace = 0; trace < TRACES_A_SHOT; trace++) shot.setInt32(trace * TRACE_BYTES + 8, i + 1);
    writeSync(file, new Uint8Array(shot.buffer));
  }
  closeSync(file);
  return 3600 + SHOTS * TRACES_A_SHOT * TRACE_BYTES;
}

/** Normalised IBM float of a value that is neither zero nor beyond its range. */
function ibmWord(value: number): number {
  let exponent = 64;
  let fraction = Math.abs(value);
  for (; fraction >= 1; exponent++) fraction /= 16;
  for (; fraction > 0 && fraction < 1 / 16; exponent--) fraction *= 16;
  return ((value < 0 ? 0x80000000 : 0) | (exponent << 24) | Math.min(0xffffff, Math.round(fraction * 2 ** 24))) >>> 0;
}
