/** What a survey's gathers are to an autoencoder: the mean code of each one's windows, how badly it is rebuilt, and how noisy it is. */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { median } from '#shared/signal/period.ts';
import { ms } from '#shared/units.ts';
import { preparedShot } from '../data/prepared.ts';
import { signalToNoise } from '../evaluate/signal-to-noise.ts';
import { compandedOf } from '../pretrain/autoencoder-batches.ts';
import { rebuiltBy } from '../pretrain/autoencoder-gradients.ts';
import type { AutoencoderState } from '../pretrain/autoencoder-run.ts';
import type { RawGather } from '../pretrain/corpus.ts';
import { plainWindows, windowSize } from '../pretrain/windows.ts';

export interface CodedGather {
  readonly gather: RawGather;
  readonly code: Float64Array;
  /** Squared error of its windows as a share of their energy. */
  readonly amiss: number;
  /** dB, median of the live traces, by the guide; undefined where nothing was recorded before the breaks. */
  readonly signalToNoise: number | undefined;
  /** Channels that recorded nothing. */
  readonly dead: number;
}

export async function codedGather(gather: RawGather, { networks, settings }: AutoencoderState): Promise<CodedGather> {
  const { traces, code: width } = settings.autoencoder;
  const windows = plainWindows(gather.shot, traces);
  const features = new Float32Array(windows.length * windowSize(traces));
  windows.forEach((window, w) => {
    features.set(window, w * windowSize(traces));
  });
  const { codes, windows: rebuilt } = await rebuiltBy(networks.autoencoder.parameters, settings.autoencoder, {
    shape: [windows.length, traces, SAMPLES, CHANNELS.length],
    features,
  });
  const code = new Float64Array(width);
  codes.forEach((value, i) => {
    code[i % width] += value / windows.length;
  });
  const recorded = compandedOf(features);
  const { live } = preparedShot(gather.shot);
  return {
    gather,
    code,
    amiss: energy(recorded.map((value, i) => value - rebuilt[i])) / energy(recorded),
    signalToNoise: noiseOf(gather),
    dead: gather.shot.traces.length - live.at.length,
  };
}

/** As if the guide had been picked. */
function noiseOf({ site, file, shot }: RawGather): number | undefined {
  const { live, centre } = preparedShot(shot);
  const labels = shot.traces.map(() => ({ kind: 'unknown' }) as const satisfies { kind: 'unknown' });
  const guided = labels.map((label, i) => {
    const k = live.at.indexOf(i);
    return k < 0 ? label : ({ kind: 'onset', time: ms(centre[k]) } as const);
  });
  const levels = signalToNoise({ site, file, shot, labels: guided }).filter((level) => level !== undefined);
  return levels.length === 0 ? undefined : median(Float64Array.from(levels));
}

const energy = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
