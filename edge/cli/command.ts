/** What a command is to the command line: words for the help, a table of options, and a function that returns the exit code. */
import { ms } from '#shared/units.ts';

export const EXIT = { fine: 0, failed: 1, usage: 2, verdictFail: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What the value is, for the help: `FILE`, `MS`. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly multiple?: true;
}
export type OptionTable = Readonly<Record<string, Option>>;
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]?: ValueOf<T[K]> | undefined;
};

type ValueOf<O extends Option> = O extends { readonly multiple: true }
  ? readonly string[]
  : O['type'] extends 'boolean'
    ? boolean
    : string;

export interface Command<T extends OptionTable = OptionTable> {
  /** Arguments after the command's name. */
  readonly usage: string;
  /** Lines under the usage. */
  readonly about: string;
  readonly options: T;
  /** The arguments go to a program of its own, which has its own options and help; `run` is not called. */
  readonly forward?: (args: readonly string[]) => Promise<ExitCode>;
  run(input: { readonly values: OptionValues<T>; readonly positionals: readonly string[] }): Promise<ExitCode>;
}

/** Keeps the types of the options for `run` and forgets them outside. */
export const defineCommand = <const T extends OptionTable>(command: Command<T>): Command =>
  command as unknown as Command;

/** The command was called in a way that cannot work: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The number an option was given, if it was. @throws UsageError */
export function numberOption(
  name: string,
  text: string | undefined,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit = '', whole = false } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < min || value > max || (whole && !Number.isInteger(value))) {
    const range =
      min === Number.NEGATIVE_INFINITY
        ? ''
        : max === Number.POSITIVE_INFINITY
          ? ` from ${min}`
          : ` from ${min} to ${max}`;
    throw new UsageError(
      `--${name}: expected a ${whole ? 'whole ' : ''}number${unit && ` of ${unit}`}${range}, found '${text}'`,
    );
  }
  return value;
}

/** One of the words of a table. @throws UsageError */
export function choiceOption<K extends string>(name: string, text: string, choices: readonly K[]): K {
  if ((choices as readonly string[]).includes(text)) return text as K;
  throw new UsageError(`--${name}: expected ${choices.join(', ')}, found '${text}'`);
}

/** Options of every command that reads shots, and what they mean to `open`. */
export const READ_OPTIONS = {
  'time-zero': { type: 'string', value: 'MS', help: 'shot instant, ms after the first sample, whatever the file says' },
  'sample-interval': { type: 'string', value: 'MS', help: 'sample interval, whatever the file says' },
  'sample-format': {
    type: 'string',
    value: 'CODE',
    help: 'sample format code of the standard, whatever the file says',
  },
} as const satisfies OptionTable;

export function openOptions(values: OptionValues<typeof READ_OPTIONS>) {
  const timeZero = numberOption('time-zero', values['time-zero'], { unit: 'ms' });
  const sampleInterval = numberOption('sample-interval', values['sample-interval'], { min: 1e-6, unit: 'ms' });
  const sampleFormat = numberOption('sample-format', values['sample-format'], { min: 1, max: 9999 });
  return {
    ...(sampleFormat === undefined ? {} : { sampleFormat }),
    ...(timeZero === undefined ? {} : { timeZero: ms(timeZero) }),
    ...(sampleInterval === undefined ? {} : { sampleInterval: ms(sampleInterval) }),
  };
}
