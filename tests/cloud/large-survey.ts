/**
 * `node tests/cloud/large-survey.ts [--gigabytes 20] [--workers 2] [--recorded 1] [--folder DIR] [--model DIR]`: a SEG-Y file of any size, made
 * sparse so that it takes a tenth of its size on the disk, planned, sharded, picked and merged by worker threads. Prints what
 * it took as JSON; `--recorded 0.1` leaves all but every tenth shot without a signal, which is done sooner. Too long for the suite: run by hand, numbers in docs/cloud.md.
 */
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { directoryStore } from '#functions/store/directory.ts';
import { objectSource } from '#functions/store/object-source.ts';
import { workInThreads } from '#functions/work/in-threads.ts';
import { planOf } from '#functions/work/plan.ts';
import { type Pointer, pointerOf } from '#functions/work/pointer.ts';
import { metres, ms } from '#shared/units.ts';
import { virtualSegy } from '../formats/virtual-segy.ts';

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '20' },
    workers: { type: 'string', default: '2' },
    recorded: { type: 'string', default: '1' },
    folder: { type: 'string' },
    model: { type: 'string' },
  },
});

/** 5 s at 0.5 ms; behind each header lie the first 900 samples of a shot, in the page of the disk that the header takes anyway. */
const [TRACES, SAMPLES, RECORDED] = [480, 10_000, 900];
const step = 240 + 4 * SAMPLES;
const gigabytes = Number(values.gigabytes);
const every = Math.round(1 / Number(values.recorded));
const shots = Math.ceil((gigabytes * 1e9) / (TRACES * step));

const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'firstbreak-large-'));
const root = join(folder, 'store');
mkdirSync(root, { recursive: true });
try {
  const path = join(root, 'line.sgy');
  const took = (from: number) => Number(((performance.now() - from) / 1000).toFixed(1));
  let from = performance.now();
  written(path);
  const file = statSync(path);
  const made = { gigabytes: file.size / 1e9, onDisk: (file.blocks * 512) / 1e9, seconds: took(from) };

  const store = await directoryStore(root);
  const object = (await store.head('line.sgy'))!;
  let fetched = 0;
  from = performance.now();
  const plan = await planOf(objectSource(store, object, { onFetch: (bytes) => (fetched += bytes) }), object);
  const planned = { shards: plan.shards.length, share: fetched / object.size, seconds: took(from) };

  const workers = Number(values.workers);
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 200);
  const before = process.memoryUsage.rss();
  const pool = workInThreads({ store: root, model: values.model }, workers);
  from = performance.now();
  const done = await pool.finish({ kind: 'file', key: 'line.sgy' });
  const seconds = took(from);
  await pool.close();
  clearInterval(watch);
  const pointer = (await pointerOf(store, object)) as Pointer & { state: 'picked' };
  if (pointer.state !== 'picked' || pointer.traces !== shots * TRACES || pointer.failed.length > 0)
    throw new Error(`expected ${shots * TRACES} traces, found ${JSON.stringify(pointer).slice(0, 500)}`);
  const perWorker = (most - before) / workers / 2 ** 20;
  console.log(
    JSON.stringify({
      made,
      planned,
      picked: {
        ...{ workers, shots, traces: pointer.traces, picked: pointer.picked, seconds },
        tracesPerSecond: Math.round((done.picked + done.skipped) / seconds),
        processMegabytes: Math.round(most / 2 ** 20),
        megabytesPerWorker: Math.round(perWorker),
      },
    }),
  );
} finally {
  rmSync(values.folder === undefined ? folder : root, { recursive: true, force: true });
}

/** Holes between the traces: of each, its header and its first samples alone are written. */
function written(path: string): void {
  const { size, read } = virtualSegy({ shots, traces: TRACES, samples: SAMPLES });
  const patterns = Array.from({ length: 8 }, (_, i) => {
    const length = ms(RECORDED * 0.5);
    const source = metres(30 + 110 * i);
    const { shot } = syntheticShot({
      ...{ ffid: 1, source, channels: TRACES },
      length,
      sampleInterval: ms(0.5),
      seed: i,
    });
    return shot.amplitudes;
  });
  const bytes = new Uint8Array(240 + 4 * RECORDED);
  const view = new DataView(bytes.buffer);
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  const head = new Uint8Array(3600);
  read(0, head);
  writeSync(file, head, 0, head.length, 0);
  for (let shot = 0; shot < shots; shot++)
    for (let trace = 0; trace < TRACES; trace++) {
      const at = 3600 + (shot * TRACES + trace) * step;
      read(at, bytes);
      if (shot % every > 0) {
        writeSync(file, bytes, 0, 240, at);
        continue;
      }
      const pattern = patterns[(shot / every) % patterns.length];
      for (let s = 0; s < RECORDED; s++) view.setFloat32(240 + 4 * s, pattern[trace * RECORDED + s]);
      writeSync(file, bytes, 0, bytes.length, at);
    }
  closeSync(file);
}
