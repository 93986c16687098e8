/** `firstbreak train finetune`: the training of the picker from what another run has learnt. */
import { UsageError } from '#shared/options.ts';
import type { Command } from '../command.ts';
import { command as picker } from '../train/command.ts';

export const command: Command = {
  ...picker,
  summary: 'a picker that begins with what another run has learnt, with labels or without',
  usage: '--from RUN --out DIR [--field SITE…] [--freeze down] [--unfreeze-every N] [--rate-decay R]',
  about:
    'RUN is a picker, an autoencoder or a GAN. Arrays move by name and shape, and what moved and what did not is said for each,\n' +
    'and kept in the checkpoint. All else is as in firstbreak train picker, whose --from does the same.',
  async run(input) {
    if (input.values.from === undefined && !input.values.resume)
      throw new UsageError('expected --from RUN, found none');
    return picker.run(input);
  },
};
