/** Help texts, made from the tables of commands and options. */
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

const column = (text: string, width: number) => text.padEnd(width);

export async function overview(): Promise<string> {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 3;
  return [
    'firstbreak: first breaks of seismic shots',
    '',
    'usage: firstbreak COMMAND …',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${column(name, width)}${summary}`),
    '',
    'firstbreak COMMAND --help says more. firstbreak --version prints the version.',
    'Exit codes: 0 fine, 1 something failed, 2 wrong usage, 3 a shot failed its quality control.',
    '',
  ].join('\n');
}

export function commandHelp(name: string, { usage, about, options }: Command): string {
  const rows = Object.entries(options).map(([option, { value, short, help }]) => ({
    left: `--${option}${value ? ` ${value}` : ''}${short ? `, -${short}` : ''}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length), 0) + 3;
  return [
    `usage: firstbreak ${name} ${usage}`,
    '',
    about,
    ...(rows.length > 0 ? ['', ...rows.map(({ left, help }) => `  ${column(left, width)}${help}`)] : []),
    '',
  ].join('\n');
}
