/**
 * Small gathers and the scores a model gave them when it was exported (`golden.json`), by which a runtime can check itself
 * wherever it runs: reading, windows and weights all have to be right for the numbers to come out again.
 */
import { RecordError } from '../errors.ts';
import type { TimedShot } from '../gather.ts';
import { ms, samples } from '../units.ts';
import type { OpenedModel } from './open-model.ts';
import type { Runtime, WindowScores } from './runtime.ts';
import { cutWindow, SAMPLES, windowTraces } from './window.ts';

export const GOLDEN_SCHEMA = 'firstbreak.golden/1';

export interface GoldenGather {
  readonly samples: number;
  readonly firstSampleMs: number;
  readonly sampleIntervalMs: number;
  /** 16-bit integers [trace, sample], least significant byte first, as base64. */
  readonly amplitudes: string;
  /** Left edge of the first bin of each trace, and the width of a bin. */
  readonly window: { readonly startMs: readonly number[]; readonly intervalMs: number };
}

/** A bin, its log-probability among all bins of its trace, and the trace's logit of "no first break in this window". */
export type GoldenScore = readonly [bin: number, logProbability: number, none: number];

export interface Golden {
  readonly schema: typeof GOLDEN_SCHEMA;
  /** One score a trace, at the bin the exported model pointed to. */
  readonly gathers: readonly (GoldenGather & { readonly scores: readonly GoldenScore[] })[];
}

/** Runtimes that compute in single precision agree at least this well; an artefact of less states its own (`manifest.ts`). */
export const GOLDEN_TOLERANCE = 1e-3;

/** @throws RecordError `malformed` or `unsupported` */
export function readGolden(text: string, file: string): Golden {
  let golden: Partial<Golden> | null = null;
  try {
    golden = JSON.parse(text);
  } catch {
    // said below
  }
  if (golden?.schema !== GOLDEN_SCHEMA)
    throw new RecordError(
      'unsupported',
      file,
      `expected schema ${GOLDEN_SCHEMA}, found ${golden?.schema ?? 'something else'}`,
    );
  const { gathers } = golden;
  if (!Array.isArray(gathers) || gathers.length === 0)
    throw new RecordError('malformed', file, 'expected gathers, found none');
  for (const { window, scores } of gathers as readonly Partial<Golden['gathers'][number]>[])
    if (!(window?.startMs && scores && scores.length === window.startMs.length && scores.length > 0))
      throw new RecordError('malformed', file, 'expected a score for each trace of a window, found another number');
  return golden as Golden;
}

/** @throws RecordError `malformed` when there are not as many samples as the gather says */
export function goldenShot(gather: GoldenGather, file: string): TimedShot {
  const traces = gather.window.startMs.length;
  const bytes = Uint8Array.from(atob(gather.amplitudes), (character) => character.charCodeAt(0));
  const expected = 2 * traces * gather.samples;
  if (bytes.length !== expected)
    throw new RecordError('malformed', file, `expected ${expected} bytes of amplitudes, found ${bytes.length}`);
  const view = new DataView(bytes.buffer);
  return {
    ffid: undefined,
    amplitudes: Float32Array.from({ length: traces * gather.samples }, (_, i) => view.getInt16(2 * i, true)),
    samples: samples(gather.samples),
    sampleInterval: ms(gather.sampleIntervalMs),
    firstSample: { time: ms(gather.firstSampleMs), from: 'the model folder' },
    traces: gather.window.startMs.map((_, i) => ({
      index: i,
      channel: i + 1,
      kind: 'seismic',
      start: samples(0),
      count: samples(gather.samples),
    })),
    problems: [],
  };
}

/** Rows of one length as `goldenShot` reads them, the largest magnitude of each row at the end of the range. */
export function goldenAmplitudes(rows: readonly Float32Array[]): string {
  const view = new DataView(new ArrayBuffer(rows.reduce((sum, row) => sum + 2 * row.length, 0)));
  let at = 0;
  for (const row of rows) {
    const top = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const value of row) view.setInt16(2 * at++, top === 0 ? 0 : Math.round((32_767 * value) / top), true);
  }
  return btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(''));
}

/** What a runtime makes of a gather, at the bins it points to itself. */
export async function goldenScores(gather: GoldenGather, runtime: Runtime, file: string): Promise<GoldenScore[]> {
  const scores = await run(gather, runtime, file);
  return gather.window.startMs.map((_, t) => {
    const row = rowOf(scores, t);
    return scoreAt(scores, t, row.indexOf(Math.max(...row)));
  });
}

/**
 * Runs all gathers. Returns the largest difference of a score from the expected one, infinite where one is no number;
 * `goldenTolerance` of the artefact says what is small.
 */
export async function checkGolden(golden: Golden, runtime: Runtime, file = 'golden.json'): Promise<number> {
  let largest = 0;
  for (const gather of golden.gathers) {
    const scores = await run(gather, runtime, file);
    gather.scores.forEach(([bin, logProbability, none], t) => {
      const found = scoreAt(scores, t, bin);
      const away = Math.max(Math.abs(found[1] - logProbability), Math.abs(found[2] - none));
      largest = Math.max(largest, Number.isNaN(away) ? Number.POSITIVE_INFINITY : away);
    });
  }
  return largest;
}

/** The difference of `checkGolden`. @throws RecordError when it is larger than the artefact may have, or the text is no golden file */
export async function expectGolden(
  text: string,
  { artefact, runtime }: Pick<OpenedModel, 'artefact' | 'runtime'>,
  file = 'golden.json',
): Promise<number> {
  const difference = await checkGolden(readGolden(text, file), runtime, file);
  const { goldenTolerance } = artefact;
  if (difference <= goldenTolerance) return difference;
  throw new RecordError(
    'unsupported',
    file,
    `expected ${artefact.file} in ${runtime.name} to score within ${goldenTolerance}, found ${difference}`,
  );
}

function run(gather: GoldenGather, runtime: Runtime, file: string): Promise<WindowScores> {
  const { startMs, intervalMs } = gather.window;
  const frame = { start: startMs.map(ms), interval: ms(intervalMs) };
  return runtime.run(cutWindow(windowTraces(goldenShot(gather, file)), frame).features, 1, startMs.length);
}

const rowOf = ({ onset }: WindowScores, trace: number) => onset.subarray(trace * SAMPLES, (trace + 1) * SAMPLES);

function scoreAt(scores: WindowScores, trace: number, bin: number): GoldenScore {
  const row = rowOf(scores, trace);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - row[bin]);
  return [bin, -Math.log(sum), scores.none[trace]];
}
