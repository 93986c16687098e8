/** What the other rooms build for the cloud, and where it lies when it is built. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** `npm run bundle:lambda` */
export const LAMBDA_FOLDER = inRepository('functions/dist/lambda');
/** `npm run bundle:lambda -- --layer arm64` */
export const LAYER_FILE = inRepository('functions/dist/onnx-node-arm64.zip');
/** `npm run build:page` */
export const PAGE_FOLDER = inRepository('edge/page/dist');
/** `npm run bundle:edge`, and signed by `firstbreak models bundles` */
export const BUNDLES_FOLDER = inRepository('edge/dist');
/** Of the container that trains. */
export const REPOSITORY = inRepository('.');

/** Functions of the bundle. */
export const HANDLERS = {
  /** The HTTP API. */
  http: 'lambda.http',
  /** Events of the bucket and tasks, from the queue. */
  queue: 'lambda.queue',
  /** One task, from the state machine. */
  step: 'lambda.step',
  /** Alarms of the canary. */
  guard: 'lambda.guard',
} as const;

/** @throws Error that says what makes it */
export function built(path: string, script: string): string {
  if (existsSync(path)) return path;
  throw new Error(`${path}: expected what ${script} makes, found nothing there`);
}
