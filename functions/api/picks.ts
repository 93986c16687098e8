/** `POST /v1/picks`: the bytes of one file in, its picks out. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Quota } from '../limits/quota.ts';
import { ANSWERS, type AnswerKind } from '../picking/answer.ts';
import { preferred } from './accept.ts';
import { bodyBytes } from './body.ts';
import type { AppDeps } from './context.ts';
import { Refusal } from './problem.ts';
import { routes } from './routes.ts';
import { FileName, present, SETTINGS_QUERY, usual } from './schemas.ts';

/** How much a packed file may swell, and the least it may in any case. */
const INFLATION = 8;
const MOST_BYTES = 64 * 1024 * 1024;

const KINDS = Object.keys(ANSWERS) as [AnswerKind, ...AnswerKind[]];

const picks = createRoute({
  method: 'post',
  path: '/v1/picks',
  tags: ['Picks'],
  summary: 'Picks one file: its bytes in, its picks out',
  description:
    'Any format that `firstbreak pick` reads, told by its bytes; the picks are those of the command line. The form of the answer is that of `Accept` or of `format`.',
  request: {
    query: z.object({
      name: FileName.optional().openapi({
        description: 'What the file is called in the answer',
        example: 'shot-7.sg2',
      }),
      format: z.enum(KINDS).optional().openapi({ description: 'In place of `Accept`' }),
      shot: z.coerce
        .number()
        .int()
        .min(0)
        .max(1e9)
        .optional()
        .openapi({ description: 'Of a picture: which shot, from 0' }),
      ...SETTINGS_QUERY,
    }),
    body: {
      description: 'The file as it is; its content type does not matter',
      required: true,
      content: { 'application/octet-stream': { schema: z.any().openapi({ type: 'string', format: 'binary' }) } },
    },
  },
  responses: {
    200: {
      description: 'The picks. `X-Firstbreak-Traces` and `X-Firstbreak-Picked` count them',
      content: Object.fromEntries(
        KINDS.map((kind) => [
          ANSWERS[kind].split(';')[0],
          { schema: kind === 'png' ? z.any().openapi({ type: 'string', format: 'binary' }) : z.string() },
        ]),
      ),
    },
    ...usual(
      'not-acceptable',
      'request-timeout',
      'too-large',
      'not-recognised',
      'unsupported-media-type',
      'malformed',
      'truncated',
      'empty',
      'unsupported',
      'no-sample-interval',
      'too-hard',
      'quota-used-up',
      'busy',
    ),
  },
});

export function pickRoutes({ picking, picked, mostBytes = MOST_BYTES, idleMs }: AppDeps, quota: Quota) {
  return routes().openapi(picks, async (c) => {
    const { name: file = 'upload', format, shot = 0, ...settings } = c.req.valid('query');
    const as = format ?? preferred(c.req.header('accept'), ANSWERS);
    if (as === undefined)
      throw new Refusal(
        'not-acceptable',
        `expected Accept with one of ${Object.values(ANSWERS)
          .map((type) => type.split(';')[0])
          .join(', ')}, found none of them`,
      );
    const bytes = await bodyBytes(c.req.raw, { most: mostBytes, ...(idleMs !== undefined && { idleMs }) });
    await quota.spend(c.get('caller'), bytes.length);
    const started = performance.now();
    const request = { file, bytes, as, shot, settings: present(settings), mostInflated: INFLATION * mostBytes };
    const answer = await picking.pick(request, c.req.raw.signal);
    picked?.({ traces: answer.traces, picked: answer.picked, ms: performance.now() - started });
    return c.body(answer.body as Uint8Array<ArrayBuffer>, 200, {
      'content-type': ANSWERS[as],
      'x-firstbreak-shots': `${answer.shots}`,
      'x-firstbreak-traces': `${answer.traces}`,
      'x-firstbreak-picked': `${answer.picked}`,
      'cache-control': 'no-store',
    });
  });
}
