/**
 * For scale: the network that learned pickers of the literature use, with random weights. Encoder of 18 layers (He, Zhang, Ren, Sun
 * 2016, table 1), decoder of a U-Net (Ronneberger, Fischer, Brox 2015) of 256 to 16 channels, one logit a sample; batch
 * normalisation is folded into the convolutions, as for inference. 14.3 million weights.
 */
import type { Graph, GraphConstant, GraphNode } from '../../training/export/graph.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

interface Value {
  readonly name: string;
  readonly channels: number;
}

/** Of the four stages of the encoder, each of two blocks. */
const STAGES = [64, 128, 256, 512] as const;
const DECODER = [256, 128, 64, 32, 16] as const;

/** Input `gather` [1, 1, trace, sample], both multiples of 32; output `logits` of the same shape. */
export function resnetUnet(): Graph {
  const { nodes, constants, ...layers } = builder();
  const { conv, relu, add, concat, double, maxPool } = layers;
  const block = (x: Value, channels: number, stride: number): Value => {
    const straight = stride === 1 && x.channels === channels ? x : conv(x, channels, 1, stride);
    return relu(add(conv(relu(conv(x, channels, 3, stride)), channels, 3), straight));
  };

  let x = relu(conv({ name: 'gather', channels: 1 }, 64, 7, 2));
  const kept = [x];
  x = maxPool(x);
  STAGES.forEach((channels, i) => {
    x = block(block(x, channels, i === 0 ? 1 : 2), channels, 1);
    kept.push(x);
  });
  kept.pop();
  for (const channels of DECODER) {
    const skip = kept.pop();
    x = double(x);
    if (skip) x = concat(x, skip);
    x = relu(conv(relu(conv(x, channels, 3)), channels, 3));
  }
  const logits = conv(x, 1, 3);
  return {
    inputs: [{ name: 'gather', shape: [1, 1, 'traces', 'samples'] }],
    outputs: [{ name: logits.name, shape: [1, 1, 'traces', 'samples'] }],
    nodes,
    constants,
  };
}

export const weightsOf = ({ constants }: Graph): number =>
  constants.reduce((sum, { name, values }) => sum + (name.startsWith('scales') ? 0 : values.length), 0);

function builder() {
  const nodes: GraphNode[] = [];
  const constants: GraphConstant[] = [];
  const dice = diceOf(18);
  const node = (op: string, inputs: readonly string[], channels: number, attributes: GraphNode['attributes'] = {}) => {
    const output = `${op.toLowerCase()}${nodes.length}`;
    nodes.push({ op, inputs, output, attributes });
    return { name: output, channels };
  };
  const constant = (name: string, shape: readonly number[], values: Float32Array) => {
    constants.push({ name, shape, values });
    return name;
  };
  return {
    nodes,
    constants,
    /** Random as He et al. 2015 start them, so that nothing vanishes or grows on the way. */
    conv(x: Value, channels: number, size: number, stride = 1): Value {
      const shape = [channels, x.channels, size, size];
      const spread = Math.sqrt(2 / (x.channels * size * size));
      const kernel = Float32Array.from({ length: channels * x.channels * size * size }, () => dice.normal(spread));
      const pad = size >> 1;
      return node(
        'Conv',
        [
          x.name,
          constant(`kernel${nodes.length}`, shape, kernel),
          constant(`bias${nodes.length}`, [channels], new Float32Array(channels)),
        ],
        channels,
        { kernel_shape: [size, size], pads: [pad, pad, pad, pad], strides: [stride, stride] },
      );
    },
    relu: (x: Value) => node('Relu', [x.name], x.channels),
    add: (a: Value, b: Value) => node('Add', [a.name, b.name], a.channels),
    concat: (a: Value, b: Value) => node('Concat', [a.name, b.name], a.channels + b.channels, { axis: 1 }),
    maxPool: (x: Value) =>
      node('MaxPool', [x.name], x.channels, { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
    double: (x: Value) =>
      node('Resize', [x.name, '', constant(`scales${nodes.length}`, [4], Float32Array.of(1, 1, 2, 2))], x.channels, {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
  };
}
