/** What is asked for with `-c name=value`, checked; cdk itself takes any word. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Node } from 'constructs';
import type { RuntimeEnv } from '../functions/env.ts';
import { STAGES, type StageName } from './settings.ts';

/** As functions/env.ts has them; the first one unless another is asked for. */
export const RUNTIMES = [
  'onnx-web',
  'tflite',
  'onnx-node',
] as const satisfies readonly RuntimeEnv['FIRSTBREAK_RUNTIME'][];
export type Runtime = (typeof RUNTIMES)[number];

export interface Wishes {
  readonly stage: StageName;
  /** Retraining on graphics cards. It costs while it runs, and a little while it does not. */
  readonly training: boolean;
  /** Alarms and the budget write to it. */
  readonly email: string | undefined;
  /** Who may call the HTTP API: holders of AWS keys of this account, or of tokens of this issuer. */
  readonly callers:
    | { readonly kind: 'iam' }
    | { readonly kind: 'jwt'; readonly issuer: string; readonly audience: string };
  /** What runs the weights in the functions. */
  readonly runtime: Runtime;
  /** Files of public keys as they were given, and the keys: who may say which release picks. */
  readonly trust: { readonly files: string; readonly keys: string } | undefined;
  /** Redeployment whenever the repository changes. */
  readonly pipeline: { readonly repository: string; readonly branch: string; readonly connection: string } | undefined;
}

/** The same wishes as words of a shell, for the pipeline, which asks for them anew at every change. Its stages are its own. */
export function wordsOf({ training, email, callers, trust, runtime, pipeline }: Wishes): readonly string[] {
  const asked = {
    ...pipeline,
    email,
    training: training ? 1 : undefined,
    trust: trust?.files,
    runtime: runtime === RUNTIMES[0] ? undefined : runtime,
    ...(callers.kind === 'jwt' && { issuer: callers.issuer, audience: callers.audience }),
  };
  return Object.entries(asked)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `-c '${name}=${`${value}`.replaceAll("'", "'\\''")}'`);
}

/** Relative paths are those of the repository, as the pipeline has them. */
const ROOT = new URL('../', import.meta.url);

function trustOf(files: string | undefined): Wishes['trust'] {
  if (files === undefined) return undefined;
  const keys = files.split(',').map((file) => {
    const path = fileURLToPath(new URL(file, ROOT));
    if (!existsSync(path)) throw new Error(`-c trust: expected KEY.pub.pem, found no file ${file}`);
    const pem = /-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]+)-----END PUBLIC KEY-----/.exec(
      readFileSync(path, 'utf8'),
    );
    if (!pem) throw new Error(`-c trust: expected a public key in PEM, found something else in ${file}`);
    return pem[1].replace(/\s+/g, '');
  });
  return { files, keys: keys.join(',') };
}

/** @throws Error in one line: what was expected and what was found */
export function wishesOf(node: Node): Wishes {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined || value === '' ? undefined : `${value}`;
  };
  const flag = (name: string): boolean => {
    const value = text(name) ?? '0';
    if (!['0', '1', 'true', 'false'].includes(value)) throw new Error(`-c ${name}: expected 1 or 0, found '${value}'`);
    return value === '1' || value === 'true';
  };
  const stage = text('stage') ?? 'dev';
  if (!Object.hasOwn(STAGES, stage))
    throw new Error(`-c stage: expected ${Object.keys(STAGES).join(' or ')}, found '${stage}'`);
  const [issuer, audience] = ['issuer', 'audience'].map(text);
  if ((issuer === undefined) !== (audience === undefined))
    throw new Error(
      `-c issuer and -c audience: expected both or neither, found ${issuer ? 'an issuer' : 'an audience'} alone`,
    );
  if (issuer !== undefined && !/^https:\/\/\S+$/.test(issuer))
    throw new Error(`-c issuer: expected an https address, found '${issuer}'`);
  const runtime = RUNTIMES.find((word) => word === (text('runtime') ?? RUNTIMES[0]));
  if (!runtime) throw new Error(`-c runtime: expected ${RUNTIMES.join(' or ')}, found '${text('runtime')}'`);
  const email = text('email');
  if (email !== undefined && !/^[^@\s]+@[^@\s]+$/.test(email))
    throw new Error(`-c email: expected an address, found '${email}'`);
  const [repository, connection] = ['repository', 'connection'].map(text);
  if ((repository === undefined) !== (connection === undefined))
    throw new Error('-c repository=OWNER/NAME and -c connection=ARN: expected both or neither, found one');
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new Error(`-c repository: expected OWNER/NAME, found '${repository}'`);
  return {
    stage: stage as StageName,
    training: flag('training'),
    email,
    callers: issuer && audience ? { kind: 'jwt', issuer, audience } : { kind: 'iam' },
    runtime,
    trust: trustOf(text('trust')),
    pipeline: repository && connection ? { repository, connection, branch: text('branch') ?? 'main' } : undefined,
  };
}
