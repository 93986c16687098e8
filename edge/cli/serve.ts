/** `firstbreak serve …`: the door to the cloud's rooms, run on this machine. */
import { defineCommand } from './command.ts';
import { forwardTo } from './forward.ts';

/**
 * With an arena of the allocator for each thread, glibc keeps what threads have let go of, and a server grows for hours (mallopt(3),
 * M_ARENA_MAX). Elsewhere the name means nothing.
 */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

const forward = forwardTo('serve', 'functions/serve.ts', FEW_ARENAS);

export const command = defineCommand({
  usage: '[--store DIR|s3://…] [--inbox DIR] [--port N] …',
  about:
    'The HTTP API on this machine, over a directory or a bucket; files that arrive in the inbox are picked, once each.\n' +
    'firstbreak serve --help lists the options, firstbreak serve keys --help those of its API keys. See docs/cloud.md.',
  options: {},
  forward,
  run: () => forward([]),
});
