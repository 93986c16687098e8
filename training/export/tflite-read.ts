/** The bytes of a TFLite model as plain tables again: the inverse of `tfliteBytes`, for what it writes. */
import * as flatbuffers from 'flatbuffers';
import { RecordError } from '#shared/errors.ts';
import type { TfliteModel, TfliteOperator, TfliteOptions, TfliteTensor } from './tflite-model.ts';
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

/** @throws RecordError `malformed` or `unsupported` */
export function readTflite(bytes: Uint8Array, file: string): TfliteModel {
  const found = bytes.length < 8 ? '' : String.fromCharCode(...bytes.subarray(4, 8));
  if (found !== IDENTIFIER)
    throw new RecordError('malformed', file, `expected a TFLite model (${IDENTIFIER}), found ${JSON.stringify(found)}`);
  try {
    return read(bytes, file);
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    throw new RecordError('malformed', file, `expected whole tables, found ${(cause as Error).message}`, { cause });
  }
}

function read(bytes: Uint8Array, file: string): TfliteModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const b = new flatbuffers.ByteBuffer(bytes);
  /** Where a field of a table lies; 0 where it is left out. */
  const field = (table: number, place: number): number => {
    const offset = b.__offset(table, 4 + 2 * place);
    return offset && table + offset;
  };
  const byte = (table: number, place: number) => (field(table, place) ? view.getInt8(field(table, place)) : 0);
  const whole = (table: number, place: number, otherwise = 0) =>
    field(table, place) ? view.getInt32(field(table, place), true) : otherwise;
  const inner = (table: number, place: number) => {
    const at = field(table, place);
    return at && b.__indirect(at);
  };
  const text = (table: number, place: number) => {
    const at = field(table, place);
    return at ? String(b.__string(at)) : '';
  };
  const vector = <T>(table: number, place: number, width: number, get: (at: number) => T): T[] => {
    const at = field(table, place);
    if (!at) return [];
    const from = b.__vector(at);
    const count = b.__vector_len(at);
    if (from + count * width > bytes.length)
      throw new RecordError('truncated', file, `expected ${from + count * width} bytes, found ${bytes.length}`);
    return Array.from({ length: count }, (_, i) => get(from + i * width));
  };
  const wholes = (table: number, place: number) => vector(table, place, 4, (at) => view.getInt32(at, true));
  const tables = (table: number, place: number) => vector(table, place, 4, (at) => b.__indirect(at));

  const model = b.__indirect(0);
  const version = whole(model, MODEL.version);
  if (version !== VERSION) throw new RecordError('unsupported', file, `expected schema ${VERSION}, found ${version}`);
  const codes = tables(model, MODEL.operatorCodes).map((code) => {
    const number = whole(code, OPERATOR_CODE.code);
    const operator = (Object.keys(OPERATORS) as OperatorName[]).find((name) => OPERATORS[name].code === number);
    if (!operator) throw new RecordError('unsupported', file, `expected operators that are known, found ${number}`);
    return { operator, version: whole(code, OPERATOR_CODE.version, 1) };
  });
  const buffers = tables(model, MODEL.buffers);
  const [graph] = tables(model, MODEL.subgraphs);
  const tensors = tables(graph, SUBGRAPH.tensors).map((tensor): TfliteTensor => {
    const type = (Object.keys(TENSOR_TYPE) as TensorType[]).find(
      (name) => TENSOR_TYPE[name] === byte(tensor, TENSOR.type),
    )!;
    const buffer = whole(tensor, TENSOR.buffer);
    const raw = (width: number, get: (at: number) => number) => {
      const at = field(buffers[buffer], BUFFER.data);
      const from = b.__vector(at);
      return Array.from({ length: b.__vector_len(at) / width }, (_, i) => get(from + i * width));
    };
    const data = {
      float32: () => Float32Array.from(raw(4, (at) => view.getFloat32(at, true))),
      int32: () => Int32Array.from(raw(4, (at) => view.getInt32(at, true))),
      int8: () => Int8Array.from(raw(1, (at) => view.getInt8(at))),
    };
    const q = inner(tensor, TENSOR.quantisation);
    const scales = q ? vector(q, QUANTISATION.scale, 4, (at) => view.getFloat32(at, true)) : [];
    const signature = wholes(tensor, TENSOR.signature);
    return {
      name: text(tensor, TENSOR.name),
      type,
      shape: wholes(tensor, TENSOR.shape),
      ...(signature.length > 0 && { signature }),
      ...(buffer > 0 && { data: data[type]() }),
      ...(scales.length > 0 && {
        quantisation: {
          scales,
          zeros: vector(q, QUANTISATION.zero, 8, (at) => Number(view.getBigInt64(at, true))),
          axis: whole(q, QUANTISATION.axis),
        },
      }),
    };
  });
  const optionsOf = (operator: number): TfliteOptions | undefined => {
    const type = byte(operator, OPERATOR.optionsType);
    const own = inner(operator, OPERATOR.options);
    const [c, p] = [OPTIONS.convolution, OPTIONS.pool];
    if (type === c.type)
      return {
        of: 'convolution',
        padding: byte(own, c.padding),
        strides: [whole(own, c.strideHigh), whole(own, c.strideWide)],
        activation: byte(own, c.activation),
      };
    if (type === p.type)
      return {
        of: 'pool',
        padding: byte(own, p.padding),
        strides: [whole(own, p.strideHigh), whole(own, p.strideWide)],
        filter: [whole(own, p.filterHigh), whole(own, p.filterWide)],
      };
    if (type === OPTIONS.concatenation.type)
      return { of: 'concatenation', axis: whole(own, OPTIONS.concatenation.axis) };
    if (type === OPTIONS.reducer.type)
      return { of: 'reducer', keepDimensions: byte(own, OPTIONS.reducer.keepDimensions) === 1 };
    return type === OPTIONS.reshape.type ? { of: 'reshape' } : undefined;
  };
  return {
    description: text(model, MODEL.description),
    tensors,
    operators: tables(graph, SUBGRAPH.operators).map((operator): TfliteOperator => {
      const options = optionsOf(operator);
      return {
        ...codes[whole(operator, OPERATOR.code)],
        inputs: wholes(operator, OPERATOR.inputs),
        outputs: wholes(operator, OPERATOR.outputs),
        ...(options && { options }),
      };
    }),
    inputs: wholes(graph, SUBGRAPH.inputs),
    outputs: wholes(graph, SUBGRAPH.outputs),
  };
}
