/** The description of the API as a page: Swagger UI from this installation, no other server is asked. */
import { Hono } from 'hono';
import type { AppEnv } from './context.ts';
import { Refusal } from './problem.ts';

const TYPES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Firstbreak: the API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
`;
const START = `SwaggerUIBundle({ url: new URL('openapi.json', document.baseURI).href, domNode: document.getElementById('api'), deepLinking: true, validatorUrl: null, requestSnippetsEnabled: true });\n`;

/** Styles of the page are set by its script. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function docsRoutes(files: (file: string) => Promise<Uint8Array | undefined>) {
  const headers = (type: string) => ({ 'content-type': type, 'content-security-policy': POLICY });
  return new Hono<AppEnv>()
    .get('/docs', (c) => c.body(PAGE, 200, headers('text/html; charset=utf-8')))
    .get('/docs/start.js', (c) => c.body(START, 200, headers('text/javascript; charset=utf-8')))
    .get('/docs/:file', async (c) => {
      const file = c.req.param('file');
      const type = Object.hasOwn(TYPES, file) ? TYPES[file as keyof typeof TYPES] : undefined;
      const bytes = type && (await files(file));
      if (!bytes) throw new Refusal('not-found', 'expected a file of the page, found none of that name');
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { ...headers(type), 'cache-control': 'max-age=3600' });
    });
}
