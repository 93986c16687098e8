/** ONNX bytes as a graph again: the inverse of `onnxModel`, for what it writes (one output a node, raw data, operator set 17). */
import protobuf from 'protobufjs/minimal.js';
import { RecordError } from '#shared/errors.ts';
import type { Dimension, GraphNode, GraphValue } from './graph.ts';
import {
  ATTRIBUTE,
  DATA_TYPE,
  DIMENSION,
  ENTRY,
  GRAPH,
  MODEL,
  type ModelFacts,
  NODE,
  type OnnxConstant,
  type OnnxGraph,
  OPERATOR_SET,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './onnx.ts';

/** A message as it lies in the bytes: what stands in each field, in order. */
type Message = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** Wire types of protocol buffers. */
const VARINT = 0;
const DELIMITED = 2;

function messageOf(bytes: Uint8Array): Message {
  const reader = protobuf.Reader.create(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [field, wire] = [tag >>> 3, tag & 7];
    if (wire === VARINT || wire === DELIMITED) {
      const value = wire === VARINT ? Number(reader.int64()) : reader.bytes();
      fields.set(field, [...(fields.get(field) ?? []), value]);
    } else reader.skipType(wire);
  }
  return fields;
}

const decoder = new TextDecoder();
const all = (message: Message, field: number) => (message.get(field) ?? []) as readonly Uint8Array[];
const messages = (message: Message, field: number): readonly Message[] => all(message, field).map(messageOf);
const texts = (message: Message, field: number): readonly string[] =>
  all(message, field).map((bytes) => decoder.decode(bytes));
const number = (message: Message, field: number): number => Number(message.get(field)?.[0] ?? 0);
/** Packed, or one at a time. */
const wholes = (message: Message, field: number): readonly number[] =>
  (message.get(field) ?? []).flatMap((value) => {
    if (typeof value === 'number') return [value];
    const reader = protobuf.Reader.create(value);
    const found: number[] = [];
    while (reader.pos < reader.len) found.push(Number(reader.int64()));
    return found;
  });

export interface ReadModel {
  readonly graph: OnnxGraph;
  readonly facts: ModelFacts;
}

/** @throws RecordError `malformed` or `unsupported` */
export function readOnnx(bytes: Uint8Array, file: string): ReadModel {
  let model: Message;
  try {
    model = messageOf(bytes);
  } catch (cause) {
    throw new RecordError('malformed', file, `expected an ONNX model, found ${(cause as Error).message}`, { cause });
  }
  const [graph] = messages(model, MODEL.graph);
  const [set] = messages(model, MODEL.opsetImport);
  if (!graph || !set) throw new RecordError('malformed', file, 'expected an ONNX model with a graph, found none');
  const opset = number(set, OPERATOR_SET.version);
  if (opset !== OPSET) throw new RecordError('unsupported', file, `expected operator set ${OPSET}, found ${opset}`);
  return {
    graph: {
      nodes: messages(graph, GRAPH.node).map(nodeOf),
      constants: messages(graph, GRAPH.initializer).map((tensor) => constantOf(tensor, file)),
      inputs: messages(graph, GRAPH.input).map(readValue),
      outputs: messages(graph, GRAPH.output).map(readValue),
    },
    facts: {
      producer: texts(model, MODEL.producerName)[0] ?? '',
      version: texts(model, MODEL.producerVersion)[0] ?? '',
      metadata: Object.fromEntries(
        messages(model, MODEL.metadataProps).map((entry) => [texts(entry, ENTRY.key)[0], texts(entry, ENTRY.value)[0]]),
      ),
    },
  };
}

const nodeOf = (node: Message): GraphNode => ({
  op: texts(node, NODE.opType)[0],
  inputs: texts(node, NODE.input),
  output: texts(node, NODE.output)[0],
  attributes: Object.fromEntries(
    messages(node, NODE.attribute).map((attribute) => {
      const [text] = texts(attribute, ATTRIBUTE.s);
      const value = attribute.has(ATTRIBUTE.ints) ? wholes(attribute, ATTRIBUTE.ints) : number(attribute, ATTRIBUTE.i);
      return [texts(attribute, ATTRIBUTE.name)[0], text ?? value];
    }),
  ),
});

function constantOf(tensor: Message, file: string): OnnxConstant {
  const [name] = texts(tensor, TENSOR.name);
  const shape = wholes(tensor, TENSOR.dims);
  const type = number(tensor, TENSOR.dataType);
  const [read] = READERS.filter(([code]) => code === type).map(([, values]) => values);
  const raw = all(tensor, TENSOR.rawData)[0];
  if (!read || !raw)
    throw new RecordError('unsupported', file, `${name}: expected raw data of a known type, found type ${type}`);
  const values = read(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (values.length !== expected)
    throw new RecordError('malformed', file, `${name}: expected ${expected} values, found ${values.length}`);
  return { name, shape, values };
}

const READERS: readonly (readonly [type: number, values: (view: DataView) => OnnxConstant['values']])[] = [
  [DATA_TYPE.float, (v) => Float32Array.from({ length: v.byteLength / 4 }, (_, i) => v.getFloat32(4 * i, true))],
  [DATA_TYPE.int32, (v) => Int32Array.from({ length: v.byteLength / 4 }, (_, i) => v.getInt32(4 * i, true))],
  [DATA_TYPE.int8, (v) => Int8Array.from({ length: v.byteLength }, (_, i) => v.getInt8(i))],
  [DATA_TYPE.uint8, (v) => Uint8Array.from({ length: v.byteLength }, (_, i) => v.getUint8(i))],
  [DATA_TYPE.int64, (v) => BigInt64Array.from({ length: v.byteLength / 8 }, (_, i) => v.getBigInt64(8 * i, true))],
];

function readValue(value: Message): GraphValue {
  const [type] = messages(value, VALUE.type);
  const [tensor] = messages(type, TYPE.tensorType);
  const [shape] = messages(tensor, TENSOR_TYPE.shape);
  return {
    name: texts(value, VALUE.name)[0],
    shape: messages(shape, SHAPE.dim).map(
      (size): Dimension => texts(size, DIMENSION.param)[0] ?? number(size, DIMENSION.value),
    ),
  };
}
