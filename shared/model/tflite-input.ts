/**
 * The input of a TFLite file, read and changed in its bytes (flatbuffers, TFLite schema 3): interpreters that cannot resize it get a
 * file that asks for as many traces as there are. Shapes within follow from it, as the exporter leaves them open.
 */

/** Bytes 4–7 of a file of this schema. */
const IDENTIFIER = 'TFL3';

/** Places of fields in their tables, and widths in bytes. */
const MODEL_SUBGRAPHS = 2;
const SUBGRAPH_TENSORS = 0;
const SUBGRAPH_INPUTS = 1;
const TENSOR_SHAPE = 0;
const INT32 = 4;

export interface TfliteInput {
  readonly shape: readonly number[];
  /** Byte at which the shape begins. */
  readonly at: number;
}

/** @throws Error of one line when it is no TFLite file, or a damaged one */
export function tfliteInput(model: Uint8Array): TfliteInput {
  const found = String.fromCharCode(...model.subarray(4, 8));
  if (found !== IDENTIFIER) throw new Error(`a file that begins with ${JSON.stringify(found)}, not ${IDENTIFIER}`);
  try {
    return inputOf(new DataView(model.buffer, model.byteOffset, model.byteLength));
  } catch (cause) {
    throw new Error(`a damaged TFLite file of ${model.length} bytes`, { cause });
  }
}

function inputOf(view: DataView): TfliteInput {
  const whole = (at: number) => view.getInt32(at, true);
  const followed = (at: number) => at + view.getUint32(at, true);
  /** Of a table; the table of its fields lies before or behind it. */
  const field = (table: number, place: number): number => {
    const fields = table - whole(table);
    return table + view.getUint16(fields + 4 + 2 * place, true);
  };
  const vector = (table: number, place: number) => followed(field(table, place));
  const entry = (of: number, i: number) => of + INT32 * (1 + i); // the first word counts

  const graph = followed(entry(vector(followed(0), MODEL_SUBGRAPHS), 0));
  const input = whole(entry(vector(graph, SUBGRAPH_INPUTS), 0));
  const tensor = followed(entry(vector(graph, SUBGRAPH_TENSORS), input));
  const shape = vector(tensor, TENSOR_SHAPE);
  const sizes = Array.from({ length: Math.min(whole(shape), 8) }, (_, axis) => whole(entry(shape, axis)));
  return { shape: sizes, at: entry(shape, 0) };
}

/** A copy that takes windows of so many traces. @param input of that model */
export function withTraces(model: Uint8Array, { at }: TfliteInput, traces: number): Uint8Array {
  const copy = model.slice();
  new DataView(copy.buffer).setInt32(at + INT32, traces, true);
  return copy;
}
