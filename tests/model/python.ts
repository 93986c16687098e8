/** Programs of Python that may be installed, as second opinions: TFLite's interpreter, and the checker of ONNX. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Runtime } from '#shared/model/runtime.ts';
import { SAMPLES } from '#shared/model/window.ts';

const INTERPRETER = join(import.meta.dirname, 'interpreter.py');

const runs = (...args: string[]) => spawnSync('python3', args, { stdio: 'ignore', timeout: 60_000 }).status === 0;

/** TensorFlow, tflite-runtime or ai-edge-litert. */
export const hasInterpreter = (): boolean => runs(INTERPRETER);
/** Debian's python3-onnx, or that of pip. */
export const hasChecker = (): boolean => runs('-c', 'import onnx');

/** What `onnx.checker` says of a file; nothing when it is whole. */
export function checkedOnnx(file: string): string {
  const program = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)';
  const { status, stderr } = spawnSync('python3', ['-c', program, file], { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? '' : stderr || `python3 ended with ${status}`;
}

/** @param file on disk */
export function nativeTflite(file: string): Runtime {
  const child = spawn('python3', [INTERPRETER, file], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2000);
  });
  const ended = new Promise<never>((_, reject) =>
    child.on('close', () => reject(new Error(errors.trim().split('\n').at(-1) || 'the interpreter has ended'))),
  );
  ended.catch(() => {}); // told to whoever waits
  const reply = async (bytes: number): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for (let got = 0; got < bytes; ) {
      const chunk: Buffer | null = child.stdout.read(Math.min(bytes - got, child.stdout.readableLength) || undefined);
      if (chunk) {
        chunks.push(chunk);
        got += chunk.length;
      } else await Promise.race([new Promise((ready) => child.stdout.once('readable', ready)), ended]);
    }
    return Buffer.concat(chunks);
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    name: 'tflite-native',
    run(features, windows, traces) {
      const answer = last.then(async () => {
        if (child.exitCode !== null || child.stdin.destroyed) throw new Error('the interpreter has ended');
        const head = Buffer.alloc(8);
        head.writeUInt32LE(windows, 0);
        head.writeUInt32LE(traces, 4);
        child.stdin.write(head);
        child.stdin.write(Buffer.from(features.buffer, features.byteOffset, features.byteLength));
        const bytes = new Uint8Array(await reply(4 * windows * traces * (SAMPLES + 1)));
        const scores = new Float32Array(bytes.buffer, 0, bytes.length / 4);
        const onsets = windows * traces * SAMPLES;
        return { onset: scores.slice(0, onsets), none: scores.slice(onsets) };
      });
      last = answer.catch(() => {});
      return answer;
    },
    async close() {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}
