/** Commands that are programs of other rooms: run as a child, so that nothing here imports them and an installation may leave them out. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EXIT, type ExitCode } from './command.ts';
import { complain } from './output.ts';

const ENDS_WITH_LAUNCHER = new URL('./ends-with-launcher.ts', import.meta.url).href;

/**
 * Runs the program with this Node, this terminal and these arguments; a signal meant for the command reaches it as well, and it does not
 * outlive the command.
 * @param name of the command, for messages
 * @param path from the top of the repository
 * @param env what the program finds in its environment unless it is set already
 */
export function forwardTo(
  name: string,
  path: string,
  env: Readonly<Record<string, string>> = {},
): (args: readonly string[]) => Promise<ExitCode> {
  const program = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return (args) => {
    if (!existsSync(program)) {
      complain(`firstbreak: ${name} is not part of this installation: expected ${program}, found no such file\n`);
      return Promise.resolve(EXIT.failed);
    }
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--import', ENDS_WITH_LAUNCHER, program, ...args], {
        stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
        env: { ...env, ...process.env },
      });
      const stop = () => child.kill();
      process.on('exit', stop);
      child.on('error', reject);
      child.on('close', (code, signal) => {
        process.off('exit', stop);
        resolve((code ?? 128 + constants.signals[signal ?? 'SIGTERM']) as ExitCode);
      });
    });
  };
}
