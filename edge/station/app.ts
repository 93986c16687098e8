/** The station over HTTP: a table of contents. What each address answers is typed in api-types.ts and told in docs/station.md. */
import { Hono } from 'hono';
import { isRecordError } from '#shared/errors.ts';
import { eventStream } from './event-stream.ts';
import { DOCUMENT_POLICY, type Guarding, guard, SECURITY_HEADERS } from './guard.ts';
import { type PageFolder, pageFile } from './page-files.ts';
import { Refusal, refusalResponse } from './refusal.ts';
import { editRequest, exportQuery, gatherQuery, pageQuery, shotsQuery, snapRequest, undoRequest } from './requests.ts';
import type { Station } from './station.ts';
import { isFull } from './store.ts';

export interface AppOptions extends Guarding {
  readonly page: PageFolder;
}

export function stationApp(station: Station, { token, page }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
  });
  app.use(guard({ token }));
  app.use('/api/*', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });

  app.get('/api/health', (c) => c.json(station.health()));
  app.get('/api/events', (c) => eventStream(station, c.req.header('last-event-id'), c.req.raw.signal));

  app.get('/api/shots', (c) => c.json(station.list(pageQuery(c.req.query()))));
  app.get('/api/shots/:id', (c) => c.json(station.detail(c.req.param('id'))));
  app.get('/api/shots/:id/gather', async (c) => {
    const bytes = await station.gather(c.req.param('id'), gatherQuery(c.req.query()));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/octet-stream' });
  });
  app.get('/api/shots/:id/history', (c) => c.json(station.history(c.req.param('id'))));
  app.post('/api/shots/:id/edits', async (c) =>
    c.json(...station.edit(c.req.param('id'), editRequest(await body(c.req)))),
  );
  app.post('/api/shots/:id/undo', async (c) =>
    c.json(...station.turn(c.req.param('id'), 'undo', undoRequest(await body(c.req)))),
  );
  app.post('/api/shots/:id/redo', async (c) =>
    c.json(...station.turn(c.req.param('id'), 'redo', undoRequest(await body(c.req)))),
  );
  app.post('/api/shots/:id/snap', async (c) =>
    c.json(await station.snap(c.req.param('id'), snapRequest(await body(c.req)))),
  );

  app.get('/api/line', async (c) => c.json(await station.line(shotsQuery(c.req.query()))));
  app.get('/api/report', async () => document(await station.report(), 'text/html; charset=utf-8'));
  app.get('/api/log', (c) =>
    c.req.query('format') === 'html'
      ? document(station.log('html'), 'text/html; charset=utf-8')
      : download('observers-log.csv', 'text/csv; charset=utf-8', station.log('csv')),
  );
  app.get('/api/labels', () => download('labels.csv', 'text/csv; charset=utf-8', station.labels()));
  app.get('/api/export', (c) => {
    const { name, type, content } = station.export(exportQuery(c.req.query()));
    return download(name, type, content);
  });
  app.all('/api/*', (c) => {
    throw new Refusal(
      404,
      'no-such-address',
      `expected an address of docs/station.md, found ${c.req.method} ${c.req.path}`,
    );
  });

  app.get('/*', (c) => pageFile(page, c.req.path));
  app.onError((error) => refusalResponse(refusalOf(error)));
  return app;
}

/** Larger ones are no edits of a person. */
const MOST_BYTES = 4 * 1024 * 1024;

async function body(request: { readonly raw: Request; text(): Promise<string> }): Promise<unknown> {
  if (Number(request.raw.headers.get('content-length') ?? 0) > MOST_BYTES)
    throw new Refusal(413, 'too-large', `expected at most ${MOST_BYTES} bytes`);
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'not-json', 'expected JSON, found something else');
  }
}

const download = (name: string, type: string, content: string | Uint8Array): Response =>
  new Response(content as string | Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  });

const document = (html: string, type: string): Response =>
  new Response(html, { headers: { 'content-type': type, 'content-security-policy': DOCUMENT_POLICY } });

function refusalOf(error: Error): Refusal {
  if (error instanceof Refusal) return error;
  if (isRecordError(error)) return new Refusal(404, 'not-available', error.message);
  if (isFull(error))
    return new Refusal(507, 'disk-full', 'no space left where the station keeps its data; nothing was changed');
  return new Refusal(500, 'internal', error.message);
}
