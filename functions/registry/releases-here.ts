/**
 * Releases on this machine, for whoever picks job after job: which one a job is to keep, and the folder it lies in. One that
 * cannot be had, or is not what was signed, costs nobody a pick: stable stands in for the canary, and what worked before for stable.
 */
import { join } from 'node:path';
import type { Registry } from '#shared/model/registry.ts';
import { pullOnce } from './pull.ts';

export interface ReleasesHere {
  /** Digest of a release that lies here, checked and tried; null: there is none, and the model at hand picks. */
  choose(job: string): Promise<string | null>;
  /** @throws RegistryError, StoreError */
  folder(digest: string): Promise<string>;
}

/** @param trouble told of releases that are passed over */
export function releasesHere(registry: Registry, directory: string, trouble: (error: unknown) => void): ReleasesHere {
  const folders = new Map<string, Promise<string>>();
  let worked: string | null = null;

  function folder(digest: string): Promise<string> {
    const known = folders.get(digest);
    if (known) return known;
    const coming = pullOnce(registry, digest, join(directory, digest.slice(0, 16)));
    folders.set(digest, coming);
    coming.catch(() => folders.delete(digest)); // the next job tries again
    return coming;
  }

  async function had(digest: string): Promise<boolean> {
    try {
      await folder(digest);
      return true;
    } catch (error) {
      trouble(error);
      return false;
    }
  }

  return {
    folder,
    async choose(job) {
      try {
        const chosen = await registry.choose(job);
        if (chosen === undefined) return worked;
        const stable = (await registry.alias('stable')).alias.release;
        for (const digest of new Set([chosen, ...(stable === null ? [] : [stable])]))
          if (await had(digest)) {
            if (digest === stable) worked = digest;
            return digest;
          }
      } catch (error) {
        trouble(error);
      }
      return worked;
    },
  };
}
