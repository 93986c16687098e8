/** The gathers of `golden.json`: pieces of two synthetic shots, one in bins of about a sample, one in bins of several. */
import { row } from '#shared/gather.ts';
import {
  GOLDEN_SCHEMA,
  type Golden,
  type GoldenGather,
  type GoldenScore,
  goldenAmplitudes,
  goldenScores,
} from '#shared/model/golden.ts';
import type { Runtime } from '#shared/model/runtime.ts';
import { SAMPLES } from '#shared/model/window.ts';
import { type SyntheticGather, syntheticGather } from '../synthetic/gather.ts';

/** The shot, and the recorded samples of a bin: interpolated, and averaged. */
const PIECES = [
  { seed: 2, binSamples: 1.25 },
  { seed: 5, binSamples: 5 },
] as const;
const TRACES = 8;

export async function goldenOf(runtime: Runtime, traceMultiple: number): Promise<Golden> {
  const traces = traceMultiple * Math.ceil(TRACES / traceMultiple);
  const gathers = [];
  for (const { seed, binSamples } of PIECES) {
    const made = syntheticGather(seed, { channels: [2 * traces, 4 * traces], signalToNoise: [10, 20] });
    const gather = pieceOf(made, traces, binSamples);
    const scores = await goldenScores(gather, runtime, 'golden.json');
    gathers.push({
      ...gather,
      scores: scores.map(([bin, where, none]): GoldenScore => [bin, rounded(where), rounded(none)]),
    });
  }
  return { schema: GOLDEN_SCHEMA, gathers };
}

/** Of the first traces, around their breaks, which lie a third of the way into the window; the samples that the bins cover. */
function pieceOf({ shot, breaks }: SyntheticGather, traces: number, binSamples: number): GoldenGather {
  const { sampleInterval, firstSample } = shot;
  const intervalMs = binSamples * sampleInterval;
  const anyBreak = breaks.find((time) => time !== undefined) ?? 0; // dead channels have none
  const startMs = Array.from({ length: traces }, (_, t) =>
    rounded((breaks[t] ?? anyBreak) - (SAMPLES / 3) * intervalMs),
  );
  const at = (time: number) => Math.round((time - firstSample.time) / sampleInterval);
  const from = Math.min(Math.max(0, at(Math.min(...startMs))), shot.samples - 1);
  const to = Math.max(from + 1, Math.min(shot.samples, at(Math.max(...startMs) + SAMPLES * intervalMs)));
  return {
    samples: to - from,
    firstSampleMs: rounded(firstSample.time + from * sampleInterval),
    sampleIntervalMs: sampleInterval,
    amplitudes: goldenAmplitudes(startMs.map((_, t) => row(shot, t).subarray(from, to))),
    window: { startMs, intervalMs },
  };
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;
