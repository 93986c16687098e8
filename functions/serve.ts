/** `firstbreak serve …`: reads the options, says in one line what is wrong with them, runs until it is told to stop. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  choiceOption,
  helpOf,
  numberOption,
  type OptionTable,
  type OptionValues,
  UsageError,
} from '#shared/options.ts';
import type { LogEntry } from './api/context.ts';
import type { Authenticate } from './auth/caller.ts';
import { addKey, byKeys, readKeys, removeKey } from './auth/keys.ts';
import { byLocalhost, isLoopback } from './auth/localhost.ts';
import { RUNTIMES, type RuntimeName, shippedOr } from './models.ts';
import { EXIT, type ExitCode, parse, REGISTRY_OPTIONS, registryOf } from './registry/program.ts';
import { startServer } from './server.ts';

const OPTIONS = {
  port: { type: 'string', value: 'N', help: 'default 8080; 0: any that is free' },
  host: { type: 'string', value: 'ADDRESS', help: 'default 127.0.0.1; any other needs --keys or --jwks' },
  store: {
    type: 'string',
    value: 'DIR|s3://BUCKET/PREFIX',
    help: 'where objects, jobs and results lie (default firstbreak-store)',
  },
  inbox: {
    type: 'string',
    value: 'DIR',
    help: 'picks each file that arrives here; results lie beside it if it is in the store',
  },
  settle: {
    type: 'string',
    value: 'SECONDS',
    help: 'a file in the inbox is complete when it has not changed for so long (default 2)',
  },
  once: { type: 'boolean', help: 'works through the inbox and the queue, then ends' },
  keys: { type: 'string', value: 'FILE', help: 'API keys: firstbreak serve keys add NAME makes one' },
  jwks: {
    type: 'string',
    value: 'URL',
    help: 'JSON Web Tokens by the keys published there, with --issuer and --audience',
  },
  issuer: { type: 'string', value: 'NAME', help: 'of the tokens' },
  audience: { type: 'string', value: 'NAME', help: 'of the tokens' },
  'public-url': { type: 'string', value: 'URL', help: 'where clients reach this server, for the URLs it signs' },
  model: {
    type: 'string',
    value: 'DIR|NAME',
    help: 'model of the neural picker: a folder, or the name of one that ships (default picker-1)',
  },
  runtime: {
    type: 'string',
    value: 'NAME',
    help: `what runs it: ${RUNTIMES.join(', ')} (default auto, as firstbreak pick)`,
  },
  workers: { type: 'string', value: 'N', help: 'threads that pick (default: as many as there are cores)' },
  'max-mb': { type: 'string', value: 'MB', help: 'largest body of POST /v1/picks (default 64)' },
  ...REGISTRY_OPTIONS,
  log: { type: 'boolean', help: 'one line of JSON a request, on stderr' },
  help: { type: 'boolean', help: 'show this' },
} as const satisfies OptionTable;

const KEY_OPTIONS = {
  keys: { type: 'string', value: 'FILE', help: 'default firstbreak-keys.json' },
  days: { type: 'string', value: 'N', help: 'of a new key: how long it holds (default: for ever)' },
  admin: { type: 'boolean', help: 'of a new key: may move the aliases of models' },
  help: { type: 'boolean', help: 'show this' },
} as const satisfies OptionTable;

export async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    return args[0] === 'keys' ? keys(args.slice(1)) : await run(args);
  } catch (error) {
    const usage = error instanceof UsageError;
    process.stderr.write(`firstbreak: ${(error as Error).message}${usage ? ' (see firstbreak serve --help)' : ''}\n`);
    if (process.env.DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
    return usage ? EXIT.usage : EXIT.failed;
  }
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(OPTIONS, args);
  if (values.help === true)
    return show(
      helpOf('firstbreak serve', {
        usage: '[--store DIR|s3://…] [--inbox DIR] [--port N]\n       firstbreak serve keys add|list|remove …',
        about: 'Picks over HTTP and from an inbox, each file once.',
        options: OPTIONS,
      }),
    );
  if (positionals.length > 0) throw new UsageError(`expected options, found '${positionals[0]}'`);
  const host = values.host ?? '127.0.0.1';
  const runtime = choiceOption<RuntimeName>('runtime', values.runtime ?? 'auto', RUNTIMES);
  const publicUrl = values['public-url']?.replace(/\/+$/, '');
  if (publicUrl !== undefined && !/^https?:\/\//.test(publicUrl))
    throw new UsageError(`--public-url: expected http:// or https://, found '${publicUrl}'`);
  const authenticate = await authentication(host, values);
  const store = values.store ?? 'firstbreak-store';
  const mostMb = numberOption('max-mb', values['max-mb'], { min: 1, max: 2000, whole: true });
  const settle = numberOption('settle', values.settle, { min: 0, max: 3600 });
  const log =
    values.log === true ? (entry: LogEntry) => tell(entry) : (entry: LogEntry) => entry.level !== 'info' && tell(entry);
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  if (values.inbox !== undefined) checkInbox(values.inbox, values.once === true);
  const server = await startServer({
    host,
    port: numberOption('port', values.port, { min: 0, max: 65_535, whole: true }) ?? 8080,
    store,
    inbox: values.inbox,
    settleMs: settle === undefined ? undefined : 1000 * settle,
    authenticate,
    registry: values.registry === undefined ? undefined : () => registryOf(values),
    publicUrl,
    model: values.model === undefined ? undefined : shippedOr(values.model),
    runtime,
    workers: numberOption('workers', values.workers, { min: 1, max: 256, whole: true }),
    mostBytes: mostMb === undefined ? undefined : mostMb * 1024 * 1024,
    version: manifest.version,
    log,
  });
  process.stdout.write(`${server.url}\n`);
  process.stderr.write(
    `Serving ${server.url} (${server.url}/docs), store ${store}${values.inbox ? `, inbox ${values.inbox}` : ''}. Ctrl-C ends it.\n`,
  );
  await (values.once === true ? Promise.race([allDone(server), told()]) : told());
  await server.stop();
  return EXIT.fine;
}

/** Watched from now on, a folder may come about; worked through once, one that is not there is a mistake. */
function checkInbox(inbox: string, once: boolean): void {
  const found = statSync(inbox, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found || once) throw new Error(`--inbox ${inbox}: expected a folder, found ${found ? 'a file' : 'none'}`);
  process.stderr.write(`firstbreak: --inbox ${inbox}: no such folder yet; it is made\n`);
}

/** One line of JSON. */
const tell = (entry: LogEntry): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
};

/** Resolves at the first signal; at the second one the process ends as it stands. */
const told = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        resolve();
        process.once(signal, () => process.exit(1));
      });
  });

/** Idle for a moment, so that a file between two looks is not missed. */
async function allDone(server: { readonly idle: boolean }): Promise<void> {
  for (let times = 0; times < 3; await sleep(300)) times = server.idle ? times + 1 : 0;
}

async function authentication(
  host: string,
  { keys: file, jwks, issuer, audience }: OptionValues<typeof OPTIONS>,
): Promise<Authenticate> {
  if (file !== undefined && jwks !== undefined) throw new UsageError('expected --keys or --jwks, found both');
  if (file !== undefined) {
    if (readKeys(file).length === 0)
      process.stderr.write(`firstbreak: ${file} holds no keys yet: firstbreak serve keys add NAME --keys ${file}\n`);
    return byKeys(file);
  }
  if (jwks !== undefined) {
    if (!issuer || !audience)
      throw new UsageError('--jwks: expected --issuer and --audience as well, found one missing');
    if (!/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(jwks))
      throw new UsageError(`--jwks: expected https://, found '${jwks}'`);
    return (await import('./auth/jwt.ts')).byJwt({ jwks: new URL(jwks), issuer, audience });
  }
  if (!isLoopback(host))
    throw new UsageError(
      `--host ${host}: expected --keys FILE or --jwks URL where others can reach the server, found neither`,
    );
  return byLocalhost;
}

function keys(args: readonly string[]): ExitCode {
  const { values, positionals } = parse(KEY_OPTIONS, args);
  const [what, word, ...more] = positionals;
  if (values.help === true)
    return show(
      helpOf('firstbreak serve keys', {
        usage: 'add NAME | list | remove NAME|ID',
        about: 'Keys that callers show; the file holds their digests.',
        options: KEY_OPTIONS,
      }),
    );
  const file = values.keys ?? 'firstbreak-keys.json';
  if (what === 'list' && word === undefined) {
    for (const { name, id, created, expires, admin } of readKeys(file))
      process.stdout.write(
        `${[name, id, created.slice(0, 10), expires?.slice(0, 10) ?? 'for ever', admin ? 'admin' : ''].join('\t').trim()}\n`,
      );
    return EXIT.fine;
  }
  if (!(what === 'add' || what === 'remove') || word === undefined || more.length > 0)
    throw new UsageError(
      `expected keys add NAME, keys list or keys remove NAME|ID, found 'keys ${positionals.join(' ')}'`,
    );
  if (what === 'remove') {
    const count = removeKey(file, word);
    process.stderr.write(`${count} removed\n`);
    return count > 0 ? EXIT.fine : EXIT.failed;
  }
  const days = numberOption('days', values.days, { min: 1, max: 36_500, whole: true });
  process.stdout.write(`${addKey(file, word, { days, admin: values.admin === true })}\n`);
  process.stderr.write(`The key of ${word} is told this once; ${file} holds its digest.\n`);
  return EXIT.fine;
}

function show(text: string): ExitCode {
  process.stdout.write(text);
  return EXIT.fine;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
