/**
 * Releases on this machine, for whoever picks job after job: which one a job is to keep, and the folder it lies in. One that
 * cannot be had, or is not what was signed, costs nobody a pick: stable stands in for the canary, and what worked before for stable.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '#shared/model/manifest.ts';
import type { Registry } from '#shared/model/registry.ts';
import { pullOnce } from './pull.ts';
import type { Runs } from './try-model.ts';

export interface ReleasesHere {
  /** Digest of a release that lies here, checked and tried; null: there is none, and the model at hand picks. */
  choose(job: string): Promise<string | null>;
  /** @throws RegistryError, StoreError */
  folder(digest: string): Promise<string>;
}

export interface ReleasesOptions {
  /** Told of releases that are passed over, and of a registry that cannot be asked. */
  readonly trouble: (error: unknown, digest?: string) => void;
  /** Folder of the model at hand, checked and tried already: a release with its manifest need not be brought. */
  readonly atHand?: string;
  readonly runs?: Runs;
}

export function releasesHere(
  registry: Pick<Registry, 'choose' | 'alias' | 'release' | 'file'>,
  directory: string,
  { trouble, atHand, runs }: ReleasesOptions,
): ReleasesHere {
  const folders = new Map<string, Promise<string>>();
  let worked: string | null = null;

  async function brought(digest: string): Promise<string> {
    if (atHand !== undefined) {
      const { files } = await registry.release(digest);
      const manifest = await readFile(join(atHand, 'manifest.json')).then(sha256);
      if (files.some((each) => each.file === 'manifest.json' && each.sha256 === manifest)) return atHand;
    }
    return pullOnce(registry, digest, join(directory, digest.slice(0, 16)), runs);
  }

  function folder(digest: string): Promise<string> {
    const known = folders.get(digest);
    if (known) return known;
    const coming = brought(digest);
    folders.set(digest, coming);
    coming.catch(() => folders.delete(digest)); // the next job tries again
    return coming;
  }

  async function had(digest: string): Promise<boolean> {
    try {
      await folder(digest);
      return true;
    } catch (error) {
      trouble(error, digest);
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
