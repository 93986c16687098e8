/**
 * The HTTP API behind API Gateway, which has already checked who calls: IAM (callers share the store) or a JWT (each has a
 * part of it).
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2, Context } from 'aws-lambda';
import { defaultIsContentTypeBinary, handle, streamHandle } from 'hono/aws-lambda';
import type { AppDeps, LogEntry } from '../api/context.ts';
import { Refusal } from '../api/problem.ts';
import { firstbreakApp } from '../app.ts';
import { type Caller, USUAL_LIMITS } from '../auth/caller.ts';
import type { HttpEnv } from '../env.ts';
import { pickHere } from '../picking/here.ts';
import { environment } from './environment.ts';
import type { Here } from './here.ts';
import { sender } from './sender.ts';
import { asOne } from './two-places.ts';

/** Lambda takes 6 MB, and a third of it is lost to base64. */
const MOST_BYTES = 4.5 * 1024 * 1024;

/** What a function may stream is 200 MB. */
const MOST_STREAMED = 190 * 1024 * 1024;

/** Where answers leave the function whole: the gateway waits for 29 s. */
const LISTEN_MS = 15_000;

type Answer = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyResultV2>;

/** Behind API Gateway. What has no type is bytes: as text it would be another body. */
export const httpHandler = (here: Here, folder: string): Answer =>
  handle(appOf(here, folder, { listenMs: LISTEN_MS, mostAnswerBytes: MOST_BYTES }), {
    isContentTypeBinary: (type: string | undefined) => !type || defaultIsContentTypeBinary(type),
  }) as Answer;

/** Behind a URL of the function that streams: answers of up to 200 MB, and events of a job as they come. */
export const streamHandler = (here: Here, folder: string) =>
  streamHandle(appOf(here, folder, { mostAnswerBytes: MOST_STREAMED }));

type App = Parameters<typeof handle>[0];

function appOf(
  { opened, surveys, results, logger, metrics, publish }: Here,
  folder: string,
  how: Pick<AppDeps, 'listenMs' | 'mostAnswerBytes'>,
): App {
  const { CALLERS, TASKS_QUEUE_URL } = environment<Pick<HttpEnv, 'CALLERS' | 'TASKS_QUEUE_URL'>>(
    'CALLERS',
    'TASKS_QUEUE_URL',
  );
  const send = sender(TASKS_QUEUE_URL);
  /** A function has one request at a time. */
  let event: APIGatewayProxyEventV2 | undefined;
  const app = firstbreakApp({
    store: asOne(surveys, results),
    picking: pickHere(opened),
    authenticate: async () => callerOf(event, CALLERS),
    version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? 'unknown',
    mostBytes: MOST_BYTES,
    ...how,
    enqueue: (task) => send([task]),
    log: ({ level, message, ...entry }: LogEntry) => logger[level](message, entry),
    picked({ traces, picked, ms }) {
      metrics.addMetric('TracesPicked', MetricUnit.Count, picked);
      if (traces > 0) metrics.addMetric('SkippedShare', MetricUnit.Percent, (100 * (traces - picked)) / traces);
      metrics.addMetric('PickLatency', MetricUnit.Milliseconds, ms);
    },
    docs: (file) => readFile(join(folder, 'docs', file)).catch(() => undefined),
  });
  const fetch: typeof app.fetch = async (request, env, ...more) => {
    const given = env as unknown as { event: APIGatewayProxyEventV2; context?: Context; lambdaContext?: Context };
    const context = given.lambdaContext ?? given.context!;
    logger.addContext(context);
    metrics.setFunctionName(context.functionName);
    metrics.captureColdStartMetric();
    event = given.event;
    try {
      return await app.fetch(request, env, ...more);
    } finally {
      publish();
    }
  };
  return { fetch } as unknown as App;
}

interface Authorised {
  readonly authorizer?: {
    readonly iam?: { readonly userArn?: string };
    readonly jwt?: { readonly claims?: { readonly sub?: unknown; readonly iss?: unknown } };
  };
}

/** @throws Refusal `unauthorised` where the gateway let somebody through unchecked */
function callerOf(event: APIGatewayProxyEventV2 | undefined, callers: HttpEnv['CALLERS']): Caller {
  const { iam, jwt } = (event?.requestContext as Authorised | undefined)?.authorizer ?? {};
  const subject = callers === 'iam' ? iam?.userArn : jwt?.claims?.sub;
  if (typeof subject !== 'string' || subject === '')
    throw new Refusal('unauthorised', `expected a caller that the gateway has checked (${callers}), found none`);
  const name = `sub-${createHash('sha256').update(subject).digest('hex').slice(0, 24)}`;
  return { name, prefix: callers === 'iam' ? '' : `${name}/`, limits: USUAL_LIMITS };
}
