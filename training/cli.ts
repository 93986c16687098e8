/** `firstbreak train …`: finds the subcommand, parses its options, turns what goes wrong into one line and an exit code. */
import { isRecordError } from '#shared/errors.ts';
import { type Command, EXIT, type ExitCode, helpOf, parse, UsageError } from './command.ts';

interface CommandEntry {
  readonly name: string;
  load(): Promise<Command>;
}

const from = (module: Promise<{ readonly command: Command }>) => module.then(({ command }) => command);

/** A subcommand is a row here and a file that exports `command`; each is loaded when it is called for. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'synth', load: () => from(import('./synthetic/synth.ts')) },
  { name: 'data', load: () => from(import('./data/describe.ts')) },
  { name: 'picker', load: () => from(import('./train/command.ts')) },
  { name: 'calibrate', load: () => from(import('./calibrate/command.ts')) },
  { name: 'evaluate', load: () => from(import('./evaluate/command.ts')) },
  { name: 'export', load: () => from(import('./export/command.ts')) },
  { name: 'card', load: () => from(import('./export/card-command.ts')) },
];

export async function main(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      (name === undefined ? process.stderr : process.stdout).write(await overview());
      return name === undefined ? EXIT.usage : EXIT.fine;
    }
    const entry = COMMANDS.find((command) => command.name === name);
    if (!entry)
      throw new UsageError(
        `unknown subcommand '${name}'; there are ${COMMANDS.map((command) => command.name).join(', ')}`,
      );
    const command = await entry.load();
    const { values, positionals } = parse({ ...command.options, help: { type: 'boolean', help: 'show this' } }, rest);
    if (values.help === true) {
      process.stdout.write(helpOf(name, command));
      return EXIT.fine;
    }
    return await command.run({ values: values as Parameters<Command['run']>[0]['values'], positionals });
  } catch (error) {
    return report(error, name);
  }
}

async function overview(): Promise<string> {
  const commands = await Promise.all(
    COMMANDS.map(async ({ name, load }) => ({ name, summary: (await load()).summary })),
  );
  const width = Math.max(...commands.map(({ name }) => name.length)) + 3;
  return [
    'usage: firstbreak train SUBCOMMAND …',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'firstbreak train SUBCOMMAND --help says more.',
    '',
  ].join('\n');
}

function report(error: unknown, name: string | undefined): ExitCode {
  const { message } = error as Error;
  if (error instanceof UsageError) {
    const known = COMMANDS.some((command) => command.name === name);
    process.stderr.write(`firstbreak train: ${message} (see firstbreak train ${known ? `${name} ` : ''}--help)\n`);
    return EXIT.usage;
  }
  const trace = process.env.DEBUG && !isRecordError(error) ? `${(error as Error).stack}\n` : '';
  process.stderr.write(`firstbreak train: ${message}\n${trace}`);
  return EXIT.failed;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
