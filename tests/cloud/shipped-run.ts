/** The weights that ship as the run of a training, so that another one can begin with them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readOnnx } from '../../training/export/onnx-read.ts';
import { emptyParameters } from '../../training/network/parameters.ts';
import { PICKER, pickerLayout } from '../../training/picker.ts';
import { startAdam } from '../../training/train/adamw.ts';
import { LAST, writeCheckpoint } from '../../training/train/checkpoint.ts';
import { SETTINGS } from '../../training/train.ts';

const WEIGHTS = resolve(import.meta.dirname, '../../shared/models/picker-1/model.onnx');

/**
 * Normalisations were folded into the kernels and change nothing here. A batch would be normalised by itself, so what is trained
 * on has to hold them as they are: `--freeze down,up`.
 */
export function writeShippedRun(folder: string): void {
  const { graph } = readOnnx(new Uint8Array(readFileSync(WEIGHTS)), WEIGHTS);
  const constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const { parameters: specs } = pickerLayout(PICKER);
  const parameters = emptyParameters(specs);
  const valuesOf = (name: string) => constants.get(name)!.values as Float32Array;
  for (const { name, shape } of specs) {
    const values = parameters.byName.get(name)!;
    const [, layer, what] = /^(.*)\.(\w+)$/.exec(name)!;
    if (what === 'kernel') values.set(toHwio(valuesOf(name), shape));
    else if (what === 'bias' || what === 'offset') values.set(valuesOf(`${layer}.bias`));
    // So large that what is added to a variance does not show.
    else if (what === 'scale') values.fill(1e3);
    else if (what === 'variance') values.fill(1e6);
  }
  const adam = startAdam(parameters.learnt.length);
  const effort = { hours: 0, backends: [] };
  writeCheckpoint(join(folder, LAST), {
    ...{ settings: SETTINGS, step: 0, parameters, learning: parameters, adam, effort, best: undefined },
  });
}

/** [output, input, high, wide] → [high, wide, input, output] */
function toHwio(kernel: Float32Array, [high, wide, inputs, outputs]: readonly number[]): Float32Array {
  const turned = new Float32Array(kernel.length);
  for (let o = 0, from = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let place = 0; place < high * wide; place++) turned[(place * inputs + i) * outputs + o] = kernel[from++];
  return turned;
}
