/** Under which licences the data of a model may be used: a table of sites as `firstbreak train evaluate` reads it, or words. */
import { readFile } from 'node:fs/promises';
import { RegistryError } from '#shared/model/release.ts';

const SITES_SCHEMA = 'firstbreak.sites/1';

interface SiteEntry {
  readonly site?: string;
  readonly licence?: string;
  readonly training?: boolean;
}

/**
 * @param tables files of sites; one for evaluation only has no licence to learn from
 * @param words `SITE=LICENCE`, which count before the tables
 */
export async function licencesOf(
  tables: readonly string[],
  words: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const licences = new Map<string, string>();
  for (const file of tables)
    for (const { site, licence, training } of await sitesIn(file))
      if (site && licence && training !== false) licences.set(site, licence);
  for (const word of words) {
    const [, site, licence] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (!site) throw new RegistryError('refused', '--licence', `expected SITE=LICENCE, found '${word}'`);
    licences.set(site.trim(), licence.trim());
  }
  return licences;
}

async function sitesIn(file: string): Promise<readonly SiteEntry[]> {
  let found: { readonly schema?: unknown; readonly sites?: unknown } | null = null;
  try {
    found = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: expected a table of sites in JSON, found ${(cause as Error).message}`, { cause });
  }
  if (found?.schema !== SITES_SCHEMA || !Array.isArray(found.sites))
    throw new Error(`${file}: expected schema ${SITES_SCHEMA} and sites, found ${found?.schema ?? 'none'}`);
  return found.sites as readonly SiteEntry[];
}
