/** `firstbreak serve …`: the door to the cloud's rooms, run on this machine. */
import { defineCommand } from './command.ts';
import { forwardTo } from './forward.ts';

const forward = forwardTo('serve', 'functions/serve.ts');

export const command = defineCommand({
  usage: '[--store DIR|s3://…] [--inbox DIR] [--port N] …',
  about:
    'The HTTP API on this machine, over a directory or a bucket; files that arrive in the inbox are picked, once each.\n' +
    'firstbreak serve --help lists the options, firstbreak serve keys --help those of its API keys. See docs/cloud.md.',
  options: {},
  forward,
  run: () => forward([]),
});
