/** What makes windows from points: a generator, or the second half of an autoencoder, each with its way back from a window. */
import { RecordError } from '#shared/errors.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { deepestOf } from '../network/unet.ts';
import { decodedBy, rebuiltBy } from '../pretrain/autoencoder-gradients.ts';
import { type AutoencoderState, bestAutoencoder } from '../pretrain/autoencoder-run.ts';
import { bestFile, type PretrainKind, readWeights } from '../pretrain/checkpoint.ts';
import { COMPANDED } from '../pretrain/companding.ts';
import { windowsOf } from '../pretrain/gan/gradients.ts';
import { type GanState, readGan } from '../pretrain/gan.ts';
import { joined, project } from './project.ts';
import type { Point } from './walk.ts';
import { wideWindows, windowsAcross } from './wide.ts';

export interface Encoded {
  readonly point: Point;
  /** What is still different, as a share: of the window's amplitudes, or of its loudness and what the discriminator sees. */
  readonly error: number;
}

interface MakerOf<K extends PretrainKind, S> {
  readonly kind: K;
  readonly state: S;
  /** Of a window it has learnt. */
  readonly traces: number;
  /** Companded windows, one for each point. [trace, sample] */
  make(points: readonly Point[]): Promise<readonly Float32Array[]>;
  /** @param features of one window, [trace, sample, channel] */
  encode(features: Float32Array): Promise<Encoded>;
}
export interface GanMaker extends MakerOf<'gan', GanState> {
  readonly dimensions: number;
  /** Points side by side that a window of so many traces is made from. */
  across(traces: number): number;
  makeWide(points: readonly (readonly Point[])[], traces: number): Promise<readonly Float32Array[]>;
}
export type Maker = GanMaker | MakerOf<'autoencoder', AutoencoderState>;

/** @param run its folder @throws RecordError */
export function makerOf(run: string): Maker {
  const { kind } = readWeights(run);
  if (kind === 'gan') return ganMaker(readGan(bestFile(run)));
  if (kind === 'autoencoder') return autoencoderMaker(bestAutoencoder(run));
  throw new RecordError('malformed', run, `expected a run of a GAN or an autoencoder, found one of a ${kind}`);
}

const ganMaker = (state: GanState): GanMaker => ({
  kind: 'gan',
  state,
  traces: state.settings.traces,
  dimensions: state.settings.latent,
  async make(points) {
    const values = await windowsOf(joined(points), state.networks.generator.parameters, state.settings);
    return parts(values, points.length);
  },
  across: (traces) => windowsAcross(...widths(state, traces)),
  makeWide: (points, traces) => wideWindows(points, traces, state),
  encode: (features) => project(compandedOf(features), state),
});

const widths = ({ settings: { unet, traces } }: GanState, wanted: number): [number, number] => {
  const [columns] = deepestOf(unet, traces);
  return [columns, (wanted * columns) / traces];
};

function autoencoderMaker(state: AutoencoderState): Maker {
  const { parameters } = state.networks.autoencoder;
  const config = state.settings.autoencoder;
  return {
    kind: 'autoencoder',
    state,
    traces: config.traces,
    make: async (points) => parts(await decodedBy(parameters, config, joined(points)), points.length),
    async encode(features) {
      const shape = [1, config.traces, SAMPLES, CHANNELS.length] as const;
      const { codes, windows } = await rebuiltBy(parameters, config, { shape, features });
      const wanted = compandedOf(features);
      const left = windows.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0);
      return { point: codes, error: left / (wanted.reduce((sum, value) => sum + value * value, 0) || 1) };
    },
  };
}

const compandedOf = (features: Float32Array): Float32Array =>
  Float32Array.from({ length: features.length / CHANNELS.length }, (_, i) => features[i * CHANNELS.length + COMPANDED]);

const parts = (values: Float32Array, count: number): readonly Float32Array[] => {
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
};
