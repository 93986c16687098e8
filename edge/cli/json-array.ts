/** A JSON array written entry by entry, so that it never stands in memory as a whole. */

export function jsonArray(write: (text: string) => Promise<void>) {
  let count = 0;
  return {
    async add(entry: unknown): Promise<void> {
      await write(`${count++ === 0 ? '[\n' : ',\n'}${JSON.stringify(entry)}`);
    },
    /** An array without entries is `[]`. */
    end: (): Promise<void> => write(count === 0 ? '[]\n' : '\n]\n'),
  };
}
