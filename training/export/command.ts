/** `firstbreak train export`: a trained picker as a model folder, checked against the network it came from. */
import { basename, resolve } from 'node:path';
import { choiceOption, UsageError } from '#shared/options.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { defineCommand, EXIT } from '../command.ts';
import { bestCheckpoint } from '../train/checkpoint.ts';
import { FACT_OPTIONS, factsOf } from './facts.ts';
import { changeManifest, exportModel } from './model-folder.ts';

export const command = defineCommand({
  summary: 'a trained picker as a model folder (ONNX)',
  usage: '--from RUN --out MODEL_DIR [--name NAME]',
  about:
    'Takes the checkpoint of RUN that did best in validation, folds batch normalisation into the convolutions, and writes\n' +
    'model.onnx, golden.json, manifest.json and CARD.md, when ONNX Runtime and tfjs give the same scores on synthetic windows.',
  options: {
    from: { type: 'string', value: 'RUN', help: 'folder of the run' },
    out: { type: 'string', value: 'MODEL_DIR', help: 'where the files go' },
    name: { type: 'string', value: 'NAME', help: 'of the model (default: that of MODEL_DIR)' },
    backend: {
      type: 'string',
      value: 'NAME',
      help: `what the model is compared with: ${BACKEND_NAMES.join(', ')} (default wasm)`,
    },
    ...FACT_OPTIONS,
  },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
    const { from, out } = values;
    if (from === undefined || out === undefined) throw new UsageError('expected --from RUN and --out MODEL_DIR');
    const add = factsOf(values);
    const backend = choiceOption('backend', values.backend ?? 'wasm', BACKEND_NAMES);
    const checkpoint = bestCheckpoint(from);
    await startBackend(backend);
    const { manifest, parity } = await exportModel(checkpoint, values.name ?? basename(resolve(out)), out);
    changeManifest(out, add);
    process.stdout.write(
      `${manifest.name}: ${manifest.weights} weights, ${manifest.training.steps} steps; ONNX Runtime and tfjs differ by ` +
        `${parity.largest.toExponential(1)} at most on ${parity.windows} windows of ${parity.traces} traces\n`,
    );
    return EXIT.fine;
  },
});
