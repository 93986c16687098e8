/**
 * What an evaluation must know of a site beside its shots and picks: which wave people picked and by which convention, how near a pick must come to count as
 * a hit, and whether anything may be learnt from it. A JSON table holds it (`open-sites.json` for the open ones); sites that are not
 * in the table are land surveys of P onsets.
 */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecordError } from '#shared/errors.ts';
import { CONVENTIONS, type Convention } from '#shared/picking/convention.ts';
import { TOLERANCES_MS } from '#shared/report/score.ts';
import { type Milliseconds, ms } from '#shared/units.ts';
import { isDirectory, textOf } from '../files.ts';

export const SITES_SCHEMA = 'firstbreak.sites/1';
export const OPEN_SITES = fileURLToPath(new URL('open-sites.json', import.meta.url));
/** Of the option that names another table. */
export const OPEN_SITES_HELP = 'what is to be known of the sites (default training/evaluate/open-sites.json)';

export interface SiteFacts {
  /** Name of the folder or file, as the manifests of models have it. */
  readonly site: string;
  readonly about: string;
  /** Where it was published. */
  readonly from: string;
  readonly licence: string;
  readonly wave: 'P' | 'S';
  /** What they called the first break: the picks of every picker are brought to it. */
  readonly convention: Convention;
  /** false: for evaluation only. */
  readonly training: boolean;
  /** Its first breaks can be seen by anybody: the site counts where picks are held to be exact. */
  readonly clean: boolean;
  /** Within this a pick is a hit. */
  readonly toleranceMs: Milliseconds;
  /** Hit rates are given within these, of those that scores know. */
  readonly tolerancesMs: readonly number[];
}

export interface Site extends SiteFacts {
  readonly path: string;
}

const DEFAULTS: Omit<SiteFacts, 'site'> = {
  about: '',
  from: '',
  licence: '',
  wave: 'P',
  convention: 'onset',
  training: true,
  clean: false,
  toleranceMs: ms(5),
  tolerancesMs: [1, 2, 3, 5, 10],
};

const isWord = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
const oneOf = (words: readonly unknown[]) => (value: unknown) => words.includes(value);

/** Each fact with what it must be. */
const EXPECTED: Readonly<Record<keyof SiteFacts, readonly [words: string, is: (value: unknown) => boolean]>> = {
  site: ['a name', (value) => isWord(value) && value !== ''],
  about: ['words', isWord],
  from: ['words', isWord],
  licence: ['words', isWord],
  wave: ['P or S', oneOf(['P', 'S'])],
  convention: [`one of ${CONVENTIONS.join(', ')}`, oneOf(CONVENTIONS)],
  training: ['true or false', isFlag],
  clean: ['true or false', isFlag],
  toleranceMs: [`one of ${TOLERANCES_MS.join(', ')}`, oneOf(TOLERANCES_MS)],
  tolerancesMs: [
    `some of ${TOLERANCES_MS.join(', ')}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every(oneOf(TOLERANCES_MS)),
  ],
};

/** @throws RecordError `malformed`, naming the site and what is wrong with it */
export function readSiteTable(text: string, file: string): ReadonlyMap<string, SiteFacts> {
  let table: { readonly schema?: unknown; readonly sites?: unknown };
  try {
    table = JSON.parse(text);
  } catch (cause) {
    throw new RecordError('malformed', file, 'expected a JSON object, found something else', { cause });
  }
  if (table?.schema !== SITES_SCHEMA || !Array.isArray(table.sites))
    throw new RecordError('malformed', file, `expected schema ${SITES_SCHEMA} and sites, found ${table?.schema}`);
  const sites = new Map<string, SiteFacts>();
  for (const entry of table.sites as readonly Record<string, unknown>[]) {
    const facts: Record<string, unknown> = { ...DEFAULTS, ...entry };
    for (const [key, value] of Object.entries(facts)) {
      const [words, is] = EXPECTED[key as keyof SiteFacts] ?? ['no such fact', () => false];
      if (!is(value))
        throw new RecordError(
          'malformed',
          file,
          `${entry?.site}: expected ${key} to be ${words}, found ${JSON.stringify(value)}`,
        );
    }
    if (facts.site === undefined)
      throw new RecordError('malformed', file, `expected a site's name, found ${JSON.stringify(entry)}`);
    sites.set(facts.site as string, facts as unknown as SiteFacts);
  }
  return sites;
}

/** @param table file of a table; the open sites when left out */
export const siteTable = (table = OPEN_SITES): ReadonlyMap<string, SiteFacts> => readSiteTable(textOf(table), table);

/** A folder with picks, or a survey in HDF5, and what the table says of it. */
export function siteAt(path: string, table: ReadonlyMap<string, SiteFacts>): Site {
  const site = basename(resolve(path)).replace(/\.(hdf5|hdf|h5)$/i, '');
  return { ...DEFAULTS, ...table.get(site), site, path };
}

/**
 * The sites in a folder: it is one itself, or they lie in it; those of the table first and in its order.
 * @throws RecordError `empty` when there is none
 */
export function sitesIn(folder: string, table: ReadonlyMap<string, SiteFacts>): readonly Site[] {
  if (isSite(folder)) return [siteAt(folder, table)];
  const found = (isDirectory(folder) ? readdirSync(folder) : []).map((name) => join(folder, name)).filter(isSite);
  if (found.length === 0)
    throw new RecordError('empty', folder, 'expected folders with picks.csv or .hdf5 surveys, found none');
  const order = [...table.keys()];
  const rank = ({ site }: Site) => (table.has(site) ? order.indexOf(site) : order.length);
  return found.map((path) => siteAt(path, table)).sort((a, b) => rank(a) - rank(b) || (a.site < b.site ? -1 : 1));
}

const isSite = (path: string): boolean =>
  isDirectory(path) ? readdirSync(path).includes('picks.csv') : /\.(hdf5|hdf|h5)$/i.test(path);
