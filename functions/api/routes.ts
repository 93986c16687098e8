/** Routes that say what is wrong with a query, a parameter or a body as all refusals are said. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from './context.ts';
import { Refusal } from './problem.ts';

export const routes = () => new OpenAPIHono<AppEnv>({ defaultHook });

/** What zod found wrong with a query, a parameter or a body. */
function defaultHook(result: { success: boolean; target?: string; error?: unknown }): void {
  if (result.success) return;
  const [issue] = (result.error as { issues: readonly { path: readonly PropertyKey[]; message: string }[] }).issues;
  const where = [result.target, ...issue.path].join('.');
  throw new Refusal('bad-request', `${where}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`);
}
