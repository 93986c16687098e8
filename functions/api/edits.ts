/**
 * What people corrected in the field, as stations send it in the evening. Each entry of a station's journal is an object of its
 * own, named by its place in the journal, written where none is: so it may be sent again, in any order, by halves.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { putJson } from '#shared/object-store.ts';
import type { Quota } from '../limits/quota.ts';
import { SYSTEM } from '../store/system.ts';
import type { AppDeps } from './context.ts';
import { Refusal } from './problem.ts';
import { routes } from './routes.ts';
import { usual } from './schemas.ts';

const Word = z.string().regex(/^[\w][\w.-]{0,99}$/, 'expected a word of letters, digits, . _ -');
const Finite = z.number().min(-1e9).max(1e9);

const Edit = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('set'), trace: z.int().min(0), timeMs: Finite }),
    z.strictObject({ kind: z.enum(['remove', 'restore', 'kill', 'unkill', 'reverse']), trace: z.int().min(0) }),
    z.strictObject({ kind: z.enum(['accept', 'reject', 'clear-decision']) }),
    z.strictObject({ kind: z.literal('note'), text: z.string().max(10_000) }),
  ])
  .openapi('Edit');

const Entry = z
  .strictObject({
    id: Word.openapi({ description: 'Of the entry in the journal of the station; never used again' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .openapi({ description: 'Of the shot file' }),
    ffid: z.int().nullable().optional(),
    at: z.iso.datetime(),
    who: z.string().max(200),
    edits: z.array(Edit).min(1).max(100_000),
  })
  .openapi('JournalEntry');

const Journal = z.strictObject({ station: Word, entries: z.array(Entry).min(1).max(1000) }).openapi('Journal');

const Outcome = z.object({ stored: z.int(), known: z.int() }).openapi('JournalOutcome');

const send = createRoute({
  method: 'post',
  path: '/v1/edits',
  tags: ['Edits'],
  summary: 'Takes entries of a station’s journal of corrections',
  request: { body: { required: true, content: { 'application/json': { schema: Journal } } } },
  responses: {
    200: { description: 'How many were new', content: { 'application/json': { schema: Outcome } } },
    ...usual('conflict', 'unsupported-media-type', 'too-large', 'quota-used-up'),
  },
});

/** Entries of a shot file lie together, by the digest of the file. */
export const editKey = (station: string, { sha256, id }: Pick<z.infer<typeof Entry>, 'sha256' | 'id'>) =>
  `${SYSTEM}edits/${sha256}/${station}/${id}.json`;

export function editRoutes(_: AppDeps, quota: Quota) {
  return routes().openapi(send, async (c) => {
    const { station, entries } = c.req.valid('json');
    const store = c.get('store');
    await quota.spend(c.get('caller'), JSON.stringify(entries).length);
    let stored = 0;
    for (const entry of entries) {
      const key = editKey(station, entry);
      const { written } = await putJson(store, key, entry, 'absent');
      if (written) stored++;
      else if (new TextDecoder().decode(await store.get(key)) !== `${JSON.stringify(entry)}\n`)
        throw new Refusal('conflict', `expected entry ${entry.id} of ${station} as it was sent before, found another`);
    }
    return c.json({ stored, known: entries.length - stored }, 200);
  });
}
