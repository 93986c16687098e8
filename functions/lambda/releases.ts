/**
 * Releases of the registry on Lambda: which one picks a task. A job says it, the plan of a shard says it, and a file that arrived
 * falls to one by its folder, as a job does by its id. The model of the bundle picks where the registry gives none.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALIASES, releaseFor } from '#shared/model/alias.ts';
import { type Registry, registryIn } from '#shared/model/registry.ts';
import { verifierOf } from '#shared/model/signing.ts';
import { getJson, type ObjectStore } from '#shared/object-store.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { ModelsEnv } from '../env.ts';
import type { PickerOf } from '../pick-object.ts';
import { releasesHere } from '../registry/releases-here.ts';
import type { Runs } from '../registry/try-model.ts';
import type { Plan } from '../work/plan.ts';
import { resultKeys } from '../work/result-keys.ts';
import type { Task } from '../work/task.ts';

/** How long aliases are taken as they were seen: so long after a promotion or a rollback new jobs may get the one before. */
const SEEN_MS = 30_000;
/** How long nobody asks again when they could not be seen. */
const UNSEEN_MS = 5_000;
/** The present model and the next; an old one is opened again when somebody asks for it. */
const MOST_MODELS = 3;

export interface Releases {
  choose(job: string): Promise<string | null>;
  readonly pickerOf: PickerOf;
  /** Whether a release is the canary at present. */
  isCanary(release: string | null | undefined): Promise<boolean>;
}

export interface ReleasesOptions {
  readonly registry: Registry;
  /** Of the bundle: its folder, and its picker. */
  readonly bundled: { readonly folder: string; readonly picker: Picker };
  readonly runs: Runs;
  /** Opens a folder that was checked. */
  open(folder: string): Promise<Picker>;
  /** Told of releases that are passed over; `canary` where it is the one at present. */
  trouble(error: unknown, canary: boolean): void;
}

/** The registry of the environment. @throws Error when what is trusted are no keys */
export const registryOf = async (store: ObjectStore, { MODELS_TRUST }: Pick<ModelsEnv, 'MODELS_TRUST'>) => {
  const pems = MODELS_TRUST.split(',').map((key) => `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----\n`);
  return registryIn(store, { trust: await Promise.all(pems.map((pem) => verifierOf(pem, 'MODELS_TRUST'))) });
};

/** The folder of an object: files of a line are judged together, so one release picks them all. */
const lineOf = (key: string): string => key.slice(0, key.lastIndexOf('/')) || key;

export function releasesOf({ registry, bundled, runs, open, trouble }: ReleasesOptions): Releases {
  const look = () => Promise.all(ALIASES.map(registry.alias));
  let seen: ReturnType<typeof look>;
  let seenUntil = Number.NEGATIVE_INFINITY;
  const aliases = () => {
    if (performance.now() < seenUntil) return seen;
    seenUntil = performance.now() + SEEN_MS;
    seen = look();
    seen.catch(() => (seenUntil = performance.now() + UNSEEN_MS));
    return seen;
  };
  const isCanary: Releases['isCanary'] = async (release) =>
    release != null && (await aliases().catch(() => []))[1]?.alias.release === release;
  const asSeen = {
    release: registry.release,
    file: registry.file,
    alias: async (name: (typeof ALIASES)[number]) => (await aliases())[ALIASES.indexOf(name)],
    async choose(job: string) {
      const [stable, canary] = await aliases();
      return releaseFor(job, stable.alias, canary.alias);
    },
  };
  const { choose, folder } = releasesHere(asSeen, join(tmpdir(), 'firstbreak', 'releases'), {
    trouble: async (error, digest) => trouble(error, await isCanary(digest)),
    atHand: bundled.folder,
    runs,
  });

  const pickers = new Map<string, Promise<Picker>>();
  async function pickerIn(release: string | null): Promise<Picker> {
    const place = release === null ? bundled.folder : await folder(release);
    if (place === bundled.folder) return bundled.picker;
    const coming = pickers.get(place) ?? open(place);
    pickers.delete(place);
    pickers.set(place, coming);
    coming.catch(() => pickers.delete(place));
    for (const [old] of pickers) if (pickers.size > MOST_MODELS) pickers.delete(old);
    return coming;
  }

  async function releaseOfTask(task: Task, results: ObjectStore): Promise<string | null> {
    if (task.kind === 'file') return choose(lineOf(task.key));
    if (task.kind !== 'shard' && task.kind !== 'merge') return null; // nothing is picked
    return (await getJson<Plan>(results, resultKeys(task.result).plan))?.value.release ?? null;
  }

  return {
    choose,
    isCanary,
    async pickerOf(task, results, pinned) {
      const release = pinned !== undefined ? pinned : await releaseOfTask(task, results);
      return { picker: await pickerIn(release), release };
    },
  };
}
