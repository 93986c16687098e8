/** One writer, one reader, a piece at a time: several objects are written in one pass, and none of them runs ahead. */
export interface Pipe extends AsyncIterable<Uint8Array> {
  /** Resolves when the piece has been taken. @throws what the reader ended with, where it ended early */
  push(piece: Uint8Array): Promise<void>;
  end(): void;
  /** The reader gets the error in place of a piece. */
  fail(error: unknown): void;
}

export function pipe(): Pipe {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // told to the reader, and by push
  return {
    push: (piece) => writer.write(piece),
    end: () => void writer.close().catch(() => {}),
    fail: (error) => void writer.abort(error).catch(() => {}),
    [Symbol.asyncIterator]: () => readable[Symbol.asyncIterator](),
  };
}
