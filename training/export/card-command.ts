/** `firstbreak train card`: adds to what a model folder says of its model, and checks that the folder is whole. */
import { join } from 'node:path';
import { checkGolden, GOLDEN_TOLERANCE, readGolden } from '#shared/model/golden.ts';
import { UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from '../command.ts';
import { textOf } from '../files.ts';
import { FACT_OPTIONS, factsOf } from './facts.ts';
import { changeManifest } from './model-folder.ts';
import { openFolder } from './open-folder.ts';

export const command = defineCommand({
  summary: 'notes on a model, in its manifest and card',
  usage: 'MODEL_DIR [--machine TEXT] [--hours H] [--limits FILE] [--accuracy FILE]',
  about:
    'Writes manifest.json and CARD.md of a model folder anew, with what is given here, after the model has been run on its\n' +
    'golden gathers and gave the scores it was exported with.',
  options: FACT_OPTIONS,
  async run({ values, positionals }) {
    if (positionals.length !== 1) throw new UsageError(`expected one MODEL_DIR, found ${positionals.length}`);
    const [folder] = positionals;
    const add = factsOf(values);
    const { runtime } = await openFolder(folder);
    const path = join(folder, 'golden.json');
    const largest = await checkGolden(readGolden(textOf(path), path), runtime, path);
    await runtime.close();
    if (!(largest <= GOLDEN_TOLERANCE))
      throw new Error(`${folder}: expected the scores of golden.json within ${GOLDEN_TOLERANCE}, found ${largest}`);
    const { name } = changeManifest(folder, add);
    process.stdout.write(
      `${name}: golden scores agree to ${largest.toExponential(1)}; manifest.json and CARD.md written\n`,
    );
    return EXIT.fine;
  },
});
