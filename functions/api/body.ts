/** The bytes of a request, as many and as slow as is bearable. */
import { Refusal } from './problem.ts';

export interface BodyLimits {
  readonly most: number;
  /** Between two pieces. @default 10 s */
  readonly idleMs?: number;
  /** From the first to the last. @default 60 s and a second for each MB */
  readonly totalMs?: number;
}

/** As it comes, whatever its content type says. @throws Refusal `too-large`, `request-timeout`, `bad-request` */
export async function* bodyPieces(
  request: Request,
  { most, idleMs = 10_000, totalMs = 60_000 + most / 1000 }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > most) throw tooLarge(most, `${declared}`);
  if (/^multipart\//i.test(request.headers.get('content-type') ?? ''))
    throw new Refusal(
      'unsupported-media-type',
      'expected the bytes of the file alone (curl --data-binary @FILE), found multipart',
    );
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new Refusal(
      'unsupported-media-type',
      `expected no Content-Encoding (a .gz file is read as it is), found ${encoding}`,
    );
  const reader = request.body?.getReader();
  if (!reader) return;
  const end = performance.now() + totalMs;
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), Math.min(idleMs, end - performance.now()));
      if (done) break;
      size += value.length;
      if (size > most) throw tooLarge(most, 'more');
      yield value;
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    if (error instanceof Refusal) throw error;
    throw new Refusal('bad-request', `expected a whole body, found its end after ${size} bytes`);
  }
  if (size < declared) throw new Refusal('bad-request', `expected ${declared} bytes, found ${size}`);
}

export async function bodyBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bodyPieces(request, limits)) {
    pieces.push(piece);
    size += piece.length;
  }
  const bytes = new Uint8Array(size); // of its own, so that it can be handed to a thread
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Reads what is to be a JSON document before anybody parses it, so that no large or slow one gets further.
 * @throws Refusal
 */
export async function withJsonBody(request: Request, limits: BodyLimits): Promise<Request> {
  const { url, method, headers } = request;
  const bytes = await bodyBytes(request, { totalMs: 60_000, ...limits });
  const type = headers.get('content-type') ?? '';
  if (bytes.length > 0 && !/^application\/([\w.-]+\+)?json\b/i.test(type))
    throw new Refusal(
      'unsupported-media-type',
      `expected Content-Type: application/json, found ${type.slice(0, 100) || 'none'}`,
    );
  return new Request(url, { method, headers, body: bytes.length > 0 ? (bytes as Uint8Array<ArrayBuffer>) : null });
}

const tooLarge = (most: number, found: string) =>
  new Refusal('too-large', `expected at most ${most} bytes, found ${found}; larger files go by POST /v1/uploads`, {
    connection: 'close',
  });

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () =>
      reject(new Refusal('request-timeout', 'expected the body to come, found it too slow', { connection: 'close' }));
    timer = setTimeout(refuse, Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
