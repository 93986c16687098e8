/** What a subcommand of `firstbreak train` is: words for the help, a table of options, and a function that returns the exit code. */
import { parseArgs } from 'node:util';

export const EXIT = { fine: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Option {
  readonly type: 'string' | 'boolean';
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What the value is, for the help: `FILE`, `N`. */
  readonly value?: string;
  readonly help: string;
}
export type OptionTable = Readonly<Record<string, Option>>;
type ValueOf<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O['multiple'] extends true
    ? readonly string[]
    : string;
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };

export interface Command<T extends OptionTable = OptionTable> {
  /** One line for the list of subcommands. */
  readonly summary: string;
  /** Arguments after the subcommand's name. */
  readonly usage: string;
  /** Lines under the usage. */
  readonly about: string;
  readonly options: T;
  run(input: { readonly values: OptionValues<T>; readonly positionals: readonly string[] }): Promise<ExitCode>;
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

/** The command was called in a way that cannot work: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parse(options: OptionTable, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\n|\. /)[0].replace(/\.$/, ''));
  }
}

/** The number an option was given, if it was. @throws UsageError */
export function numberOption(
  name: string,
  text: string | undefined,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    const limits = [
      ...(min > Number.NEGATIVE_INFINITY ? [`from ${min}`] : []),
      ...(max < Number.POSITIVE_INFINITY ? [`to ${max}`] : []),
    ];
    throw new UsageError(
      `--${name}: expected a ${[whole ? 'whole number' : 'number', ...limits].join(' ')}, found '${text}'`,
    );
  }
  return value;
}

/** One of the words of a table. @throws UsageError */
export function choiceOption<K extends string>(name: string, text: string, choices: readonly K[]): K {
  if ((choices as readonly string[]).includes(text)) return text as K;
  throw new UsageError(`--${name}: expected ${choices.join(', ')}, found '${text}'`);
}

export function helpOf(name: string, { usage, about, options }: Command): string {
  const rows = Object.entries(options).map(([option, { value, help }]) => [
    `--${option}${value ? ` ${value}` : ''}`,
    help,
  ]);
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 3;
  return [
    `usage: firstbreak train ${name} ${usage}`,
    '',
    about,
    ...(rows.length > 0 ? ['', ...rows.map(([left, help]) => `  ${left.padEnd(width)}${help}`)] : []),
    '',
  ].join('\n');
}
