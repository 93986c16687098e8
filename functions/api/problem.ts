/** What the API refuses, and how it says so: RFC 9457 problem details with a stable code. Codes and statuses are a table. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { isRecordError, type RecordErrorCode } from '#shared/errors.ts';
import { isStoreError } from '#shared/object-store.ts';
import { PickingError } from '../picking/service.ts';

export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  'bad-key': { status: 400, title: 'The object has an impossible key' },
  unauthorised: { status: 401, title: 'A valid key or token is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'Not with this method' },
  'not-acceptable': { status: 406, title: 'There is no such form of the answer' },
  'request-timeout': { status: 408, title: 'The request came too slowly' },
  conflict: { status: 409, title: 'Something else is there already' },
  'idempotency-conflict': { status: 409, title: 'The idempotency key was used for another request' },
  'precondition-failed': { status: 412, title: 'It has changed meanwhile' },
  'precondition-required': { status: 428, title: 'An If-Match header is needed' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'The body comes in a form that is not read' },
  'not-recognised': { status: 415, title: 'Not a shot file' },
  empty: { status: 422, title: 'The file is empty' },
  truncated: { status: 422, title: 'The file is cut short' },
  malformed: { status: 422, title: 'The file contradicts itself' },
  unsupported: { status: 422, title: 'A variant that is not read' },
  'no-sample-interval': { status: 422, title: 'The file has no sample interval' },
  unreadable: { status: 422, title: 'The file cannot be read' },
  'checksum-mismatch': { status: 422, title: 'Other bytes than announced' },
  'too-hard': { status: 422, title: 'The file takes more time or memory than it may' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'quota-used-up': { status: 429, title: 'The quota of the day is used up' },
  internal: { status: 500, title: 'Something went wrong here' },
  busy: { status: 503, title: 'Too busy' },
  'store-unavailable': { status: 503, title: 'The store does not answer' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>> &
  Readonly<Record<RecordErrorCode, { status: number; title: string }>>;
export type ProblemCode = keyof typeof PROBLEMS;

/** Ends a request; `detail` says in one line what was expected and what was found. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }
}

/** What went wrong as a refusal; undefined for what nobody foresaw. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  // Of the framework: JSON that is none, parameters that cannot be decoded.
  if (error instanceof HTTPException && error.status < 500)
    return new Refusal('bad-request', `expected a request as described, found: ${error.message}`);
  if (isRecordError(error)) return new Refusal(error.code, error.message);
  if (error instanceof PickingError) {
    if (error.code === 'busy' || error.code === 'closed')
      return new Refusal('busy', error.message, { 'retry-after': '1' });
    if (error.code === 'aborted') return new Refusal('request-timeout', error.message);
    const found = error.code === 'died' ? 'one that ended the thread it was picked in' : error.message;
    return new Refusal('too-hard', `expected a file that can be picked within time and memory, found ${found}`);
  }
  if (!isStoreError(error)) return undefined;
  if (error.code === 'bad-key') return new Refusal('bad-key', error.message);
  if (error.code === 'missing') return new Refusal('not-found', error.message);
  if (error.code === 'changed') return new Refusal('conflict', error.message);
  return new Refusal('store-unavailable', `expected the store to answer, found it ${error.code}`, {
    'retry-after': '5',
  });
}

export interface ProblemJson {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;
}

export function problem(context: Context, { code, message, headers }: Refusal): Response {
  const { status, title } = PROBLEMS[code];
  const requestId: string = context.get('requestId') ?? '';
  const body: ProblemJson = {
    type: `urn:firstbreak:problem:${code}`,
    title,
    status,
    code,
    detail: message.replaceAll(/\s+/g, ' ').slice(0, 1000),
    requestId,
  };
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer realm="firstbreak"' } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...challenge, ...headers },
  });
}
