/** `firstbreak train …`: finds the subcommand, parses its options, turns what goes wrong into one line and an exit code. */
import { isRecordError } from '#shared/errors.ts';
import { helpOf, UsageError } from '#shared/options.ts';
import { type Command, type CommandEntry, type CommandGroup, EXIT, type ExitCode, parse } from './command.ts';

const from = (module: Promise<{ readonly command: Command | CommandGroup }>) => module.then(({ command }) => command);

/** A subcommand is a row here and a file that exports `command`; each is loaded when it is called for. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'synth', load: () => from(import('./synthetic/synth.ts')) },
  { name: 'data', load: () => from(import('./data/describe.ts')) },
  { name: 'pretrain', load: () => from(import('./pretrain/command.ts')) },
  { name: 'dream', load: () => from(import('./dream/command.ts')) },
  { name: 'map', load: () => from(import('./map/command.ts')) },
  { name: 'picker', load: () => from(import('./train/command.ts')) },
  { name: 'finetune', load: () => from(import('./transfer/command.ts')) },
  { name: 'label-curve', load: () => from(import('./label-curve/command.ts')) },
  { name: 'suggest', load: () => from(import('./suggest/command.ts')) },
  { name: 'calibrate', load: () => from(import('./calibrate/command.ts')) },
  { name: 'evaluate', load: () => from(import('./evaluate/command.ts')) },
  { name: 'export', load: () => from(import('./export/command.ts')) },
  { name: 'quantise', load: () => from(import('./quantise/command.ts')) },
  { name: 'card', load: () => from(import('./export/card-command.ts')) },
];

export async function main(args: readonly string[]): Promise<ExitCode> {
  const called: string[] = [];
  try {
    return await call({ summary: '', commands: COMMANDS }, args, called);
  } catch (error) {
    return report(error, called);
  }
}

/** @param called the words that led here; grows on the way */
async function call(command: Command | CommandGroup, args: readonly string[], called: string[]): Promise<ExitCode> {
  const words = called.join(' ');
  if ('commands' in command) {
    const [name, ...rest] = args;
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      (name === undefined ? process.stderr : process.stdout).write(await overview(command, called));
      return name === undefined ? EXIT.usage : EXIT.fine;
    }
    const entry = command.commands.find((one) => one.name === name);
    if (!entry)
      throw new UsageError(
        `unknown subcommand '${name}'; there are ${command.commands.map((one) => one.name).join(', ')}`,
      );
    called.push(name);
    return call(await entry.load(), rest, called);
  }
  const { values, positionals } = parse({ ...command.options, help: { type: 'boolean', help: 'show this' } }, args);
  if (values.help === true) {
    process.stdout.write(helpOf(`firstbreak train ${words}`, command));
    return EXIT.fine;
  }
  return await command.run({ values, positionals });
}

async function overview({ commands }: CommandGroup, called: readonly string[]): Promise<string> {
  const rows = await Promise.all(commands.map(async ({ name, load }) => ({ name, summary: (await load()).summary })));
  const width = Math.max(...rows.map(({ name }) => name.length)) + 3;
  const program = ['firstbreak train', ...called].join(' ');
  return [
    `usage: ${program} SUBCOMMAND …`,
    '',
    ...rows.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    `${program} SUBCOMMAND --help says more.`,
    '',
  ].join('\n');
}

function report(error: unknown, called: readonly string[]): ExitCode {
  const { message } = error as Error;
  if (error instanceof UsageError) {
    const program = ['firstbreak train', ...called].join(' ');
    process.stderr.write(`firstbreak train: ${message} (see ${program} --help)\n`);
    return EXIT.usage;
  }
  const trace = process.env.DEBUG && !isRecordError(error) ? `${(error as Error).stack}\n` : '';
  process.stderr.write(`firstbreak train: ${message}\n${trace}`);
  return EXIT.failed;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
