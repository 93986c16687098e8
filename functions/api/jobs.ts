/** Objects of the store picked without the caller waiting: `POST /v1/jobs`, and surveys, which are jobs of a whole prefix. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { getJson, type ObjectStore } from '#shared/object-store.ts';
import { ENDED, type Item, isJobId, itemKey, type Job, type JobInput } from '../jobs/job.ts';
import {
  dropJob,
  type Enqueue,
  itemsOf,
  type JobView,
  judgeLines,
  listJobs,
  readJob,
  redriveJob,
  submitJob,
  viewJob,
} from '../jobs/jobs.ts';
import { surveyPage } from '../jobs/survey-page.ts';
import { readSurvey } from '../work/line.ts';
import { type Result, readResult } from '../work/merge.ts';
import { preferred } from './accept.ts';
import type { AppDeps, AppEnv } from './context.ts';
import { cursorOf, PAGE_QUERY, placeOf, tagged } from './page.ts';
import { Refusal } from './problem.ts';
import { routes } from './routes.ts';
import { present, Settings, usual } from './schemas.ts';
import { objectPieces, objectResponse, streamOf } from './stream.ts';
import { uploadedKey } from './uploads.ts';

const STATES = ['queued', 'running', 'succeeded', 'partly', 'failed', 'cancelled'] as const;

const Key = z.string().min(1).max(1024);
const Input = z
  .union([
    z.strictObject({ key: Key }).openapi({ description: 'One object' }),
    z.strictObject({ prefix: z.string().max(1024) }).openapi({ description: 'All objects whose keys begin so' }),
    z.strictObject({ upload: z.uuid() }).openapi({ description: 'A complete upload, by its id' }),
  ])
  .openapi('JobInput');
const NewJob = z.strictObject({ input: Input, settings: Settings.optional() }).openapi('NewJob');
const NewSurvey = z.strictObject({ prefix: z.string().max(1024), settings: Settings.optional() }).openapi('NewSurvey');

const JobSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['job', 'survey']),
    state: z.enum(STATES).openapi({ description: '`partly`: some objects could not be picked' }),
    input: z.union([z.object({ key: z.string() }), z.object({ prefix: z.string() })]),
    settings: Settings,
    release: z
      .string()
      .nullable()
      .openapi({ description: 'Digest of the release of a model that picks it; null: the model of the server' }),
    createdAt: z.string(),
    endedAt: z.string().nullable(),
    objects: z.int().nullable().openapi({ description: 'null: not counted yet' }),
    picked: z.int(),
    failed: z.int(),
    passedOver: z.int().openapi({ description: 'No shot files' }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .openapi({ description: 'Of a job of one object, or of a prefix that holds none' }),
    links: z.record(z.string(), z.string()),
  })
  .openapi('Job');
type JobJson = z.infer<typeof JobSchema>;
const Jobs = z.object({ jobs: z.array(JobSchema), next: z.string().nullable() }).openapi('Jobs');
const ItemSchema = z
  .object({
    key: z.string(),
    state: z.enum(['picked', 'failed', 'passed-over']),
    shots: z.int().optional(),
    traces: z.int().optional(),
    picked: z.int().optional(),
    verdicts: z.record(z.string(), z.int()).optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .openapi('Item');
const Items = z.object({ items: z.array(ItemSchema), next: z.string().nullable() }).openapi('Items');

const ID = z.object({ id: z.string().refine(isJobId, 'expected the id of a job') });
const json = <T>(schema: T) => ({ 'application/json': { schema } });
const ONCE = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 printable characters')
    .optional()
    .openapi({ description: 'Requests with the same key are one' }),
});
const ACCEPTED = {
  description: 'Handed in; `Location` says where to look',
  headers: z.object({ location: z.string(), 'retry-after': z.string() }),
  content: json(JobSchema),
};

/** How picks of a job come. */
const PICK_TYPES = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
} as const;

const PICKS_QUERY = z.object({
  format: z.enum(['csv', 'json', 'parquet']).optional(),
  key: Key.optional().openapi({ description: 'Of one object alone' }),
});
type PicksQuery = z.infer<typeof PICKS_QUERY>;
const REPORT_QUERY = PICKS_QUERY.pick({ key: true }).extend({
  of: z.enum(['files', 'line']).default('files').openapi({
    description: 'Of a survey: its files one by one, or all of them judged together',
  }),
});
type ReportQuery = z.infer<typeof REPORT_QUERY>;

const PATHS = { job: '/v1/jobs', survey: '/v1/surveys' } as const;
type Kind = keyof typeof PATHS;

const of = <P extends string>(path: P, one: Kind) => {
  const tags = [one === 'job' ? 'Jobs' : 'Surveys'];
  return {
    list: createRoute({
      method: 'get',
      path,
      tags,
      summary: `The ${one}s, newest first`,
      request: { query: z.object({ ...PAGE_QUERY, state: z.enum(STATES).optional() }) },
      responses: { 200: { description: 'A page', content: json(Jobs) }, ...usual() },
    }),
    look: createRoute({
      method: 'get',
      path: `${path}/{id}` as const,
      tags,
      summary: `How far a ${one} is`,
      request: { params: ID },
      responses: {
        200: { description: 'With `ETag`', content: json(JobSchema) },
        304: { description: 'As you have it' },
        ...usual('not-found'),
      },
    }),
    items: createRoute({
      method: 'get',
      path: `${path}/{id}/items` as const,
      tags,
      summary: 'What came of each object',
      request: { params: ID, query: z.object(PAGE_QUERY) },
      responses: { 200: { description: 'A page', content: json(Items) }, ...usual('not-found') },
    }),
    events: createRoute({
      method: 'get',
      path: `${path}/{id}/events` as const,
      tags,
      summary: 'Server-sent events: `job` at each change, `end` at the end',
      request: { params: ID },
      responses: {
        200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
        ...usual('not-found'),
      },
    }),
    picks: createRoute({
      method: 'get',
      path: `${path}/{id}/picks` as const,
      tags,
      summary: 'The picks; of several objects one after the other',
      request: { params: ID, query: PICKS_QUERY },
      responses: {
        302: { description: 'To where a large answer lies' },
        200: {
          description: 'In the form of `Accept` or `format`; Parquet for one object alone',
          content: Object.fromEntries(
            Object.values(PICK_TYPES).map((type) => [type.split(';')[0], { schema: z.string() }]),
          ),
        },
        ...usual('not-found', 'conflict', 'not-acceptable'),
      },
    }),
    report: createRoute({
      method: 'get',
      path: `${path}/{id}/report` as const,
      tags,
      summary: 'The quality control as a page',
      request: { params: ID, query: REPORT_QUERY },
      responses: {
        200: { description: 'A page in one file', content: { 'text/html': { schema: z.string() } } },
        ...usual('not-found', 'conflict'),
      },
    }),
    drop: createRoute({
      method: 'delete',
      path: `${path}/{id}` as const,
      tags,
      summary: 'Ends it where it is not over, else forgets it; results stay',
      request: { params: ID },
      responses: {
        200: { description: 'Ended', content: json(JobSchema) },
        204: { description: 'Forgotten' },
        ...usual('not-found'),
      },
    }),
  };
};

const JOBS = of(PATHS.job, 'job');
const SURVEYS = of(PATHS.survey, 'survey');

const newJob = createRoute({
  method: 'post',
  path: '/v1/jobs',
  tags: ['Jobs'],
  summary: 'Picks an object, a prefix or an upload',
  request: { headers: ONCE, body: { required: true, content: json(NewJob) } },
  responses: {
    202: ACCEPTED,
    ...usual('bad-key', 'not-found', 'conflict', 'idempotency-conflict', 'unsupported-media-type'),
  },
});
const newSurvey = createRoute({
  method: 'post',
  path: '/v1/surveys',
  tags: ['Surveys'],
  summary: 'Picks all objects of a prefix',
  request: { headers: ONCE, body: { required: true, content: json(NewSurvey) } },
  responses: { 202: ACCEPTED, ...usual('bad-key', 'idempotency-conflict', 'unsupported-media-type') },
});
/** Only for the description: a colon within a path is more than the router's table can say. */
const redrive = createRoute({
  method: 'post',
  path: '/v1/surveys/{id}:redrive',
  tags: ['Surveys'],
  summary: 'Tries the objects that failed once more',
  request: { params: ID },
  responses: { 202: ACCEPTED, ...usual('not-found', 'conflict') },
});

/** Between two looks at a job, for events; and how long one client may listen, unless the deps say otherwise. */
const LOOK_MS = 500;
const LISTEN_MS = 15 * 60_000;
const HEARTBEAT_MS = 15_000;

type C = Context<AppEnv>;

const PRIVATE = { 'cache-control': 'private, no-cache' };

export function jobRoutes(deps: AppDeps) {
  const enqueue: Enqueue = (task) => {
    if (deps.enqueue) return deps.enqueue(task);
    throw new Refusal('unsupported', 'expected a server with a queue, found none; send the file to POST /v1/picks');
  };

  async function submit(
    c: C,
    kind: Kind,
    input: JobInput,
    settings: z.infer<typeof Settings>,
    once: string | undefined,
  ) {
    const token = once === undefined ? undefined : `api ${once}`;
    const { job, fresh } = await submitJob(
      c.get('store'),
      c.get('caller').prefix,
      { kind, input, settings: present(settings), once: token },
      enqueue,
    );
    c.header('location', `${PATHS[kind]}/${job.id}`);
    c.header('retry-after', '1');
    if (!fresh) c.header('idempotent-replayed', 'true');
    return c.json(shown(await viewed(c, job)), 202);
  }

  /** Whoever looks at a survey whose objects are done sees to it that it is judged: the one who did the last may have died. */
  async function viewed(c: C, job: Job): Promise<JobView> {
    const view = await viewJob(c.get('store'), job);
    if (deps.enqueue) await judgeLines(c.get('store'), c.get('caller').prefix, view, deps.enqueue);
    return view;
  }

  const look = async (c: C, job: Job) => tagged(c, shown(await viewed(c, job))) as never;

  const found = async (c: C, kind: Kind, id: string): Promise<Job> => {
    const { value } = await readJob(c.get('store'), id);
    if (value.kind === kind) return value;
    throw new Refusal('not-found', `expected a ${kind} of that id, found a ${value.kind}: ${PATHS[value.kind]}/${id}`);
  };

  const list = async (
    c: C,
    kind: Kind,
    { limit, cursor, state }: { limit: number; cursor?: string | undefined; state?: Job['state'] | undefined },
  ) => {
    const wanted = (job: Job) => job.kind === kind && (state === undefined || job.state === state);
    const { jobs, next } = await listJobs(c.get('store'), { limit, after: placeOf(cursor, isJobId), wanted });
    const views = await Promise.all(jobs.map((job) => viewed(c, job)));
    return { jobs: views.map(shown), next: cursorOf(next) };
  };

  const items = async (
    c: C,
    kind: Kind,
    id: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ) => {
    const job = await found(c, kind, id);
    const from = Number(placeOf(cursor, (place) => /^\d{1,9}$/.test(place)) ?? 0);
    const page: z.infer<typeof ItemSchema>[] = [];
    let at = 0;
    for await (const { result: _, ...item } of itemsOf(c.get('store'), job)) {
      if (at++ < from) continue;
      if (page.length === limit) return { items: page, next: cursorOf(`${from + limit}`) };
      page.push({ ...item, ...(item.verdicts && { verdicts: { ...item.verdicts } }) } as z.infer<typeof ItemSchema>);
    }
    return { items: page, next: null };
  };

  const events = async (c: C, kind: Kind, id: string) => {
    await found(c, kind, id);
    const store = c.get('store');
    c.header('x-accel-buffering', 'no');
    return streamSSE(c, async (stream) => {
      let last = '';
      let told = performance.now();
      for (
        const from = told;
        !stream.aborted && performance.now() - from < (deps.listenMs ?? LISTEN_MS);
        await stream.sleep(LOOK_MS)
      ) {
        const { value } = await readJob(store, id);
        const job = shown(await viewed(c, value));
        const data = JSON.stringify(job);
        if (data !== last) await stream.writeSSE({ event: 'job', data });
        else if (performance.now() - told > HEARTBEAT_MS) await stream.write(': still here\n\n');
        else continue;
        told = performance.now();
        last = data;
        if (ENDED.includes(job.state)) return stream.writeSSE({ event: 'end', data });
      }
    });
  };

  interface Picked {
    readonly job: Job;
    readonly results: AsyncGenerator<Result>;
    /** Results of one object: that of the job, or the one asked for. */
    readonly only: boolean;
  }

  /** The results of what was picked. @throws Refusal `conflict` when it is not over */
  async function results(c: C, kind: Kind, id: string, key: string | undefined): Promise<Picked> {
    const job: Job = await viewed(c, await found(c, kind, id));
    if (!ENDED.includes(job.state))
      throw new Refusal('conflict', `expected a ${kind} that has ended, found one that is ${job.state}`);
    const store = c.get('store');
    if (job.item?.state === 'failed')
      throw new Refusal('conflict', `expected picks, found that it failed: ${job.item.error?.message ?? 'no reason'}`);
    async function* each() {
      for await (const item of key === undefined ? itemsOf(store, job, 'picked') : pickedItem(store, job, key)) {
        const result = item.result && (await readResult(store, item.result));
        if (result) yield result;
      }
    }
    return { job, results: each(), only: job.item !== undefined || key !== undefined };
  }

  const picks = async (c: C, kind: Kind, id: string, { format, key: wanted }: PicksQuery) => {
    const form = format ?? preferred(c.req.header('accept'), PICK_TYPES);
    if (form === undefined)
      throw new Refusal(
        'not-acceptable',
        `expected Accept with one of ${Object.values(PICK_TYPES).join(', ')}, found none of them`,
      );
    const { results: all, only } = await results(c, kind, id, wanted);
    const store = c.get('store');
    if (only) {
      for await (const { files, input } of all)
        return stored(c, files[form], PICK_TYPES[form], `${input.file}.picks.${form}`);
      throw new Refusal('not-found', 'expected the results, found none');
    }
    if (form === 'parquet')
      throw new Refusal('not-acceptable', 'expected csv or json for several objects (or key=…), found parquet');
    return new Response(streamOf(form === 'csv' ? joinedCsv(store, all) : joinedJson(store, all)), {
      headers: { 'content-type': PICK_TYPES[form], ...PRIVATE },
    });
  };

  const report = async (c: C, kind: Kind, id: string, { key: wanted, of }: ReportQuery) => {
    const { job, results: all, only } = await results(c, kind, id, wanted);
    const page = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox";
    const headers = { 'content-security-policy': page };
    const line = job.line?.state === 'judged' ? await readSurvey(c.get('store'), job.line.survey) : undefined;
    if (!only && of === 'line') {
      if (line) return stored(c, line.results.report, 'text/html; charset=utf-8', undefined, headers);
      throw new Refusal('not-found', 'expected a survey that was judged as lines, found none');
    }
    if (!only) {
      const text = surveyPage(job, line, itemsOf(c.get('store'), job), all);
      return new Response(streamOf(encoded(text)), {
        headers: { ...headers, ...PRIVATE, 'content-type': 'text/html; charset=utf-8' },
      });
    }
    for await (const { files } of all) return stored(c, files.report, 'text/html; charset=utf-8', undefined, headers);
    throw new Refusal('not-found', 'expected the report, found none');
  };

  /** Where answers may not be large, a signed URL takes the place of a large one. */
  async function stored(c: C, key: string, type: string, fileName?: string, headers: Record<string, string> = {}) {
    const store = c.get('store');
    const size = (await store.head(key))?.size ?? 0;
    if (size <= (deps.mostAnswerBytes ?? Number.POSITIVE_INFINITY) || !store.uploads)
      return objectResponse(store, key, type, fileName, { ...headers, ...PRIVATE });
    const { url } = await store.uploads.signGet(key, {
      expiresSeconds: 300,
      ...(fileName !== undefined && { fileName }),
    });
    return c.body(null, 302, { location: url, 'cache-control': 'no-store' });
  }

  const drop = async (c: C, kind: Kind, id: string): Promise<Job | undefined> => {
    await found(c, kind, id);
    return (await dropJob(c.get('store'), id)) === 'cancelled' ? (await readJob(c.get('store'), id)).value : undefined;
  };

  const app = routes();
  app.post('/v1/surveys/:action{[0-9a-v]+:redrive}', async (c) => {
    const id = c.req.param('action').replace(/:redrive$/, '');
    await found(c, 'survey', id);
    await redriveJob(c.get('store'), c.get('caller').prefix, id, enqueue);
    c.header('location', `/v1/surveys/${id}`);
    return c.json(shown(await viewed(c, (await readJob(c.get('store'), id)).value)), 202);
  });
  const api = app
    .openapi(newJob, async (c) => {
      const { input, settings = {} } = c.req.valid('json');
      const plain = 'upload' in input ? { key: await uploadedKey(c.get('store'), input.upload) } : input;
      return submit(c, 'job', plain, settings, c.req.valid('header')['idempotency-key']);
    })
    .openapi(newSurvey, async (c) => {
      const { prefix, settings = {} } = c.req.valid('json');
      return submit(c, 'survey', { prefix }, settings, c.req.valid('header')['idempotency-key']);
    })
    .openapi(JOBS.list, async (c) => c.json(await list(c, 'job', c.req.valid('query')), 200))
    .openapi(SURVEYS.list, async (c) => c.json(await list(c, 'survey', c.req.valid('query')), 200))
    .openapi(JOBS.look, async (c) => look(c, await found(c, 'job', c.req.valid('param').id)))
    .openapi(SURVEYS.look, async (c) => look(c, await found(c, 'survey', c.req.valid('param').id)))
    .openapi(JOBS.items, async (c) => c.json(await items(c, 'job', c.req.valid('param').id, c.req.valid('query')), 200))
    .openapi(SURVEYS.items, async (c) =>
      c.json(await items(c, 'survey', c.req.valid('param').id, c.req.valid('query')), 200),
    )
    .openapi(JOBS.events, (c) => events(c, 'job', c.req.valid('param').id))
    .openapi(SURVEYS.events, (c) => events(c, 'survey', c.req.valid('param').id))
    .openapi(JOBS.picks, (c) => picks(c, 'job', c.req.valid('param').id, c.req.valid('query')))
    .openapi(SURVEYS.picks, (c) => picks(c, 'survey', c.req.valid('param').id, c.req.valid('query')))
    .openapi(JOBS.report, (c) => report(c, 'job', c.req.valid('param').id, c.req.valid('query')))
    .openapi(SURVEYS.report, (c) => report(c, 'survey', c.req.valid('param').id, c.req.valid('query')))
    .openapi(JOBS.drop, async (c) => {
      const job = await drop(c, 'job', c.req.valid('param').id);
      return job ? c.json(shown(await viewed(c, job)), 200) : c.body(null, 204);
    })
    .openapi(SURVEYS.drop, async (c) => {
      const job = await drop(c, 'survey', c.req.valid('param').id);
      return job ? c.json(shown(await viewed(c, job)), 200) : c.body(null, 204);
    });
  api.openAPIRegistry.registerPath(redrive);
  return api;
}

async function* pickedItem(store: ObjectStore, { id, item }: Job, key: string): AsyncGenerator<Item> {
  const found = item ?? (await getJson<Item>(store, itemKey(id, { key, state: 'picked' })))?.value;
  if (found?.key === key && found.state === 'picked') yield found;
}

function shown({
  id,
  kind,
  state,
  input,
  settings,
  release,
  createdAt,
  endedAt,
  objects,
  item,
  error,
  picked,
  failed,
  passedOver,
}: JobView): JobJson {
  const self = `${PATHS[kind]}/${id}`;
  return {
    id,
    kind,
    state,
    input,
    settings,
    release: release ?? null,
    createdAt,
    endedAt: endedAt ?? null,
    objects: objects ?? null,
    picked,
    failed,
    passedOver,
    error: item?.error ?? error ?? null,
    links: { self, events: `${self}/events`, items: `${self}/items`, picks: `${self}/picks`, report: `${self}/report` },
  };
}

/** One heading, then the rows of each. */
async function* joinedCsv(store: ObjectStore, all: AsyncIterable<Result>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const { files } of all) {
    let heading = !first;
    for await (const piece of objectPieces(store, files.csv)) {
      const from = heading ? piece.indexOf(0x0a) + 1 : 0;
      heading = false;
      yield piece.subarray(from);
    }
    first = false;
  }
}

/** An array of one document a file, as the command line writes it. */
async function* joinedJson(store: ObjectStore, all: AsyncIterable<Result>): AsyncGenerator<Uint8Array> {
  let before = '[';
  for await (const { files } of all) {
    yield utf8.encode(before);
    yield* objectPieces(store, files.json);
    before = ',\n';
  }
  yield utf8.encode(before === '[' ? '[]\n' : ']\n');
}

const utf8 = new TextEncoder();

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield utf8.encode(text);
}
