/** A gather as a short list of numbers: what the deepest level of a U-Net makes of it, as mean and spread over its windows. */

import type { TimedShot } from '#shared/gather.ts';
import { cutWindow, windowTraces } from '#shared/model/window.ts';
import { guidedFrame } from '#shared/picking/guided-frame.ts';
import { ms } from '#shared/units.ts';
import { type Tensor, tf } from '../backend/tf.ts';
import { preparedShot } from '../data/prepared.ts';
import { tensorLayers } from '../network/tensors.ts';
import { encode, traceMultiple, type UnetConfig, windowShape } from '../network/unet.ts';
import { windowSize } from '../pretrain/windows.ts';
import type { NamedArray } from '../train/safetensors.ts';

/** The first half of a U-Net. */
export interface Encoder {
  readonly config: UnetConfig;
  readonly arrays: ReadonlyMap<string, NamedArray>;
}

/** Traces of a window. */
const ROWS = 24;

/** The mean window, where there is no encoder. Undefined for a gather without a live trace. */
export function windowCodeOf(shot: TimedShot): Float32Array | undefined {
  const { count, features } = alongGuide(shot, ROWS);
  const code = new Float32Array(windowSize(1));
  for (let i = 0; i < features.length; i++) code[i % code.length] += features[i] / (count * ROWS);
  return count === 0 ? undefined : code;
}

/** Undefined for a gather without a live trace. */
export async function codeOf(shot: TimedShot, { config, arrays }: Encoder): Promise<Float32Array | undefined> {
  const windows = alongGuide(shot, Math.ceil(ROWS / traceMultiple(config)) * traceMultiple(config));
  if (windows.count === 0) return undefined;
  const code = tf.tidy(() => {
    const lookup = (name: string): Tensor => {
      const { values, shape } = arrays.get(name)!;
      return tf.tensor(values, [...shape]);
    };
    const features = tf.tensor(windows.features, [...windowShape(windows.count, windows.rows)]);
    const deepest = encode(tensorLayers(lookup), features, config).at(-1)!; // [window, trace, time, channel]
    const { mean, variance } = tf.moments(deepest, [0, 1, 2]);
    return tf.concat([mean, variance.sqrt()]); // [2 × channel]
  });
  const values = (await code.data()) as Float32Array;
  code.dispose();
  return values;
}

/** The gather in windows side by side along its guide, as picking lays them; the last one goes on with its last trace. */
function alongGuide(shot: TimedShot, rows: number) {
  const { live, guide, centre } = preparedShot(shot);
  const n = live.at.length;
  const count = Math.ceil(n / rows);
  const taken = Array.from({ length: count * rows }, (_, k) => Math.min(k, n - 1));
  if (count === 0) return { count, rows, features: new Float32Array(0) };
  const traces = windowTraces(
    shot,
    taken.map((k) => live.at[k]),
  );
  const frame = guidedFrame(
    Float64Array.from(taken, (k) => centre[k]),
    ms(guide.period[0]),
    shot.sampleInterval,
  );
  return { count, rows, features: cutWindow(traces, frame).features };
}
