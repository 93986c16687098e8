/** A TFLite model as plain tables, and those tables as the bytes of a flatbuffer. */
import * as flatbuffers from 'flatbuffers';
import {
  BUFFER,
  IDENTIFIER,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  OPERATORS,
  OPTIONS,
  type OperatorName,
  QUANTISATION,
  SUBGRAPH,
  TENSOR,
  TENSOR_TYPE,
  type TensorType,
  VERSION,
} from './tflite-schema.ts';

export interface TfliteTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** The shape with −1 for sizes that a resized input changes; as the shape when left out. */
  readonly signature?: readonly number[];
  /** Of a constant. */
  readonly data?: Float32Array | Int32Array | Int8Array;
  /** One scale, or one for each entry of an axis. */
  readonly quantisation?: {
    readonly scales: readonly number[];
    readonly zeros: readonly number[];
    readonly axis?: number;
  };
}

export interface TfliteOperator {
  readonly operator: OperatorName;
  readonly version: number;
  /** Places in the list of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: TfliteOptions;
}

export type TfliteOptions =
  | { readonly of: 'convolution'; readonly padding: number; readonly strides: Pair; readonly activation: number }
  | { readonly of: 'pool'; readonly padding: number; readonly strides: Pair; readonly filter: Pair }
  | { readonly of: 'concatenation'; readonly axis: number }
  | { readonly of: 'reshape' }
  | { readonly of: 'reducer'; readonly keepDimensions: boolean };
type Pair = readonly [high: number, wide: number];

export interface TfliteModel {
  readonly description: string;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Constants begin at multiples of this. */
const ALIGNED = 16;

export function tfliteBytes({ description, tensors, operators, inputs, outputs }: TfliteModel): Uint8Array {
  const b = new flatbuffers.Builder(1 << 16);
  const vector = (width: number, count: number, put: (i: number) => void): number => {
    b.startVector(width, count, width);
    for (let i = count - 1; i >= 0; i--) put(i);
    return b.endVector();
  };
  const wholes = (values: readonly number[]) => vector(4, values.length, (i) => b.addInt32(values[i]));
  const floats = (values: readonly number[]) => vector(4, values.length, (i) => b.addFloat32(values[i]));
  const longs = (values: readonly number[]) => vector(8, values.length, (i) => b.addInt64(BigInt(values[i])));
  const offsets = (values: readonly number[]) => vector(4, values.length, (i) => b.addOffset(values[i]));
  const table = (fields: number, fill: () => void): number => {
    b.startObject(fields);
    fill();
    return b.endObject();
  };

  const kinds = [...new Set(operators.map(({ operator, version }) => `${operator} ${version}`))];
  const codes = kinds.map((kind) => {
    const [operator, version] = kind.split(' ');
    const { code } = OPERATORS[operator as OperatorName];
    return table(4, () => {
      b.addFieldInt8(OPERATOR_CODE.deprecatedCode, Math.min(code, 127), 0);
      b.addFieldInt32(OPERATOR_CODE.version, Number(version), 1);
      b.addFieldInt32(OPERATOR_CODE.code, code, 0);
    });
  });

  const written = operators.map(({ operator, version, inputs, outputs, options }) => {
    const own = options && table(OPTIONS[options.of].fields, () => fillOptions(b, options));
    const [from, to] = [wholes(inputs), wholes(outputs)];
    return table(9, () => {
      b.addFieldInt32(OPERATOR.code, kinds.indexOf(`${operator} ${version}`), 0);
      b.addFieldOffset(OPERATOR.inputs, from, 0);
      b.addFieldOffset(OPERATOR.outputs, to, 0);
      if (!options || own === undefined) return;
      b.addFieldInt8(OPERATOR.optionsType, OPTIONS[options.of].type, 0);
      b.addFieldOffset(OPERATOR.options, own, 0);
    });
  });

  const constants = tensors.flatMap(({ data }) => (data ? [data] : []));
  const described = tensors.map((tensor) => {
    const name = b.createString(tensor.name);
    const shape = wholes(tensor.shape);
    const signature = tensor.signature && wholes(tensor.signature);
    const q = tensor.quantisation;
    const [scales, zeros] = q ? [floats(q.scales), longs(q.zeros)] : [0, 0];
    const quantisation = table(7, () => {
      if (!q) return;
      b.addFieldOffset(QUANTISATION.scale, scales, 0);
      b.addFieldOffset(QUANTISATION.zero, zeros, 0);
      b.addFieldInt32(QUANTISATION.axis, q.axis ?? 0, 0);
    });
    return table(10, () => {
      b.addFieldOffset(TENSOR.shape, shape, 0);
      b.addFieldInt8(TENSOR.type, TENSOR_TYPE[tensor.type], 0);
      b.addFieldInt32(TENSOR.buffer, tensor.data ? 1 + constants.indexOf(tensor.data) : 0, 0);
      b.addFieldOffset(TENSOR.name, name, 0);
      b.addFieldOffset(TENSOR.quantisation, quantisation, 0);
      if (signature !== undefined) b.addFieldOffset(TENSOR.signature, signature, 0);
      b.addFieldInt8(TENSOR.hasRank, 1, 0);
    });
  });

  const parts = [offsets(described), wholes(inputs), wholes(outputs), offsets(written)];
  const main = b.createString('main');
  const subgraph = table(5, () => {
    b.addFieldOffset(SUBGRAPH.tensors, parts[0], 0);
    b.addFieldOffset(SUBGRAPH.inputs, parts[1], 0);
    b.addFieldOffset(SUBGRAPH.outputs, parts[2], 0);
    b.addFieldOffset(SUBGRAPH.operators, parts[3], 0);
    b.addFieldOffset(SUBGRAPH.name, main, 0);
  });
  const subgraphs = offsets([subgraph]);
  const buffers = offsets([table(1, () => {}), ...constants.map((data) => bufferOf(b, data))]); // the first one is empty
  const operatorCodes = offsets(codes);
  const about = b.createString(description);
  const model = table(8, () => {
    b.addFieldInt32(MODEL.version, VERSION, 0);
    b.addFieldOffset(MODEL.operatorCodes, operatorCodes, 0);
    b.addFieldOffset(MODEL.subgraphs, subgraphs, 0);
    b.addFieldOffset(MODEL.description, about, 0);
    b.addFieldOffset(MODEL.buffers, buffers, 0);
  });
  b.finish(model, IDENTIFIER);
  return b.asUint8Array().slice();
}

/** Little-endian, whatever the machine. */
function bufferOf(b: flatbuffers.Builder, data: NonNullable<TfliteTensor['data']>): number {
  const raw = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value, i) => {
    if (data instanceof Float32Array) raw.setFloat32(4 * i, value, true);
    else if (data instanceof Int32Array) raw.setInt32(4 * i, value, true);
    else raw.setInt8(i, value);
  });
  b.startVector(1, raw.byteLength, ALIGNED);
  for (let i = raw.byteLength - 1; i >= 0; i--) b.addInt8(raw.getInt8(i));
  const bytes = b.endVector();
  b.startObject(1);
  b.addFieldOffset(BUFFER.data, bytes, 0);
  return b.endObject();
}

function fillOptions(b: flatbuffers.Builder, options: TfliteOptions): void {
  switch (options.of) {
    case 'convolution':
      b.addFieldInt8(OPTIONS.convolution.padding, options.padding, 0);
      b.addFieldInt32(OPTIONS.convolution.strideWide, options.strides[1], 0);
      b.addFieldInt32(OPTIONS.convolution.strideHigh, options.strides[0], 0);
      b.addFieldInt8(OPTIONS.convolution.activation, options.activation, 0);
      break;
    case 'pool':
      b.addFieldInt8(OPTIONS.pool.padding, options.padding, 0);
      b.addFieldInt32(OPTIONS.pool.strideWide, options.strides[1], 0);
      b.addFieldInt32(OPTIONS.pool.strideHigh, options.strides[0], 0);
      b.addFieldInt32(OPTIONS.pool.filterWide, options.filter[1], 0);
      b.addFieldInt32(OPTIONS.pool.filterHigh, options.filter[0], 0);
      break;
    case 'concatenation':
      b.addFieldInt32(OPTIONS.concatenation.axis, options.axis, 0);
      break;
    case 'reducer':
      b.addFieldInt8(OPTIONS.reducer.keepDimensions, options.keepDimensions ? 1 : 0, 0);
      break;
    case 'reshape':
      break;
  }
}
