/** From arguments to an exit code: finds the command, parses its options, turns what goes wrong into one line. */
import { parseArgs } from 'node:util';
import { isRecordError } from '#shared/errors.ts';
import { helpOf, parserOf, UsageError } from '#shared/options.ts';
import { type Command, EXIT, type ExitCode } from './command.ts';
import { COMMANDS } from './commands.ts';
import { overview } from './help.ts';
import { closedPipeIsNoError, complain, print, removeUnfinished } from './output.ts';

export async function main(args: readonly string[]): Promise<ExitCode> {
  closedPipeIsNoError();
  removeUnfinished();
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      complain(await overview());
      return EXIT.usage;
    }
    if (name === '--version' || name === '-v') return await show(`${await version()}\n`);
    if (name === 'help' || name === '--help' || name === '-h') return await show(await helpOn(rest[0]));
    return await run(name, await load(name), rest);
  } catch (error) {
    return report(error, name);
  }
}

async function run(name: string, command: Command, args: readonly string[]): Promise<ExitCode> {
  if (command.forward) return command.forward(args);
  const options = { ...command.options, help: { type: 'boolean', short: 'h', help: 'show this' } } as const;
  const { values, positionals } = parse(options, args);
  if (values.help) return show(helpOf(`firstbreak ${name}`, command));
  return command.run({ values, positionals });
}

const parse = parserOf(parseArgs);

async function load(name: string): Promise<Command> {
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry) return entry.load();
  throw new UsageError(`unknown command '${name}'; there are ${COMMANDS.map((command) => command.name).join(', ')}`);
}

const helpOn = async (name: string | undefined): Promise<string> =>
  name === undefined ? overview() : helpOf(`firstbreak ${name}`, await load(name));

async function version(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}

async function show(text: string): Promise<ExitCode> {
  await print(text);
  return EXIT.fine;
}

function report(error: unknown, name: string | undefined): ExitCode {
  if (error instanceof UsageError) {
    const known = COMMANDS.some((command) => command.name === name);
    complain(`firstbreak: ${error.message} (see firstbreak ${known ? `${name} ` : ''}--help)\n`);
    return EXIT.usage;
  }
  if (isRecordError(error)) complain(`firstbreak: ${error.message}\n`);
  else complain(`firstbreak: ${(error as Error).message ?? error}\n${process.env.DEBUG ? (error as Error).stack : ''}`);
  return EXIT.failed;
}
