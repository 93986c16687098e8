/** What a command is to the command line: words for the help, a table of options, and a function that returns the exit code. */
import { type Described, numberOption, type OptionTable, type OptionValues, type Parsed } from '#shared/options.ts';
import { ms } from '#shared/units.ts';

export const EXIT = { fine: 0, failed: 1, usage: 2, verdictFail: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Command<T extends OptionTable = OptionTable> extends Described {
  readonly options: T;
  /** The arguments go to a program of its own, which has its own options and help; `run` is not called. */
  readonly forward?: (args: readonly string[]) => Promise<ExitCode>;
  run(input: Parsed<T>): Promise<ExitCode>;
}

/** Keeps the types of the options for `run` and forgets them outside. */
export const defineCommand = <const T extends OptionTable>(command: Command<T>): Command =>
  command as unknown as Command;

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
