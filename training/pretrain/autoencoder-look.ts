/** How an autoencoder does on windows it never learns from, by kind: real or made, with moveout or along the breaks. */
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import type { Parameters } from '../network/parameters.ts';
import { supplyBatches } from '../prefetch.ts';
import type { AutoencoderConfig } from './autoencoder.ts';
import {
  AUTOENCODER_BATCHES,
  type AutoencoderBatch,
  type AutoencoderPlan,
  compandedOf,
} from './autoencoder-batches.ts';
import { rebuiltBy } from './autoencoder-gradients.ts';
import type { RawGather } from './corpus.ts';
import { type SheetRow, sheetOf } from './sheet.ts';
import { windowSize } from './windows.ts';

export interface AutoencoderLook {
  /** Squared error of what was asked for, as a share of its variance; mean over the kinds. 1 is what the mean of all gives. */
  readonly error: number;
  readonly byKind: Readonly<Record<string, number>>;
}

export interface LookPlan extends Pick<AutoencoderPlan, 'variant' | 'traces' | 'windows' | 'straight' | 'synthetic'> {
  /** Gathers that are never learnt from. */
  readonly held: readonly RawGather[];
  /** Batches of each kind. */
  readonly batches: number;
  readonly workers: number;
}

/** The same windows for every run, so that runs compare. */
const SEED = 20_240;

interface Kind {
  readonly name: string;
  readonly batches: readonly AutoencoderBatch[];
}

export interface Looker {
  look(parameters: Parameters, config: AutoencoderConfig): Promise<AutoencoderLook>;
  /** PNG bytes: what was given, what was asked for, what was rebuilt, and what is amiss. */
  pictures(parameters: Parameters, config: AutoencoderConfig): Promise<Uint8Array>;
}

/** Windows are made at the first look. Kinds that a run does not learn from are not looked at. */
export function lookerOf(plan: LookPlan): Looker {
  let made: Promise<readonly Kind[]> | undefined;
  const kinds = () => (made ??= makeKinds(plan));
  return {
    async look(parameters, config) {
      const byKind: Record<string, number> = {};
      for (const { name, batches } of await kinds()) byKind[name] = await shareOfVariance(parameters, config, batches);
      const errors = Object.values(byKind);
      return { error: errors.reduce((sum, each) => sum + each, 0) / errors.length, byKind };
    },
    pictures: async (parameters, config) => pictures(await kinds(), plan, parameters, config),
  };
}

async function makeKinds({ held, batches, workers, straight, synthetic, ...plan }: LookPlan): Promise<readonly Kind[]> {
  const sources = [
    { source: 'field', share: held.length > 0 ? 1 - synthetic : 0, synthetic: 0 },
    { source: 'synthetic', share: held.length > 0 ? synthetic : 1, synthetic: 1 },
  ].filter(({ share }) => share > 0);
  const views = [
    { view: 'straight', share: straight, straight: 1 },
    { view: 'guided', share: 1 - straight, straight: 0 },
  ].filter(({ share }) => share > 0);
  const kinds: Kind[] = [];
  for (const { source, synthetic } of sources)
    for (const { view, straight } of views) {
      const whole = { ...plan, seed: SEED, purpose: 'validation', gathers: held, straight, synthetic } as const;
      const supply = supplyBatches(AUTOENCODER_BATCHES, whole, { workers, end: batches });
      try {
        const own: AutoencoderBatch[] = [];
        while (own.length < batches) own.push(await supply.take(own.length));
        kinds.push({ name: `${source}, ${view}`, batches: own });
      } finally {
        await supply.close();
      }
    }
  return kinds;
}

async function shareOfVariance(
  parameters: Parameters,
  config: AutoencoderConfig,
  batches: readonly AutoencoderBatch[],
): Promise<number> {
  let [error, sum, square, count] = [0, 0, 0, 0];
  for (const batch of batches) {
    const { windows } = await rebuiltBy(parameters, config, batch);
    batch.wanted.forEach((wanted, i) => {
      if (!asked(batch, i)) return;
      error += (windows[i] - wanted) ** 2;
      sum += wanted;
      square += wanted ** 2;
      count++;
    });
  }
  return error / (square - sum ** 2 / count);
}

/** Where something was hidden only that counts. */
const asked = ({ weight }: AutoencoderBatch, i: number): boolean => weight === undefined || weight[i] === 1;

const PICTURED = 8;
const GIVEN = { plain: undefined, masked: 'what was shown', denoise: 'with noise' } as const;

async function pictures(
  kinds: readonly Kind[],
  { variant, traces, windows: perBatch }: LookPlan,
  parameters: Parameters,
  config: AutoencoderConfig,
): Promise<Uint8Array> {
  const size = traces * SAMPLES;
  const shown = kinds.flatMap(({ name, batches }) =>
    Array.from({ length: PICTURED / kinds.length }, (_, i) => {
      const batch = batches[Math.floor(i / perBatch)] ?? batches[0];
      const w = i % perBatch;
      const part = (values: Float32Array, each: number) => values.slice(w * each, (w + 1) * each);
      return { name, features: part(batch.features, windowSize(traces)), wanted: part(batch.wanted, size) };
    }),
  );
  const features = new Float32Array(shown.length * windowSize(traces));
  shown.forEach((one, i) => {
    features.set(one.features, i * windowSize(traces));
  });
  const { windows } = await rebuiltBy(parameters, config, {
    shape: [shown.length, traces, SAMPLES, CHANNELS.length],
    features,
  });
  const rebuilt = shown.map((_, i) => windows.subarray(i * size, (i + 1) * size));
  const amiss = shown.map(({ wanted }, i) => wanted.map((value, k) => value - rebuilt[i][k]));
  const given = GIVEN[variant];
  const rows: SheetRow[] = [
    ...(given ? [{ title: given, windows: shown.map((one) => compandedOf(one.features)) }] : []),
    {
      title: variant === 'plain' ? 'input' : 'what was asked for',
      windows: shown.map(({ wanted }) => wanted),
      words: shown.map(({ name }) => name),
    },
    {
      title: 'rebuilt',
      windows: rebuilt,
      words: amiss.map((difference, i) => `${percent(energy(difference) / energy(shown[i].wanted))} amiss`),
    },
    { title: 'difference', windows: amiss },
  ];
  return sheetOf(rows);
}

const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
