/** What `firstbreak --help` prints, made from the table of commands. */
import { COMMANDS } from './commands.ts';

export async function overview(): Promise<string> {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 3;
  return [
    'firstbreak: first breaks of seismic shots',
    '',
    'usage: firstbreak COMMAND …',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'firstbreak COMMAND --help says more. firstbreak --version prints the version.',
    'Exit codes: 0 fine, 1 something failed, 2 wrong usage, 3 a shot failed its quality control.',
    '',
  ].join('\n');
}
