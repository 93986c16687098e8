/**
 * TFLite by the letter and without hurry: every operator that the exporter writes, in plain loops over real numbers, integers
 * read by their scale and rounded again. A second opinion where no TFLite runtime is installed.
 */
import { RecordError } from '#shared/errors.ts';
import type { Runtime } from '#shared/model/runtime.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import type { TfliteModel, TfliteOperator, TfliteTensor } from '../../training/export/tflite-model.ts';
import { readTflite } from '../../training/export/tflite-read.ts';
import { ACTIVATION, PADDING } from '../../training/export/tflite-schema.ts';

interface Value {
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

export function tfliteRuntime(bytes: Uint8Array, file = 'model.tflite'): Runtime {
  const model = readTflite(bytes, file);
  return {
    name: 'by the letter',
    async run(features, windows, traces) {
      const row = traces * SAMPLES * CHANNELS.length;
      const parts = Array.from({ length: windows }, (_, w) =>
        runTflite(model, features.subarray(w * row, (w + 1) * row), [1, traces, SAMPLES, CHANNELS.length]),
      );
      const joined = (name: string) => Float32Array.from(parts.flatMap((part) => [...part.get(name)!.values]));
      return { onset: joined('onset'), none: joined('none') };
    },
    close: async () => {},
  };
}

/** The outputs by name, with their shapes as this input makes them. */
export function runTflite(
  { tensors, operators, inputs, outputs }: TfliteModel,
  given: Float32Array,
  shape: readonly number[],
): ReadonlyMap<string, Value> {
  const values = new Map<number, Value>();
  const put = (at: number, real: Float64Array, dims: readonly number[]) => {
    const { name, shape: declared, signature = declared } = tensors[at];
    if (
      dims.length !== declared.length ||
      dims.some((size, axis) => signature[axis] !== -1 && signature[axis] !== size)
    )
      throw new RecordError('malformed', name, `expected a shape ${signature}, found ${dims}`);
    values.set(at, { values: asStored(tensors[at], real), shape: dims });
  };
  tensors.forEach((tensor, at) => {
    if (tensor.data) put(at, real(tensor), tensor.shape);
  });
  put(inputs[0], Float64Array.from(given), shape);
  for (const each of operators) {
    const [x, ...others] = each.inputs.map((at) => values.get(at)!);
    const made = operate(each, x, others, tensors[each.outputs[0]]);
    put(each.outputs[0], made.values, made.shape);
  }
  return new Map(outputs.map((at) => [tensors[at].name, values.get(at)!]));
}

/** Along an axis there is a scale for each entry; else one for all. */
function real({ data, shape, quantisation }: TfliteTensor): Float64Array {
  const inner = sizeOf(shape.slice((quantisation?.axis ?? 0) + 1));
  return Float64Array.from(data!, (value, i) => {
    if (!quantisation) return Number(value);
    const { scales, zeros } = quantisation;
    const entry = scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length;
    return (Number(value) - zeros[entry]) * scales[entry];
  });
}

function asStored({ type, quantisation, data }: TfliteTensor, values: Float64Array): Float64Array {
  if (type === 'float32') return values.map(Math.fround);
  if (data || type === 'int32' || !quantisation) return values;
  const [scale] = quantisation.scales;
  const [zero] = quantisation.zeros;
  return values.map((x) => (Math.max(-128, Math.min(127, Math.round(x / scale) + zero)) - zero) * scale);
}

function operate({ operator, options }: TfliteOperator, x: Value, others: readonly Value[], to: TfliteTensor): Value {
  const [windows, rows, time, channels] = x.shape;
  switch (operator) {
    case 'quantise':
    case 'dequantise':
      return x;
    case 'reshape': {
      const asked = [...others[0].values];
      const known = sizeOf(asked.filter((size) => size > 0));
      return { values: x.values, shape: asked.map((size) => (size < 0 ? x.values.length / known : size)) };
    }
    case 'concatenation': {
      const axis = options?.of === 'concatenation' ? options.axis : -1;
      const all = [x, ...others];
      const inner = all.map(({ shape }) => sizeOf(shape.slice(axis)));
      const outer = sizeOf(x.shape.slice(0, axis));
      const values: number[] = [];
      for (let o = 0; o < outer; o++)
        all.forEach((part, i) => {
          for (let k = 0; k < inner[i]; k++) values.push(part.values[o * inner[i] + k]);
        });
      const joined = all.reduce((sum, { shape }) => sum + shape[axis], 0);
      return { values: Float64Array.from(values), shape: x.shape.map((size, i) => (i === axis ? joined : size)) };
    }
    case 'maxPool': {
      if (options?.of !== 'pool' || options.padding !== PADDING.valid) throw new Error(`${to.name}: no such pooling`);
      const [high, wide] = options.filter;
      const shape = [windows, rows / high, time / wide, channels];
      const values = new Float64Array(sizeOf(shape)).fill(Number.NEGATIVE_INFINITY);
      x.values.forEach((value, i) => {
        const c = i % channels;
        const k = Math.floor(i / channels) % time;
        const r = Math.floor(i / channels / time); // windows and rows together
        const at = (Math.floor(r / high) * shape[2] + Math.floor(k / wide)) * channels + c;
        values[at] = Math.max(values[at], value);
      });
      return { values, shape };
    }
    case 'mean':
    case 'reduceMax': {
      const values = new Float64Array(windows * rows * channels);
      for (let r = 0; r < windows * rows; r++)
        for (let c = 0; c < channels; c++) {
          const own = Array.from({ length: time }, (_, k) => x.values[(r * time + k) * channels + c]);
          values[r * channels + c] =
            operator === 'mean' ? own.reduce((sum, value) => sum + value, 0) / time : Math.max(...own);
        }
      return { values, shape: [windows, rows, 1, channels] };
    }
    case 'convolution': {
      if (options?.of !== 'convolution' || options.padding !== PADDING.same || `${options.strides}` !== '1,1')
        throw new Error(`${to.name}: no such convolution`);
      return convolved(x, others[0], others[1], options.activation === ACTIVATION.relu);
    }
  }
}

/** Kernel [output, high, wide, input]. */
function convolved({ values: x, shape }: Value, kernel: Value, { values: bias }: Value, relu: boolean): Value {
  const [windows, rows, time, channels] = shape;
  const [outputs, high, wide, inputs] = kernel.shape;
  if (inputs !== channels) throw new Error(`expected ${inputs} channels, found ${channels}`);
  const values = new Float64Array(windows * rows * time * outputs);
  for (let w = 0; w < windows; w++)
    for (let r = 0; r < rows; r++)
      for (let k = 0; k < time; k++)
        for (let o = 0; o < outputs; o++) {
          let sum = bias[o];
          for (let a = 0; a < high; a++)
            for (let b = 0; b < wide; b++) {
              const [row, step] = [r + a - (high >> 1), k + b - (wide >> 1)];
              if (row < 0 || row >= rows || step < 0 || step >= time) continue;
              const from = ((w * rows + row) * time + step) * channels;
              const weights = ((o * high + a) * wide + b) * inputs;
              for (let i = 0; i < inputs; i++) sum += x[from + i] * kernel.values[weights + i];
            }
          values[((w * rows + r) * time + k) * outputs + o] = relu ? Math.max(0, sum) : sum;
        }
  return { values, shape: [windows, rows, time, outputs] };
}
