/**
 * When a shot is worth a warning or fails: all thresholds of the quality control, as presets for kinds of work, and as a project
 * sets them in a file of its own.
 */
import { RecordError } from '../errors.ts';
import type { Limit, LimitValues, ProfileName } from './limit.ts';
import { LINE_LIMITS } from './line/limits.ts';
import { SHOT_LIMITS } from './shot/limits.ts';
import { TRACE_LIMITS } from './trace/limits.ts';

export type { ProfileName } from './limit.ts';

/** Every threshold: unit, value of each preset, and why. Names are the finding's code, a dot, and what is limited. */
export const LIMITS = { ...TRACE_LIMITS, ...SHOT_LIMITS, ...LINE_LIMITS };
export type LimitName = keyof typeof LIMITS;
export type Limits = LimitValues<typeof LIMITS>;

export interface Profile {
  /** Of the preset, or of the file that changes one. */
  readonly name: string;
  readonly limits: Limits;
}

const NAMES = Object.keys(LIMITS) as LimitName[];

const preset = (name: ProfileName): Profile => ({
  name,
  limits: Object.fromEntries(
    NAMES.map((limit) => {
      const { value, in: elsewhere }: Limit = LIMITS[limit];
      return [limit, name === 'refraction' ? value : (elsewhere?.[name] ?? value)];
    }),
  ) as Limits,
});

/** What each preset is for is said in docs/qc.md. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  refraction: preset('refraction'),
  'land-3d': preset('land-3d'),
  obs: preset('obs'),
  'training-set': preset('training-set'),
};

/**
 * `{ "extends": "refraction", "limits": { "dead-traces.warn": "5 %", "spiky-traces.fail": "never" } }`: a preset with some of its
 * thresholds changed. Each is written with the unit it has in the table, so that a number cannot be taken for another.
 * @throws RecordError `malformed`
 */
export function readProfile(text: string, file: string): Profile {
  const { extends: base = 'refraction', limits = {}, ...others } = objectIn(text, file);
  const [other] = Object.keys(others);
  if (other !== undefined) throw malformed(file, `expected "extends" and "limits", found ${JSON.stringify(other)}`);
  if (typeof base !== 'string' || !Object.hasOwn(PROFILES, base))
    throw malformed(file, `expected "extends" to be ${words(Object.keys(PROFILES))}, found ${JSON.stringify(base)}`);
  if (!isObject(limits)) throw malformed(file, `expected "limits" to be an object, found ${JSON.stringify(limits)}`);
  const changed = Object.entries(limits).map(([name, value]) => {
    if (!Object.hasOwn(LIMITS, name))
      throw malformed(file, `expected the name of a limit (docs/qc.md lists them), found ${JSON.stringify(name)}`);
    return [name, limitValue(value, name as LimitName, file)];
  });
  const { limits: usual } = PROFILES[base as ProfileName];
  return { name: file, limits: { ...usual, ...(Object.fromEntries(changed) as Partial<Limits>) } };
}

/** "never" in place of a number: a threshold that nothing exceeds. */
const NEVER = 'never';

/** As `readProfile` reads it. */
export const limitText = (value: number, name: LimitName): string =>
  value === Number.POSITIVE_INFINITY ? NEVER : `${value} ${LIMITS[name].unit}`;

function limitValue(value: unknown, name: LimitName, file: string): number {
  const { unit } = LIMITS[name];
  if (value === NEVER) return Number.POSITIVE_INFINITY;
  const [, number, found] = /^(-?\d+(?:\.\d+)?)\s*(\S+)$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  if (number === undefined || found !== unit)
    throw malformed(file, `expected ${name} as a number with its unit, "… ${unit}", found ${JSON.stringify(value)}`);
  return Number(number);
}

function objectIn(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, `expected a profile in JSON, found ${(cause as Error).message}`);
  }
  if (!isObject(value)) throw malformed(file, `expected an object, found ${JSON.stringify(value)?.slice(0, 40)}`);
  return value;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const words = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ');
const malformed = (file: string, what: string) => new RecordError('malformed', file, what);
