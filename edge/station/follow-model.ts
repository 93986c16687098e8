/**
 * The station keeps up with the registry: now and then it has the stable model pulled, by the program that knows registries, and
 * picks with it from the next file on. Offline, or with a model that must not pass, it goes on with the one it has.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '../models.ts';

const PROGRAM = fileURLToPath(new URL('../../functions/models-cli.ts', import.meta.url));
const HOUR_MS = 3_600_000;

/** Of the models that a station has pulled. */
export const modelsIn = (data: string): string => join(data, 'models');

export interface FollowOptions {
  readonly registry: string;
  /** Files of public keys. */
  readonly trust: readonly string[];
  /** Folder of pulled models. */
  readonly models: string;
  /** @throws Error when it does not open here */
  readonly use: (folder: string) => Promise<void>;
  readonly say: (text: string) => void;
  /** @default an hour */
  readonly everyMs?: number;
}

export interface Following {
  /** The first look, for those who wait for it. */
  readonly looked: Promise<void>;
  stop(): void;
}

/** The stable model of the registry lies in the folder afterwards, or it is said why not. */
export async function pullOnce({
  registry,
  trust,
  models,
  say,
}: Pick<FollowOptions, 'registry' | 'trust' | 'models' | 'say'>): Promise<void> {
  const before = modelFolder(models);
  const trouble = await pull({ registry, trust, models }).ended;
  const folder = modelFolder(models);
  if (trouble !== undefined) say(troubleLine(trouble));
  else if (folder !== before) say(`picking with ${folder}\n`);
}

const troubleLine = (trouble: string): string => `${trouble}; picking with the model there is\n`;

export function followModel({ registry, trust, models, use, say, everyMs = HOUR_MS }: FollowOptions): Following {
  let used = modelFolder(models);
  let said = '';
  let pulling: Pull | undefined;

  async function look(): Promise<void> {
    pulling = pull({ registry, trust, models });
    let trouble = await pulling.ended;
    const folder = modelFolder(models);
    if (trouble === undefined && folder !== used)
      try {
        await use(folder);
        used = folder;
        say(`picking with ${folder} from now on\n`);
      } catch (error) {
        trouble = (error as Error).message;
      }
    // Said once: a laptop may be offline for weeks.
    if (trouble !== undefined && trouble !== said) say(troubleLine(trouble));
    said = trouble ?? '';
  }

  const looked = look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    looked,
    stop() {
      clearInterval(timer);
      pulling?.stop();
    },
  };
}

interface Pull {
  /** What the program says last where it fails. */
  readonly ended: Promise<string | undefined>;
  stop(): void;
}

function pull({ registry, trust, models }: Pick<FollowOptions, 'registry' | 'trust' | 'models'>): Pull {
  if (!existsSync(PROGRAM))
    return { ended: Promise.resolve('models are not part of this installation'), stop: () => {} };
  const keys = trust.flatMap((file) => ['--trust', file]);
  const words = ['pull', 'stable', '--registry', registry, ...keys, '--to', models];
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  return {
    ended: new Promise((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      child.on('close', (code) =>
        resolve(code === 0 ? undefined : (err.trim().split('\n').at(-1) ?? `exit code ${code}`)),
      );
    }),
    stop: () => void child.kill(),
  };
}
