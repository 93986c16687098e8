/**
 * `firstbreak pick`, end to end: a SEG-Y file of many shots of 1,000-sample traces on disk, to a table on disk; by the neural picker,
 * which is what users get, and by the classical one.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { openFile } from '#edge/files.ts';
import { modelFolder, openModelFolder } from '#edge/models.ts';
import { open } from '#shared/formats/open.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import type { Shot } from '#shared/gather.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { csvHeader, csvRows } from '#shared/report/csv.ts';
import { metres, ms } from '#shared/units.ts';
import { onnxModel } from '../../training/export/onnx.ts';
import { BINARY, onOneCore, reportsUsage, run } from './child.ts';
import { resnetUnet, weightsOf } from './resnet-unet.ts';
import { type BenchResult, measure, resultOf } from './result.ts';
import { runtimes } from './runtimes.ts';

const CHANNELS = 120;
const SAMPLES = 1000;
const SHOTS = 200;
/** Of the shot whose latency counts. */
const MANY_CHANNELS = 1000;
/** Shots of the comparison with a large network. */
const FEW_SHOTS = 8;

const NAMES = ['neural', 'classical'] as const;

export async function* pick(model: string | undefined): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const four = [10, 31, 58, 90].map((at, i) => shotAt(at, CHANNELS, i + 1));
    const line = await written(join(folder, 'line.sgy'), repeated(four, SHOTS));
    const few = await written(join(folder, 'few.sgy'), repeated(four, FEW_SHOTS));
    const one = await written(join(folder, 'one.sgy'), [shotAt(58, MANY_CHANNELS, 1)]);
    const needs = { model: () => openModelFolder(modelFolder(model)) };
    for (const name of NAMES) {
      const suffix = name === 'neural' ? '' : `-${name}`;
      yield* asCommand(suffix, ['--picker', name, ...(name === 'neural' && model ? ['--model', model] : [])], line);
      const picker = await PICKERS[name](needs);
      const context = { ...line.about, cores: 'any', as: 'functions, no start' };
      yield await measure(`pick${suffix}-in-process`, 'traces/s', 3, () => tracesPerSecond(line, picker), {
        context,
      });
      yield await measure(
        `pick${suffix}-in-process-processor`,
        'traces/s',
        3,
        async () => line.traces / (await processorSecondsOf(() => secondsOf(line, picker))),
        { context: { ...context, as: 'functions, by the processor time of all threads' } },
      );
      yield await measure(`pick${suffix}-shot`, 'ms', 20, async () => 1000 * (await secondsOf(one, picker)), {
        context: { ...one.about, cores: 'any', as: 'one shot, open to table, in a process that runs' },
        better: 'lower',
      });
    }
    // The large network is there for ONNX Runtime only, so both are run by it.
    const beside = { runtime: 'onnx-web', precision: 'fp32' } as const;
    yield* besideLargeNetwork(few, await PICKERS.neural({ model: () => openModelFolder(modelFolder(model), beside) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same kind of file for every runtime. */
export async function* pickByRuntimes(): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const four = [10, 31, 58, 90].map((at, i) => shotAt(at, CHANNELS, i + 1));
    yield* runtimes((await written(join(folder, 'line.sgy'), repeated(four, FEW_SHOTS))).path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Line {
  readonly path: string;
  readonly traces: number;
  readonly about: BenchResult['context'];
}

async function* asCommand(suffix: string, options: readonly string[], line: Line): AsyncGenerator<BenchResult> {
  const table = `${line.path}.csv`;
  const words = [BINARY, 'pick', '--quiet', ...options, line.path, '--out', table];
  const [command, args] = onOneCore(process.execPath, words);
  const cores = command === process.execPath ? 'any' : '1';
  const rate = async (run: () => Promise<number>) => {
    const seconds = await run();
    expectPicks(readFileSync(table, 'utf8'), line.traces);
    return line.traces / seconds;
  };
  yield await measure(`pick${suffix}`, 'traces/s', 3, () => rate(async () => (await run(command, args)).seconds), {
    context: { ...line.about, cores, as: 'command, with its start' },
  });
  const counted = async () => {
    const { usage } = await run(process.execPath, [...reportsUsage, ...words]);
    if (!usage) throw new Error('the command did not tell its processor time');
    return usage.processorSeconds;
  };
  yield await measure(`pick${suffix}-processor`, 'traces/s', 3, () => rate(counted), {
    context: { ...line.about, as: 'command, by the processor time of all its threads' },
  });
}

/** The whole of picking against the bare forward pass of a large network on the same traces, turn by turn in one process and runtime. */
async function* besideLargeNetwork(line: Line, picker: Picker): AsyncGenerator<BenchResult> {
  const graph = resnetUnet();
  const session = await ort.InferenceSession.create(
    onnxModel(graph, { producer: 'firstbreak', version: 'random weights', metadata: {} }),
    { intraOpNumThreads: 1, graphOptimizationLevel: 'all' },
  );
  const [traces, samples] = [128, 1024]; // the next multiples of 32
  const gather = new ort.Tensor('float32', new Float32Array(traces * samples).fill(0.5), [1, 1, traces, samples]);
  const large: number[] = [];
  const ours: number[] = [];
  for (let i = 0; i <= 5; i++) {
    const started = performance.now();
    await session.run({ gather });
    large.push((1000 * CHANNELS) / (performance.now() - started)); // the padding is no trace
    ours.push(await tracesPerSecond(line, picker));
  }
  await session.release();
  const counted = large.slice(1); // the first warms up
  const context = { weights: weightsOf(graph), traces, samples, cores: '1' };
  yield resultOf('unet-resnet18', 'traces/s', counted, { context });
  yield resultOf(
    'pick-to-unet',
    'times',
    counted.map((rate, i) => ours[i + 1] / rate),
    { context },
  );
}

const tracesPerSecond = async (line: Line, picker: Picker): Promise<number> =>
  line.traces / (await secondsOf(line, picker));

async function secondsOf({ path, traces }: Line, picker: Picker): Promise<number> {
  const started = performance.now();
  const source = openFile(path);
  let table = csvHeader;
  for await (const shot of (await open(source)).shots()) table += csvRows(await pickShot(path, shot, picker));
  source.close();
  const seconds = (performance.now() - started) / 1000;
  expectPicks(table, traces);
  return seconds;
}

async function processorSecondsOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A run that picked nothing would be fast. */
function expectPicks(table: string, traces: number): void {
  const rows = table.split('\n').length - 2;
  const picked = table.split(',picked,').length - 1;
  if (rows !== traces || picked < 0.9 * traces)
    throw new Error(`expected picks on nine of ten of ${traces} traces, found ${picked} in ${rows} rows`);
}

/** Spreads of 240 m, so that all breaks lie within the record. */
const shotAt = (at: number, channels: number, ffid: number): Shot =>
  syntheticShot({
    ffid,
    source: metres(2 * at + 1),
    channels,
    spacing: metres(240 / channels),
    sampleInterval: ms(0.5),
    length: ms(0.5 * SAMPLES),
  }).shot;

/** The same shots over and over, under numbers of their own. */
const repeated = (shots: readonly Shot[], count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => ({ ...shots[i % shots.length], ffid: i + 1, sourcePoint: i + 1 }));

async function written(path: string, shots: readonly Shot[]): Promise<Line> {
  const file = openSync(path, 'w');
  let bytes = 0;
  for await (const chunk of writeSegy(shots)) bytes += writeSync(file, chunk);
  closeSync(file);
  const traces = shots.reduce((sum, shot) => sum + shot.traces.length, 0);
  const about = { traces, samples: SAMPLES, shots: shots.length, megabytes: Math.round(bytes / 1e6) };
  return { path, traces, about };
}
