/** `firstbreak models …`: the door to the registry of models. */
import { defineCommand } from './command.ts';
import { forwardTo } from './forward.ts';

const forward = forwardTo('models', 'functions/models-cli.ts');

export const command = defineCommand({
  usage: 'SUBCOMMAND …',
  about:
    'The life of a model: publish, promote, roll back, pull, verify. firstbreak models --help lists the subcommands, and\n' +
    'firstbreak models SUBCOMMAND --help says more of one. See docs/models.md.',
  options: {},
  forward,
  run: () => forward([]),
});
