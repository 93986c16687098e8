/** Real shots a run learns from or watches: read once, shared by all threads, and known by name and digest ever after. */
import { createHash } from 'node:crypto';
import { RecordError } from '#shared/errors.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { readSite, type SiteOptions } from '../data/site.ts';
import { inCommon } from '../pretrain/corpus.ts';

/** What a checkpoint says of a site: enough to know it again, and nothing of the machine it lay on. */
export interface SiteRecord {
  readonly name: string;
  readonly shots: number;
  /** Traces with a first break. */
  readonly labels: number;
  /** SHA-256 of labels and amplitudes as they were read, hexadecimal. */
  readonly digest: string;
}

export interface FieldSite {
  readonly record: SiteRecord;
  readonly shots: readonly LabelledShot[];
}

/**
 * @param paths folders of shots with picks, or hardpicks files
 * @returns by name, so that the order of the paths decides nothing
 * @throws RecordError when one cannot be read, holds no first break, or two have one name
 */
export async function readField(paths: readonly string[], options: SiteOptions = {}): Promise<readonly FieldSite[]> {
  const sites: FieldSite[] = [];
  for (const path of paths) {
    const site = await readOne(path, options);
    const { name } = site.record;
    if (sites.some(({ record }) => record.name === name))
      throw new RecordError('malformed', path, `expected sites of different names, found ${name} twice`);
    sites.push(site);
  }
  return sites.sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
}

async function readOne(path: string, options: SiteOptions): Promise<FieldSite> {
  const shots: LabelledShot[] = [];
  const hash = createHash('sha256');
  let [labels, name] = [0, ''];
  for await (const labelled of readSite(path, options)) {
    const onsets = labelled.labels.filter(({ kind }) => kind === 'onset').length;
    labels += onsets;
    name = labelled.site;
    hash.update(JSON.stringify([labelled.file, labelled.labels])).update(labelled.shot.amplitudes);
    if (onsets > 0)
      shots.push({ ...labelled, shot: { ...labelled.shot, amplitudes: inCommon(labelled.shot.amplitudes) } });
  }
  if (shots.length === 0) throw new RecordError('empty', path, 'expected traces with a first break, found none');
  return { record: { name, shots: shots.length, labels, digest: hash.digest('hex') }, shots };
}

/**
 * The sites a run began with, out of those at hand.
 * @throws Error naming the first one that is missing or no longer the same
 */
export function knownAgain(
  recorded: readonly SiteRecord[],
  found: readonly FieldSite[],
  option: string,
): readonly FieldSite[] {
  return recorded.map(({ name, digest }) => {
    const site = found.find(({ record }) => record.name === name);
    if (!site) throw new Error(`${option}: expected ${name}, which the run began with, found no such site`);
    if (site.record.digest !== digest)
      throw new Error(`${option}: expected ${name} as the run began with it, found other labels or amplitudes`);
    return site;
  });
}
