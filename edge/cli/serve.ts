/** `firstbreak serve …`: the door to the cloud's rooms, run on this machine. */
import { defineCommand } from './command.ts';
import { forwardTo } from './forward.ts';

/**
 * With an arena of the allocator for each thread, and a bound for large pieces that rises with them, glibc keeps what threads have let
 * go of, and a server grows for hours (mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD). Elsewhere the names mean nothing.
 */
const GIVES_BACK = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

const forward = forwardTo('serve', 'functions/serve.ts', GIVES_BACK);

export const command = defineCommand({
  usage: '[--store DIR|s3://…] [--inbox DIR] [--port N] …',
  about:
    'The HTTP API on this machine, over a directory or a bucket; files that arrive in the inbox are picked, once each.\n' +
    'firstbreak serve --help lists the options, firstbreak serve keys --help those of its API keys. See docs/cloud.md.',
  options: {},
  forward,
  run: () => forward([]),
});
