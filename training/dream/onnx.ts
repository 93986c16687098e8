/** A generator as an ONNX file: random numbers in, companded windows out; written when it computes what the trained one does. */
import * as ort from 'onnxruntime-web';
import { SAMPLES } from '#shared/model/window.ts';
import { type Graph, graphLayers } from '../export/graph.ts';
import { onnxModel } from '../export/onnx.ts';
import { apart } from '../export/parity.ts';
import { windowsOf } from '../pretrain/gan/gradients.ts';
import { generator } from '../pretrain/gan/networks.ts';
import type { GanState } from '../pretrain/gan.ts';
import { joined } from './project.ts';
import { randomPoint } from './walk.ts';

type Trained = Pick<GanState, 'networks' | 'settings' | 'step'>;

/** Most that amplitudes (−1 … 1) of tfjs and ONNX Runtime may differ. */
const PARITY = 1e-4;
const COMPARED = 4;
const SEED = 12;

export function generatorGraph({ networks, settings }: Pick<Trained, 'networks' | 'settings'>): Graph {
  const { layers, node, graph } = graphLayers(networks.generator.parameters);
  const value = generator({ ...layers, tanh: (x) => node('Tanh', [x]) }, 'z', settings);
  return graph(
    [{ name: 'z', shape: ['windows', settings.latent] }],
    [{ name: 'y', shape: ['windows', settings.traces, SAMPLES], value }],
  );
}

export interface GeneratorModel {
  readonly bytes: Uint8Array;
  /** Largest difference from tfjs. */
  readonly apart: number;
}

/** @throws Error when the two do not compute the same */
export async function generatorOnnx(trained: Trained): Promise<GeneratorModel> {
  const { settings, step, networks } = trained;
  const bytes = onnxModel(generatorGraph(trained), {
    producer: 'firstbreak',
    version: `${step} steps`,
    metadata: { z: `${settings.latent} Gaussian numbers`, y: 'companded amplitudes, −1 … 1: [window, trace, sample]' },
  });
  const z = joined(Array.from({ length: COMPARED }, (_, i) => randomPoint(settings.latent, SEED, i)));
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  try {
    const { y } = await session.run({ z: new ort.Tensor('float32', z, [COMPARED, settings.latent]) });
    const largest = apart(y.data as Float32Array, await windowsOf(z, networks.generator.parameters, settings));
    if (!(largest <= PARITY)) throw new Error(`expected windows of ONNX and tfjs within ${PARITY}, found ${largest}`);
    return { bytes, apart: largest };
  } finally {
    await session.release();
  }
}
