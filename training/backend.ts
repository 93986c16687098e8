/**
 * What computes: a graphics card through TensorFlow's C library, the same library on the processor, WebAssembly, or plain
 * JavaScript. The same training runs on each; `auto` takes the first that starts.
 */
import util from 'node:util';
import { tf } from './backend/tf.ts';

export type BackendName = 'gpu' | 'node' | 'webgpu' | 'wasm' | 'cpu';

export interface Backend {
  readonly name: BackendName;
  /** One line: what computes, and what would be faster. */
  readonly about: string;
}

interface Entry {
  readonly name: BackendName;
  readonly about: string;
  readonly install: string;
  start(threads: number): Promise<void>;
}

/** Best first. */
const ENTRIES: readonly Entry[] = [
  {
    name: 'gpu',
    about: 'TensorFlow C library on a CUDA device',
    install: 'npm run setup:gpu (Linux, CUDA 11, cuDNN 8)',
    start: () => startNative('@tensorflow/tfjs-node-gpu', true),
  },
  {
    name: 'node',
    about: 'TensorFlow C library on the processor',
    install: 'npm install --no-save @tensorflow/tfjs-node@4.22.0',
    start: () => startNative('@tensorflow/tfjs-node', false),
  },
  {
    name: 'webgpu',
    about: 'WebGPU (Dawn) in Node',
    install:
      'npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0 (needs a Vulkan, Metal or D3D12 driver)',
    start: startWebgpu,
  },
  {
    name: 'wasm',
    about: 'WebAssembly on the processor',
    install: 'npm ci',
    start: async (threads) => (await import('./backend/wasm.ts')).startWasm(threads),
  },
  { name: 'cpu', about: 'plain JavaScript, for comparison only', install: 'npm ci', start: startCpu },
];

export const BACKEND_NAMES = ENTRIES.map(({ name }) => name);

/**
 * Makes tfjs compute on the named backend. Once a process: tfjs holds its backend globally.
 * @param threads of the wasm backend; the others decide themselves
 * @throws Error saying why the named backend does not start and how to install it
 */
export async function startBackend(choice: BackendName | 'auto', threads = 1): Promise<Backend> {
  tf.enableProdMode();
  const failures: string[] = [];
  for (const entry of ENTRIES) {
    if (choice !== 'auto' && entry.name !== choice) continue;
    try {
      await entry.start(threads);
      const faster = entry.name === 'gpu' ? '' : `; a CUDA card is used after ${ENTRIES[0].install}`;
      return { name: entry.name, about: `${entry.name}: ${entry.about}${faster}` };
    } catch (error) {
      failures.push(`backend ${entry.name}: ${reason(error)}; it comes with ${entry.install}`);
    }
  }
  throw new Error(failures.join('\n'));
}

/** The first line: missing modules come with their whole require stack. */
const reason = (error: unknown) => (error as Error).message.split('\n')[0];

/** Packages that are not installed by default are named at run time, so that nothing asks for their types. */
async function startNative(packageName: string, gpu: boolean): Promise<void> {
  // The binding calls two functions that Node 23 removed.
  const old = util as unknown as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
  await import(packageName);
  await tf.setBackend('tensorflow');
  if (gpu && !(tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice)
    throw new Error('installed, but the library found no CUDA device');
}

async function startWebgpu(): Promise<void> {
  const dawn: string = 'webgpu';
  const { create, globals } = await import(dawn);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { ...globalThis.navigator, gpu: create([]) },
    configurable: true,
  });
  if (!(await navigator.gpu.requestAdapter())) throw new Error('no WebGPU adapter: no driver was found');
  const backend: string = '@tensorflow/tfjs-backend-webgpu';
  await import(backend);
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs could not start WebGPU');
}

async function startCpu(): Promise<void> {
  await tf.setBackend('cpu');
}
