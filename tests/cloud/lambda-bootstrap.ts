/**
 * What Lambda's Node runtime does, as far as a function can tell: loads the handler that `_HANDLER` names from
 * `LAMBDA_TASK_ROOT`, then asks the Runtime API (2018-06-01) for events and answers them, one at a time: whole, or as a stream.
 */
import { join } from 'node:path';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = '.', _HANDLER = '' } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path: string, body: unknown) => fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body) });
const failure = (error: unknown) => {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
};

type Handler = (event: unknown, context: object) => unknown;
type Streaming = (event: unknown, to: Writable, context: object) => Promise<void>;

/** What the runtime puts into the global scope for handlers that stream. */
const STREAMS = Symbol.for('aws.lambda.runtime.handler.streaming');
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (streaming: Streaming) => Object.assign(streaming, { [STREAMS]: 'response' }),
    HttpResponseStream: {
      from(to: Writable, metadata: object): Writable {
        to.write(`${JSON.stringify(metadata)}\0\0\0\0\0\0\0\0`);
        return to;
      },
    },
  },
});

const [module, name] = _HANDLER.split('.');
let handler: Handler | (Streaming & { readonly [STREAMS]: string });
try {
  handler = (await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${module}.mjs`)).href))[name];
} catch (error) {
  await post('init/error', failure(error));
  process.exit(1);
}
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id')!;
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const event = await next.json();
    if (STREAMS in handler) {
      const to = new PassThrough();
      const sent = fetch(`${api}/invocation/${id}/response`, {
        method: 'POST',
        headers: { 'lambda-runtime-function-response-mode': 'streaming' },
        body: Readable.toWeb(to) as ReadableStream,
        duplex: 'half',
      } as RequestInit);
      await (handler as Streaming)(event, to, context);
      await sent;
      continue;
    }
    const result = await (handler as Handler)(event, context);
    await post(`invocation/${id}/response`, result ?? null);
  } catch (error) {
    await post(`invocation/${id}/error`, failure(error));
  }
}
