/** What a subcommand of `firstbreak train` is: words for the help, a table of options, and a function that returns the exit code. */
import { parseArgs } from 'node:util';
import { type Described, type OptionTable, type Parsed, parserOf } from '#shared/options.ts';

export const EXIT = { fine: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Command<T extends OptionTable = OptionTable> extends Described {
  /** One line for the list of subcommands. */
  readonly summary: string;
  readonly options: T;
  run(input: Parsed<T>): Promise<ExitCode>;
}

/** A row in a table of subcommands; each is loaded when it is called for. */
export interface CommandEntry {
  readonly name: string;
  load(): Promise<Command | CommandGroup>;
}

/** A subcommand whose next word names one of its own. */
export interface CommandGroup {
  /** One line for the list of subcommands. */
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

/** Keeps the types of the options for `run` and forgets them outside. */
export const defineCommand = <const T extends OptionTable>(command: Command<T>): Command =>
  command as unknown as Command;

export const parse = parserOf(parseArgs);
