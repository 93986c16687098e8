/**
 * The gradients of a convolution on the WebAssembly backend, composed of kernels it has: the one of the filter is missing
 * there, the one of the input is a plain loop some ten times slower than the convolution it stands for.
 *
 * With y[n, h, w, o] = Σ x[n, h + i, w + j, c] · f[i, j, c, o]:
 *   ∂f is x convolved with ∂y: channels of x take the place of the batch, the batch that of the channels;
 *   ∂x is ∂y convolved with f turned by half a turn, its channels exchanged.
 */
import { type DataId, type KernelBackend, tf } from './tf.ts';

interface Info {
  readonly dataId: DataId;
  readonly shape: number[];
  readonly dtype: 'float32';
}
interface Call {
  readonly inputs: Readonly<Record<string, Info>>;
  readonly backend: KernelBackend & { disposeData(id: DataId): void };
  readonly attrs: Readonly<Record<string, unknown>>;
}
type Kernel = (call: Call) => Info;

const kernelOf = (name: string): Kernel => tf.getKernel(name, 'wasm').kernelFunc as unknown as Kernel;

interface Geometry {
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly padInfo: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}

const geometryOf = (input: number[], filter: number[], attrs: Call['attrs']): Geometry =>
  tf.backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    attrs.strides as number,
    1,
    attrs.pad as 'same',
    attrs.dimRoundingMode as 'floor',
  );

function filterGradient({ inputs: { x, dy }, backend, attrs }: Call): Info {
  const run = (name: string, inputs: Call['inputs'], more: Call['attrs']) =>
    kernelOf(name)({ inputs, backend, attrs: more });
  const filterShape = attrs.filterShape as number[];
  const { padInfo: pad, strideHeight, strideWidth } = geometryOf(x.shape, filterShape, attrs);
  if (strideHeight !== 1 || strideWidth !== 1)
    throw new Error(`gradient of a convolution on wasm: expected strides of 1, found ${strideHeight} × ${strideWidth}`);
  const images = run('Transpose', { x }, { perm: [3, 1, 2, 0] }); // [c, h, w, n]
  const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] }); // [h, w, n, o]
  const sums = run(
    'Conv2D',
    { x: images, filter },
    {
      strides: 1,
      pad: [
        [0, 0],
        [pad.top, pad.bottom],
        [pad.left, pad.right],
        [0, 0],
      ],
      dataFormat: 'NHWC',
      dilations: 1,
    },
  ); // [c, i, j, o]
  const df = run('Transpose', { x: sums }, { perm: [1, 2, 0, 3] }); // [i, j, c, o]
  for (const { dataId } of [images, filter, sums]) backend.disposeData(dataId);
  return df;
}

function inputGradient({ inputs: { dy, filter }, backend, attrs }: Call, stock: Kernel): Info {
  const run = (name: string, inputs: Call['inputs'], more: Call['attrs']) =>
    kernelOf(name)({ inputs, backend, attrs: more });
  const [high, wide] = filter.shape;
  const { padInfo: pad, strideHeight, strideWidth } = geometryOf(attrs.inputShape as number[], filter.shape, attrs);
  if (strideHeight !== 1 || strideWidth !== 1) return stock({ inputs: { dy, filter }, backend, attrs });
  const halfTurn = run('Reverse', { x: filter }, { dims: [0, 1] });
  const exchanged = run('Transpose', { x: halfTurn }, { perm: [0, 1, 3, 2] });
  backend.disposeData(halfTurn.dataId);
  const dx = run(
    'Conv2D',
    { x: dy, filter: exchanged },
    {
      strides: 1,
      pad: [
        [0, 0],
        [high - 1 - pad.top, high - 1 - pad.bottom],
        [wide - 1 - pad.left, wide - 1 - pad.right],
        [0, 0],
      ],
      dataFormat: 'NHWC',
      dilations: 1,
    },
  );
  backend.disposeData(exchanged.dataId);
  return dx;
}

/** Once the backend is up; before it, there is nothing to replace. */
export function registerWasmGradients(): void {
  const register = (kernelName: string, kernelFunc: Kernel) =>
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernelFunc as never });
  const stock = kernelOf('Conv2DBackpropInput');
  tf.unregisterKernel('Conv2DBackpropInput', 'wasm');
  register('Conv2DBackpropInput', (call) => inputGradient(call, stock));
  register('Conv2DBackpropFilter', filterGradient);
}
