/**
 * API keys of a self-hosted server. The file holds digests: keys are random and long, so a plain SHA-256 cannot be searched,
 * and who reads the file can call nobody.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { Refusal } from '../api/problem.ts';
import { type Authenticate, USUAL_LIMITS } from './caller.ts';

const KEY = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  id: z.string().regex(/^[0-9a-f]{12}$/),
  /** SHA-256 of the secret, hexadecimal. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.iso.datetime(),
  /** May move the aliases of models. */
  admin: z.literal(true).optional(),
  expires: z.iso.datetime().optional(),
  limits: z
    .strictObject({
      burst: z.number().positive(),
      perSecond: z.number().positive(),
      bytesPerDay: z.number().positive(),
    })
    .partial()
    .optional(),
});
const FILE = z.strictObject({ schema: z.literal('firstbreak.keys/1'), keys: z.array(KEY) });
export type KeyEntry = z.infer<typeof KEY>;

/** What is wrong with the file of keys, in one line. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/** None where there is no file yet. @throws KeysError */
export function readKeys(path: string): readonly KeyEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new KeysError(`${path}: expected a file of keys, found ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  const parsed = FILE.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data.keys;
  const [{ path: at, message }] = parsed.error.issues;
  throw new KeysError(`${path}: expected a file of keys, found ${at.join('.') || 'something else'}: ${message}`);
}

/** The key, which is told once and kept nowhere. @throws KeysError */
export function addKey(
  path: string,
  name: string,
  { days, admin = false }: { days?: number | undefined; admin?: boolean } = {},
): string {
  const keys = readKeys(path);
  if (!KEY.shape.name.safeParse(name).success)
    throw new KeysError(`expected a name of small letters, digits and -, found '${name}'`);
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const expires = days === undefined ? {} : { expires: new Date(Date.now() + days * 86_400_000).toISOString() };
  const entry = {
    name,
    id,
    digest: digestOf(secret).toString('hex'),
    created: new Date().toISOString(),
    ...expires,
    ...(admin && { admin: true as const }),
  };
  writeKeys(path, [...keys, entry]);
  return `fb_${id}_${secret}`;
}

/** @returns how many keys of that name or id there were @throws KeysError */
export function removeKey(path: string, word: string): number {
  const keys = readKeys(path);
  const kept = keys.filter(({ name, id }) => name !== word && id !== word);
  if (kept.length < keys.length) writeKeys(path, kept);
  return keys.length - kept.length;
}

function writeKeys(path: string, keys: readonly KeyEntry[]): void {
  const beside = `${path}.${process.pid}.part`;
  const file = openSync(beside, 'w', 0o600);
  writeSync(file, `${JSON.stringify({ schema: 'firstbreak.keys/1', keys }, null, 1)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(beside, path);
}

/** A change of the file counts from the next request on. Objects of a key lie under its name. */
export function byKeys(path: string, now: () => number = Date.now): Authenticate {
  let read = { stamp: '', byId: new Map<string, KeyEntry>() };
  const entries = () => {
    const seen = statSync(path, { throwIfNoEntry: false });
    const stamp = seen ? `${seen.ino} ${seen.mtimeMs} ${seen.size}` : 'none';
    if (stamp !== read.stamp) read = { stamp, byId: new Map(readKeys(path).map((entry) => [entry.id, entry])) };
    return read.byId;
  };
  return async (request) => {
    const match = /^Bearer\s+fb_([0-9a-f]{12})_([\w-]{43})$/i.exec(request.headers.get('authorization') ?? '');
    const entry = match ? entries().get(match[1]) : undefined;
    // Compared in any case, so that an unknown id takes as long as a wrong secret.
    const right = timingSafeEqual(digestOf(match?.[2] ?? ''), Buffer.from(entry?.digest ?? '0'.repeat(64), 'hex'));
    const wanted = 'expected Authorization: Bearer with a key of this server';
    if (!match)
      throw new Refusal(
        'unauthorised',
        `${wanted}, found ${request.headers.has('authorization') ? 'something else' : 'none'}`,
      );
    if (!entry || !right) throw new Refusal('unauthorised', `${wanted}, found an unknown one`);
    if (entry.expires !== undefined && Date.parse(entry.expires) <= now())
      throw new Refusal('unauthorised', `${wanted}, found one that expired on ${entry.expires.slice(0, 10)}`);
    return {
      name: entry.name,
      prefix: `${entry.name}/`,
      limits: { ...USUAL_LIMITS, ...present(entry.limits) },
      admin: entry.admin === true,
    };
  };
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const present = (limits: KeyEntry['limits']) =>
  Object.fromEntries(Object.entries(limits ?? {}).filter(([, value]) => value !== undefined));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
