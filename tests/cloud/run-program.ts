/** A program of the command line, in this process: its words and its exit code. */
import { vi } from 'vitest';
import type { Run } from '../cli/run.ts';

export type Program = (args: readonly string[]) => Promise<number>;

export async function run(program: Program, ...args: string[]): Promise<Run> {
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  try {
    const code = await program(args);
    const [out, err] = spies.map(({ mock }) => mock.calls.map(([text]) => text).join(''));
    return { code, out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
