/** What a subcommand of `firstbreak models` is: words for the help, a table of options, and a function that returns the exit code. */
import { parseArgs } from 'node:util';
import type { Registry } from '#shared/model/registry.ts';
import {
  type Described,
  type OptionTable,
  type OptionValues,
  type Parsed,
  parserOf,
  UsageError,
} from '#shared/options.ts';
import { openRegistry } from './open.ts';

/** `refused`: all went well, and the verdict is no, as with `firstbreak qc`. */
export const EXIT = { fine: 0, failed: 1, usage: 2, refused: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Subcommand<T extends OptionTable = OptionTable> extends Described {
  /** One line for the list. */
  readonly summary: string;
  readonly options: T;
  run(input: Parsed<T>): Promise<ExitCode>;
}

/** Keeps the types of the options for `run` and forgets them outside. */
export const defineSubcommand = <const T extends OptionTable>(command: Subcommand<T>): Subcommand =>
  command as unknown as Subcommand;

export const parse = parserOf(parseArgs);

export const REGISTRY_OPTIONS = {
  registry: {
    type: 'string',
    value: 'PLACE',
    help: 'a directory, s3://BUCKET, or https://HOST to read from (default: FIRSTBREAK_REGISTRY)',
  },
  trust: {
    type: 'string',
    multiple: true,
    value: 'KEY.pub.pem',
    help: 'whose signature counts (default: FIRSTBREAK_TRUST, files between commas)',
  },
} as const satisfies OptionTable;

/** @throws UsageError */
export function registryOf(values: OptionValues<typeof REGISTRY_OPTIONS>): Promise<Registry> {
  const place = values.registry ?? process.env.FIRSTBREAK_REGISTRY;
  if (!place) throw new UsageError('expected --registry PLACE, found none');
  return openRegistry(place, trustOf(values));
}

export const trustOf = ({ trust }: OptionValues<typeof REGISTRY_OPTIONS>): readonly string[] =>
  trust ?? (process.env.FIRSTBREAK_TRUST ?? '').split(',').filter((file) => file !== '');

/** For the history of aliases. */
export const WHO_OPTION = {
  by: { type: 'string', value: 'NAME', help: 'who, for the history (default: this user)' },
} as const satisfies OptionTable;

/** @throws UsageError */
export function shareOption(name: string, text: string): number {
  const share = text.trim() === '' ? Number.NaN : Number(text);
  if (!(share > 0 && share <= 1)) throw new UsageError(`--${name}: expected a share above 0, up to 1, found '${text}'`);
  return share;
}
