/** A graph as ONNX bytes: IR version 8, operator set 17. Numbers of fields and types are those of onnx.proto3. */
import protobuf from 'protobufjs/minimal.js';
import type { Graph, GraphConstant, GraphNode, GraphValue } from './graph.ts';

const IR_VERSION = 8;
export const OPSET = 17;

/** A graph whose constants may be of integers, too: quantised ones are. */
export interface OnnxGraph extends Omit<Graph, 'constants'> {
  readonly constants: readonly OnnxConstant[];
}
export interface OnnxConstant extends Omit<GraphConstant, 'values'> {
  readonly values: GraphConstant['values'] | Int8Array | Uint8Array | Int32Array;
}

/** Field numbers by message. */
export const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
} as const;
export const OPERATOR_SET = { domain: 1, version: 2 } as const;
export const ENTRY = { key: 1, value: 2 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
export const ATTRIBUTE = { name: 1, i: 3, s: 4, ints: 8, type: 20 } as const;
export const ATTRIBUTE_TYPE = { int: 2, string: 3, ints: 7 } as const;
export const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
export const DATA_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensorType: 1 } as const;
export const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;
export const SHAPE = { dim: 1 } as const;
export const DIMENSION = { value: 1, param: 2 } as const;

type Writer = protobuf.Writer;
type Fill = (writer: Writer) => void;

const VARINT = 0;
const DELIMITED = 2;
const text = (w: Writer, field: number, value: string) => w.uint32((field << 3) | DELIMITED).string(value);
const whole = (w: Writer, field: number, value: number) => w.uint32((field << 3) | VARINT).int64(value);
const bytes = (w: Writer, field: number, value: Uint8Array) => w.uint32((field << 3) | DELIMITED).bytes(value);
/** A message, or packed numbers. */
const inner = (w: Writer, field: number, fill: Fill) => {
  w.uint32((field << 3) | DELIMITED).fork();
  fill(w);
  w.ldelim();
};
const wholes = (w: Writer, field: number, values: readonly number[]) =>
  inner(w, field, () => {
    for (const value of values) w.int64(value);
  });

export interface ModelFacts {
  readonly producer: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export function onnxModel(graph: OnnxGraph, { producer, version, metadata }: ModelFacts): Uint8Array {
  const w = protobuf.Writer.create();
  whole(w, MODEL.irVersion, IR_VERSION);
  text(w, MODEL.producerName, producer);
  text(w, MODEL.producerVersion, version);
  inner(w, MODEL.graph, () => writeGraph(w, graph));
  inner(w, MODEL.opsetImport, () => {
    text(w, OPERATOR_SET.domain, '');
    whole(w, OPERATOR_SET.version, OPSET);
  });
  for (const [key, value] of Object.entries(metadata))
    inner(w, MODEL.metadataProps, () => {
      text(w, ENTRY.key, key);
      text(w, ENTRY.value, value);
    });
  return new Uint8Array(w.finish());
}

function writeGraph(w: Writer, { nodes, constants, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) inner(w, GRAPH.node, () => writeNode(w, node));
  text(w, GRAPH.name, 'picker');
  for (const constant of constants) inner(w, GRAPH.initializer, () => writeTensor(w, constant));
  for (const value of inputs) inner(w, GRAPH.input, () => writeValue(w, value));
  for (const value of outputs) inner(w, GRAPH.output, () => writeValue(w, value));
}

function writeNode(w: Writer, { op, inputs, output, attributes }: GraphNode): void {
  for (const input of inputs) text(w, NODE.input, input);
  text(w, NODE.output, output);
  text(w, NODE.name, `${op} ${output}`);
  text(w, NODE.opType, op);
  for (const [name, value] of Object.entries(attributes))
    inner(w, NODE.attribute, () => {
      text(w, ATTRIBUTE.name, name);
      if (typeof value === 'string') {
        text(w, ATTRIBUTE.s, value);
        whole(w, ATTRIBUTE.type, ATTRIBUTE_TYPE.string);
      } else if (typeof value === 'number') {
        whole(w, ATTRIBUTE.i, value);
        whole(w, ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
      } else {
        wholes(w, ATTRIBUTE.ints, value);
        whole(w, ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
      }
    });
}

const typeOf = (values: OnnxConstant['values']): keyof typeof DATA_TYPE =>
  values instanceof Float32Array
    ? 'float'
    : values instanceof BigInt64Array
      ? 'int64'
      : values instanceof Int32Array
        ? 'int32'
        : values instanceof Int8Array
          ? 'int8'
          : 'uint8';

/** Raw data is little-endian, whatever the machine. */
function writeTensor(w: Writer, { name, shape, values }: OnnxConstant): void {
  const type = typeOf(values);
  const raw = new DataView(new ArrayBuffer(values.byteLength));
  for (let i = 0, at = 0; i < values.length; i++, at += values.BYTES_PER_ELEMENT) {
    const value = values[i];
    if (typeof value === 'bigint') raw.setBigInt64(at, value, true);
    else if (type === 'float') raw.setFloat32(at, value, true);
    else if (type === 'int32') raw.setInt32(at, value, true);
    else raw.setUint8(at, value);
  }
  wholes(w, TENSOR.dims, shape);
  whole(w, TENSOR.dataType, DATA_TYPE[type]);
  text(w, TENSOR.name, name);
  bytes(w, TENSOR.rawData, new Uint8Array(raw.buffer));
}

function writeValue(w: Writer, { name, shape }: GraphValue): void {
  text(w, VALUE.name, name);
  inner(w, VALUE.type, () =>
    inner(w, TYPE.tensorType, () => {
      whole(w, TENSOR_TYPE.elemType, DATA_TYPE.float);
      inner(w, TENSOR_TYPE.shape, () => {
        for (const size of shape)
          inner(w, SHAPE.dim, () =>
            typeof size === 'number' ? whole(w, DIMENSION.value, size) : text(w, DIMENSION.param, size),
          );
      });
    }),
  );
}
