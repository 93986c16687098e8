/**
 * Names that move from release to release, `stable` and `canary`: what they point to, who moved them, and how a move is undone.
 * Pure: the registry writes them by compare-and-swap.
 */
import { sha256 } from './manifest.ts';
import { isDigest, RegistryError } from './release.ts';

export const ALIAS_SCHEMA = 'firstbreak.alias/1';
export const ALIASES = ['stable', 'canary'] as const;
export type AliasName = (typeof ALIASES)[number];

export type Step =
  | {
      readonly what: 'set';
      readonly release: string;
      readonly share?: number;
      readonly by: string;
      readonly at: string;
    }
  /** Back to what was set before; of the canary: it ends. */
  | { readonly what: 'rollback' | 'end'; readonly by: string; readonly at: string };

export interface Alias {
  readonly schema: typeof ALIAS_SCHEMA;
  readonly name: AliasName;
  /** Digest of the release; null: of none at present. */
  readonly release: string | null;
  /** Of the canary: share of the jobs that it gets, 0–1. */
  readonly share?: number;
  /** Oldest first. */
  readonly history: readonly Step[];
}

/** Steps that are kept. */
const MOST_STEPS = 500;

export const freshAlias = (name: AliasName): Alias => ({ schema: ALIAS_SCHEMA, name, release: null, history: [] });

export interface Mover {
  /** Who, for the history. */
  readonly by: string;
  /** When; ISO 8601. */
  readonly at: string;
}

const withStep = (alias: Alias, step: Step, release: string | null, share?: number): Alias => ({
  schema: ALIAS_SCHEMA,
  name: alias.name,
  release,
  ...(share !== undefined && { share }),
  history: [...alias.history, step].slice(-MOST_STEPS),
});

/** @param share of the canary */
export function setTo(alias: Alias, release: string, { by, at }: Mover, share?: number): Alias {
  if ((alias.name === 'canary') !== (share !== undefined) || (share !== undefined && !(share > 0 && share <= 1)))
    throw new RegistryError(
      'refused',
      alias.name,
      `expected ${alias.name === 'canary' ? 'a share of the jobs above 0, up to 1' : 'no share of the jobs'}, found ${share}`,
    );
  return withStep(alias, { what: 'set', release, ...(share !== undefined && { share }), by, at }, release, share);
}

/** The canary gets no more jobs. */
export const ended = (alias: Alias, { by, at }: Mover): Alias => withStep(alias, { what: 'end', by, at }, null);

/** `stable` goes back to what it was before; rolled back again, to what was before that. @throws RegistryError `nothing-before` */
export function rolledBack(alias: Alias, { by, at }: Mover): Alias {
  if (alias.release === null) throw new RegistryError('nothing-before', alias.name, 'expected a release, found none');
  if (alias.name === 'canary') return withStep(alias, { what: 'rollback', by, at }, null);
  const before = releasesOf(alias.history).at(-2);
  if (before === undefined)
    throw new RegistryError('nothing-before', alias.name, 'expected a release before the present one, found none');
  return withStep(alias, { what: 'rollback', by, at }, before);
}

/** What an alias has pointed to, without what was taken back; the last one is the present one. */
function releasesOf(history: readonly Step[]): readonly string[] {
  const stack: string[] = [];
  for (const step of history)
    if (step.what === 'set') {
      if (stack.at(-1) !== step.release) stack.push(step.release);
    } else stack.pop();
  return stack;
}

/** @throws RegistryError `malformed` */
export function readAlias(value: unknown, name: AliasName, where: string): Alias {
  const found = value as Partial<Alias> | null;
  const good =
    found?.schema === ALIAS_SCHEMA &&
    found.name === name &&
    (found.release === null || isDigest(found.release)) &&
    (found.share === undefined || (found.share > 0 && found.share <= 1)) &&
    Array.isArray(found.history) &&
    found.history.every((step) => ['set', 'rollback', 'end'].includes(step?.what) && typeof step.by === 'string');
  if (!good) throw new RegistryError('malformed', where, `expected ${name} of schema ${ALIAS_SCHEMA}, found another`);
  return found as Alias;
}

/** 0 up to 1, always the same for a job, and evenly spread: the first 32 bits of the SHA-256 of its id. */
export const placeOfJob = async (job: string): Promise<number> =>
  Number.parseInt((await sha256(new TextEncoder().encode(job))).slice(0, 8), 16) / 2 ** 32;

/** The release that picks a job; undefined where there is none at all. */
export async function releaseFor(
  job: string,
  stable: Alias | undefined,
  canary: Alias | undefined,
): Promise<string | undefined> {
  if (canary?.release && (await placeOfJob(job)) < (canary.share ?? 0)) return canary.release;
  return stable?.release ?? undefined;
}
