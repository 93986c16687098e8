/** From arguments to an exit code: finds the command, parses its options, turns what goes wrong into one line. */
import { parseArgs } from 'node:util';
import { isRecordError } from '#shared/errors.ts';
import { type Command, EXIT, type ExitCode, type OptionTable, type OptionValues, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, overview } from './help.ts';
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
  if (values.help) return show(commandHelp(name, command));
  return command.run({ values: values as OptionValues<OptionTable>, positionals });
}

function parse(options: OptionTable, args: readonly string[]) {
  try {
    return parseArgs({ args: joinNegative(options, args), options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\n|\. /)[0].replace(/\.$/, ''));
  }
}

/** `--time-zero -5` as `--time-zero=-5`, which is how the parser wants a value that looks like an option. */
function joinNegative(options: OptionTable, args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    const takesValue = last?.startsWith('--') && options[last.slice(2)]?.type === 'string';
    if (takesValue && /^-\.?\d/.test(arg)) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

async function load(name: string): Promise<Command> {
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry) return entry.load();
  throw new UsageError(`unknown command '${name}'; there are ${COMMANDS.map((command) => command.name).join(', ')}`);
}

const helpOn = async (name: string | undefined): Promise<string> =>
  name === undefined ? overview() : commandHelp(name, await load(name));

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
