/** A graph as ONNX bytes: IR version 8, operator set 17. Numbers of fields and types are those of onnx.proto3. */
import protobuf from 'protobufjs/minimal.js';
import type { Graph, GraphConstant, GraphNode, GraphValue } from './graph.ts';

const IR_VERSION = 8;
const OPSET = 17;

/** Field numbers by message. */
const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
} as const;
const OPERATOR_SET = { domain: 1, version: 2 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, i: 3, s: 4, ints: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { int: 2, string: 3, ints: 7 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
const DATA_TYPE = { float: 1, int64: 7 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensorType: 1 } as const;
const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;
const SHAPE = { dim: 1 } as const;
const DIMENSION = { value: 1, param: 2 } as const;

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

export function onnxModel(graph: Graph, { producer, version, metadata }: ModelFacts): Uint8Array {
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

function writeGraph(w: Writer, { nodes, constants, inputs, outputs }: Graph): void {
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

/** Raw data is little-endian, whatever the machine. */
function writeTensor(w: Writer, { name, shape, values }: GraphConstant): void {
  const raw = new DataView(new ArrayBuffer(values.byteLength));
  if (values instanceof Float32Array) for (let i = 0; i < values.length; i++) raw.setFloat32(4 * i, values[i], true);
  else for (let i = 0; i < values.length; i++) raw.setBigInt64(8 * i, values[i], true);
  wholes(w, TENSOR.dims, shape);
  whole(w, TENSOR.dataType, values instanceof Float32Array ? DATA_TYPE.float : DATA_TYPE.int64);
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
