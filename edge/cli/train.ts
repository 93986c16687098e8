/** `firstbreak train …`: the door to the training room. */
import { defineCommand } from './command.ts';
import { forwardTo } from './forward.ts';

const forward = forwardTo('train', 'training/cli.ts');

export const command = defineCommand({
  usage: 'SUBCOMMAND …',
  about:
    'Synthetic shots, labelled data, models: firstbreak train --help lists the subcommands, and firstbreak train SUBCOMMAND --help\n' +
    'says more of one. See docs/synthetic.md.',
  options: {},
  forward,
  run: () => forward([]),
});
