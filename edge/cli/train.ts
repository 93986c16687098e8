/** `firstbreak train …`: the door to the training room, which is a program of its own and may be left out of an installation. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineCommand, EXIT, type ExitCode } from './command.ts';
import { complain } from './output.ts';

const PROGRAM = fileURLToPath(new URL('../../training/cli.ts', import.meta.url));

export const command = defineCommand({
  usage: 'SUBCOMMAND …',
  about:
    'Synthetic shots, labelled data, models: firstbreak train --help lists the subcommands, and firstbreak train SUBCOMMAND --help\n' +
    'says more of one. See docs/synthetic.md.',
  options: {},
  forward,
  run: () => forward([]),
});

/** Runs it with this Node, this terminal and these arguments; a signal meant for the command reaches it as well. */
function forward(args: readonly string[]): Promise<ExitCode> {
  if (!existsSync(PROGRAM)) {
    complain(`firstbreak: train is not part of this installation: expected ${PROGRAM}, found no such file\n`);
    return Promise.resolve(EXIT.failed);
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' });
    const stop = () => child.kill();
    process.on('exit', stop);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('exit', stop);
      resolve((code ?? 128 + constants.signals[signal ?? 'SIGTERM']) as ExitCode);
    });
  });
}
