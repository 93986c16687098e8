/** The WebAssembly backend in Node: where its files lie, its threads, and the gradients it lacks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os, { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import wasm from '@tensorflow/tfjs-backend-wasm';
import { tf } from './tf.ts';
import { registerWasmGradients } from './wasm-gradients.ts';

export async function startWasm(threads: number): Promise<void> {
  const require = createRequire(import.meta.url);
  const dist = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(`${dist}/`);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  const undo = threads > 1 ? allowThreads(threads, join(dist, '..', 'wasm-out'), require) : () => {};
  try {
    await tf.setBackend('wasm');
    await tf.ready();
  } finally {
    undo();
  }
  if (threads > 1) releaseProcess();
  registerWasmGradients();
}

/**
 * Two things stand between Node and the threads of this backend: it names its worker by a blob: URL, which `worker_threads`
 * refuses, and it takes half the cores at most. The first is answered with a file, the second by saying there are twice as
 * many; both only while the backend starts.
 */
function allowThreads(threads: number, folder: string, require: NodeJS.Require): () => void {
  wasm.setThreadsCount(threads);
  const worker = join(mkdtempSync(join(tmpdir(), 'firstbreak-wasm-')), 'worker.cjs');
  const script = join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const { wasmWorkerContents } = require(join(folder, 'tfjs-backend-wasm-threaded-simd.worker.js'));
  // The worker asks for the main script by a URL of its own making.
  const preamble = `URL.createObjectURL = () => ${JSON.stringify(script)}; URL.revokeObjectURL = () => {};`;
  writeFileSync(worker, preamble + wasmWorkerContents.replace(/\n/g, '\\n'));
  process.on('exit', () => rmSync(dirname(worker), { recursive: true, force: true }));

  const { createObjectURL } = URL;
  const { cpus } = os;
  URL.createObjectURL = (blob) =>
    (blob as Blob).type === 'application/javascript' ? worker : createObjectURL.call(URL, blob);
  os.cpus = () => [...cpus(), ...cpus()];
  return () => {
    URL.createObjectURL = createObjectURL;
    os.cpus = cpus;
  };
}

interface ThreadedModule {
  readonly PThread?: { readonly unusedWorkers: readonly Worker[]; readonly runningWorkers: readonly Worker[] };
}

/** A process that has nothing else to do ends: its idle threads do not hold it. */
function releaseProcess(): void {
  const { PThread } = (tf.backend() as unknown as { readonly wasm: ThreadedModule }).wasm;
  for (const worker of [...(PThread?.unusedWorkers ?? []), ...(PThread?.runningWorkers ?? [])]) worker.unref();
}
