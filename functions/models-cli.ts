/** `firstbreak models …`: finds the subcommand, parses its options, turns what goes wrong into one line and an exit code. */

import { helpOf, UsageError } from '#shared/options.ts';
import { SUBCOMMANDS } from './registry/commands.ts';
import { EXIT, type ExitCode, parse } from './registry/program.ts';

export async function main(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(overview());
    return name === undefined ? EXIT.usage : EXIT.fine;
  }
  try {
    const command = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (!command)
      throw new UsageError(`unknown subcommand '${name}'; there are ${Object.keys(SUBCOMMANDS).join(', ')}`);
    const { values, positionals } = parse({ ...command.options, help: { type: 'boolean', help: 'show this' } }, rest);
    if (values.help === true) {
      process.stdout.write(helpOf(`firstbreak models ${name}`, command));
      return EXIT.fine;
    }
    return await command.run({ values, positionals });
  } catch (error) {
    const { message, stack } = error as Error;
    if (error instanceof UsageError) {
      process.stderr.write(
        `firstbreak models: ${message} (see firstbreak models ${Object.hasOwn(SUBCOMMANDS, name) ? `${name} ` : ''}--help)\n`,
      );
      return EXIT.usage;
    }
    process.stderr.write(`firstbreak models: ${message}\n${process.env.DEBUG ? `${stack}\n` : ''}`);
    return EXIT.failed;
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(SUBCOMMANDS).map((name) => name.length)) + 3;
  return [
    'usage: firstbreak models SUBCOMMAND …',
    '',
    ...Object.entries(SUBCOMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`),
    '',
    'firstbreak models SUBCOMMAND --help says more.',
    '',
  ].join('\n');
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
