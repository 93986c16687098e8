/** The options of a command as a table: their types, the help made of it, and what is wrong with a value in one line. */

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What the value is, for the help: `FILE`, `MS`. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O['multiple'] extends true
    ? readonly string[]
    : string;
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };

/** The command was called in a way that cannot work: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Node's `parseArgs`, handed in: this room knows no platform. */
export type ParseArgs = (config: { args: string[]; options: OptionTable; allowPositionals: true; strict: true }) => {
  readonly values: object;
  readonly positionals: readonly string[];
};

export interface Parsed<T extends OptionTable> {
  readonly values: OptionValues<T>;
  readonly positionals: readonly string[];
}

/** @throws UsageError of the first thing that does not fit the table */
export const parserOf =
  (parseArgs: ParseArgs) =>
  <const T extends OptionTable>(options: T, args: readonly string[]): Parsed<T> => {
    try {
      const { values, positionals } = parseArgs({
        args: joinNegative(options, args),
        options,
        allowPositionals: true,
        strict: true,
      });
      return { values: values as OptionValues<T>, positionals };
    } catch (error) {
      throw new UsageError((error as Error).message.split(/\n|\. /)[0].replace(/\.$/, ''));
    }
  };

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

/** The number an option was given, if it was. @throws UsageError */
export function numberOption(
  name: string,
  text: string | undefined,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit = '', whole = false } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const expected = [
    whole ? 'whole number' : 'number',
    ...(unit ? [`of ${unit}`] : []),
    ...(min > Number.NEGATIVE_INFINITY ? [`from ${min}`] : []),
    ...(max < Number.POSITIVE_INFINITY ? [`to ${max}`] : []),
  ].join(' ');
  throw new UsageError(`--${name}: expected a ${expected}, found '${text}'`);
}

/** One of the words of a table. @throws UsageError */
export function choiceOption<K extends string>(name: string, text: string, choices: readonly K[]): K {
  if ((choices as readonly string[]).includes(text)) return text as K;
  throw new UsageError(`--${name}: expected ${choices.join(', ')}, found '${text}'`);
}

export interface Described {
  /** Arguments after the command's name. */
  readonly usage: string;
  /** Lines under the usage. */
  readonly about: string;
  readonly options: OptionTable;
}

/** What `--help` prints. */
export function helpOf(command: string, { usage, about, options }: Described): string {
  const rows = Object.entries(options).map(([option, { value, short, help }]) => ({
    left: `--${option}${value ? ` ${value}` : ''}${short ? `, -${short}` : ''}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length), 0) + 3;
  return [
    `usage: ${command} ${usage}`,
    '',
    about,
    ...(rows.length > 0 ? ['', ...rows.map(({ left, help }) => `  ${left.padEnd(width)}${help}`)] : []),
    '',
  ].join('\n');
}
