/**
 * The other side of a Lambda function: its Runtime API (AWS, "Using the Lambda runtime API", version 2018-06-01) with the limits
 * of the real one: 6 MB in and out, a deadline, one event at a time. It runs the bundle as Lambda unpacks it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const MOST_BYTES = 6 * 1024 * 1024;
const BOOTSTRAP = join(import.meta.dirname, 'lambda-bootstrap.ts');

export interface FunctionOptions {
  /** Folder of the unpacked bundle. */
  readonly bundle: string;
  /** `lambda.queue` */
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  /** Path of AWS's own runtime interface client (index.mjs of aws-lambda-ric). @default lambda-bootstrap.ts */
  readonly client?: string | undefined;
}

export interface LambdaFunction {
  /** Resolves to what the handler returned. @throws FunctionError */
  invoke(event: unknown): Promise<unknown>;
  /** From the start of the process to the first request for an event. @throws FunctionError */
  readonly init: Promise<number>;
  /** Standard output and error. */
  readonly log: () => string;
  /** Of the process. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** What Lambda says of a call that did not end as it should. */
export class FunctionError extends Error {
  readonly errorType: string;
  constructor(errorType: string, message: string) {
    super(`${errorType}: ${message}`);
    this.errorType = errorType;
  }
}

interface Invocation {
  readonly id: string;
  readonly body: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: FunctionError) => void;
}

export async function startFunction({
  bundle,
  handler,
  env,
  timeoutMs = 60_000,
  memoryMb = 3008,
  client,
}: FunctionOptions): Promise<LambdaFunction> {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let ask: ((invocation: Invocation) => void) | undefined;
  let log = '';
  let ready!: (ms: number) => void;
  let broken!: (error: FunctionError) => void;
  const init = new Promise<number>((resolve, reject) => {
    ready = resolve;
    broken = reject;
  });
  init.catch(() => {}); // told to every call as well
  let started = 0;
  let failed: FunctionError | undefined;

  const fail = (error: FunctionError) => {
    failed = error;
    broken(error);
    for (const { reject } of [...waiting.splice(0), ...running.values()]) reject(error);
    running.clear();
  };

  const server: Server = createServer(async (request, response) => {
    const [, what, id, how] =
      /^\/2018-06-01\/runtime\/(init\/error|invocation)(?:\/([\w-]+))?(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (what === 'invocation' && id === 'next') {
      ready(performance.now() - started);
      const give = (invocation: Invocation) => {
        running.set(invocation.id, invocation);
        response.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': invocation.id,
          'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:123456789012:function:firstbreak',
        });
        response.end(invocation.body);
      };
      const next = waiting.shift();
      if (next) give(next);
      else ask = give;
      return;
    }
    const body = await bodyOf(request);
    response.writeHead(202).end();
    const invocation = running.get(id ?? '');
    running.delete(id ?? '');
    if (what === 'init/error' || how === 'error') {
      const { errorType, errorMessage, trace } = JSON.parse(body.toString());
      const error = new FunctionError(errorType, errorMessage);
      log += `${errorType}: ${errorMessage}\n${(trace ?? []).join('\n')}\n`;
      if (what === 'init/error') fail(error);
      else invocation?.reject(error);
    } else if (request.headers['lambda-runtime-function-response-mode'] === 'streaming')
      invocation?.resolve(streamed(body));
    else if (body.length > MOST_BYTES)
      invocation?.reject(new FunctionError('Function.ResponseSizeTooLarge', `${body.length} bytes`));
    else invocation?.resolve(JSON.parse(body.toString()));
  });
  // A connection that is closed while the function takes it up again would look like a broken runtime.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  started = performance.now();
  const child: ChildProcess = spawn(
    process.execPath,
    client ? [client, handler] : ['--enable-source-maps', BOOTSTRAP],
    {
      cwd: bundle,
      env: {
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        LAMBDA_TASK_ROOT: bundle,
        _HANDLER: handler,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_LAMBDA_FUNCTION_NAME: 'firstbreak',
        AWS_LAMBDA_FUNCTION_VERSION: '7',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/firstbreak',
        AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[7]0123456789abcdef',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        POWERTOOLS_SERVICE_NAME: 'Queue',
        POWERTOOLS_METRICS_NAMESPACE: 'Firstbreak',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (log += chunk));
  const exited = new Promise<void>((done) => {
    child.on('exit', (code, signal) => {
      fail(new FunctionError('Runtime.ExitError', `exit ${code ?? signal}; ${log.slice(-2000)}`));
      done();
    });
  });

  return {
    init,
    pid: child.pid!,
    log: () => log,
    invoke(event) {
      const body = JSON.stringify(event);
      if (failed) return Promise.reject(failed);
      if (Buffer.byteLength(body) > MOST_BYTES)
        return Promise.reject(new FunctionError('RequestEntityTooLarge', `${Buffer.byteLength(body)} bytes`));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new FunctionError('Sandbox.Timedout', `no answer within ${timeoutMs} ms; ${log.slice(-500)}`));
          child.kill('SIGKILL');
        }, timeoutMs);
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            settle(value);
          };
        const invocation = { id: randomUUID(), body, resolve: settled(resolve), reject: settled(reject) };
        const give = ask;
        ask = undefined;
        if (give) give(invocation);
        else waiting.push(invocation);
      });
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Status and headers as JSON, eight zero bytes, the body. */
function streamed(bytes: Buffer): object {
  const end = bytes.indexOf(Buffer.alloc(8));
  const body = bytes.subarray(end + 8).toString('base64');
  return { ...JSON.parse(bytes.subarray(0, end).toString()), body, isBase64Encoded: true };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
