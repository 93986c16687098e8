/** What may be asked of the station: strings and JSON become typed values here, or are refused. */
import { z } from 'zod';
import { PICK_FILES, type PickFormat } from '#shared/report/pick-file.ts';
import type { EditRequest, SnapRequest, UndoRequest } from './api-types.ts';
import type { GatherView } from './gather-bytes.ts';
import { EXPORTS } from './outputs.ts';
import { Refusal } from './refusal.ts';

const trace = z.number().int().min(0);
/** A day; longer records are none. */
const time = z.number().min(-86_400_000).max(86_400_000);
const who = z.string().max(200);
const base = z.number().int().min(0);

const EDIT = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set'), trace, timeMs: time }),
  z.strictObject({ kind: z.enum(['remove', 'restore', 'kill', 'unkill', 'reverse']), trace }),
  z.strictObject({ kind: z.enum(['accept', 'reject', 'clear-decision']) }),
  z.strictObject({ kind: z.literal('note'), text: z.string().max(10_000) }),
]);
const EDITS = z.strictObject({ base, edits: z.array(EDIT).min(1).max(200_000), who });
const UNDO = z.strictObject({ base, who });
const SNAP = z.strictObject({ trace, timeMs: time });

export const editRequest = (json: unknown): EditRequest => checked(EDITS, json) as EditRequest;
export const undoRequest = (json: unknown): UndoRequest => checked(UNDO, json);
export const snapRequest = (json: unknown): SnapRequest => checked(SNAP, json);

const number = z.coerce.number();
const PAGE = z.object({ before: z.string().max(200).optional(), limit: number.int().min(1).max(500).default(100) });
const SHOTS = z.object({ shots: number.int().min(1).max(5000).default(200) });
const EXPORT = z.object({
  format: z.enum(EXPORTS as [PickFormat, ...PickFormat[]]).default('csv'),
  rejected: z.string().optional(),
});
const pixels = number.int().min(1).max(20_000);
const VIEW = z.object({
  full: z.string().optional(),
  width: pixels.default(1366),
  height: pixels.default(768),
  from: number.optional(),
  to: number.optional(),
  first: number.int().min(0).optional(),
  last: number.int().min(0).optional(),
});

type Query = Readonly<Record<string, string>>;

export const pageQuery = (query: Query) => checked(PAGE, query);
export const shotsQuery = (query: Query): number => checked(SHOTS, query).shots;
export function exportQuery(query: Query): { readonly format: PickFormat; readonly rejected: boolean } {
  const { format, rejected } = checked(EXPORT, query);
  if (!PICK_FILES[format].write) throw new Refusal(400, 'bad-request', `${format} is only read`);
  return { format, rejected: rejected === '1' };
}
export function gatherQuery(query: Query): GatherView {
  const { full, width, height, ...window } = checked(VIEW, query);
  return { ...(full !== '1' && { screen: { width, height } }), ...(window as Omit<GatherView, 'screen'>) };
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [{ path, message }] = error.issues;
  throw new Refusal(400, 'bad-request', `${path.join('.') || 'body'}: ${message.replace(/^Invalid input: /, '')}`);
}
