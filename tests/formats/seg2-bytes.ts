/** Makes SEG-2 files byte by byte, apart from the product's writer, in all the ways recorders differ. */

export interface TraceBytes {
  readonly strings?: readonly string[];
  readonly code?: number;
  readonly samples?: number;
  readonly data: Uint8Array;
  /** Size of the data block as declared. */
  readonly dataBytes?: number;
  readonly id?: number;
}

export interface FileBytes {
  readonly order?: 'little' | 'big';
  readonly strings?: readonly string[];
  readonly traces: readonly TraceBytes[];
  readonly terminator?: readonly number[];
  readonly lineEnd?: readonly number[];
  /** Order in which the traces lie in the file; pointers stay in the order of `traces`. */
  readonly layout?: readonly number[];
  /** Bytes of the pointer sub-block; at least 4 a trace. */
  readonly pointerBytes?: number;
  readonly declaredTraces?: number;
}

export function seg2Bytes({
  order = 'little',
  strings = [],
  traces,
  terminator = [0],
  lineEnd = [0x0a],
  layout = traces.map((_, i) => i),
  pointerBytes = 4 * traces.length,
  declaredTraces = traces.length,
}: FileBytes): Uint8Array {
  const little = order === 'little';
  const u16 = (value: number) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
  const u32 = (value: number) => {
    const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
    return little ? bytes : bytes.reverse();
  };
  const stringBlock = (texts: readonly string[]) => {
    const block = texts.flatMap((text) => {
      const entry = [...new TextEncoder().encode(text), ...terminator];
      return [...u16(entry.length + 2), ...entry];
    });
    block.push(0, 0);
    while (block.length % 4) block.push(0);
    return block;
  };
  const filler = (count: number) => new Array<number>(count).fill(0);
  const bytes: number[] = [
    ...u16(0x3a55),
    ...u16(1),
    ...u16(pointerBytes),
    ...u16(declaredTraces),
    terminator.length,
    ...[...terminator, 0, 0].slice(0, 2),
    lineEnd.length,
    ...[...lineEnd, 0, 0].slice(0, 2),
    ...filler(18),
  ];
  bytes.push(...filler(pointerBytes), ...stringBlock(strings));
  for (const i of layout) {
    const { strings: own = [], code = 4, data, samples = 0, dataBytes = data.length, id = 0x4422 } = traces[i];
    const block = stringBlock(own);
    bytes.splice(32 + 4 * i, 4, ...u32(bytes.length));
    bytes.push(
      ...u16(id),
      ...u16(32 + block.length),
      ...u32(dataBytes),
      ...u32(samples),
      code,
      ...filler(19),
      ...block,
    );
    for (const byte of data) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Float32 samples of one trace. */
export function floats(
  values: readonly number[],
  order: 'little' | 'big' = 'little',
): { data: Uint8Array; samples: number } {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, order === 'little');
  return { data: new Uint8Array(view.buffer), samples: values.length };
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
