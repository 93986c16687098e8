/** Which gathers a run never learns from, so that it can be told how it does on others. */
import type { CorpusRecord, RawGather } from './corpus.ts';

/** Of this many gathers in the order of their digests, one is held back. */
const ONE_IN = 5;
/** Fewer gathers than this are all learnt from. */
const ENOUGH = 10;

export interface Parted {
  readonly learnt: readonly RawGather[];
  readonly held: readonly RawGather[];
}

/** By digest, so that neither the order of files nor their names decide. */
export function parted(gathers: readonly RawGather[]): Parted {
  const ordered = gathers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  if (ordered.length < ENOUGH) return { learnt: ordered, held: [] };
  return {
    learnt: ordered.filter((_, i) => i % ONE_IN !== 0),
    held: ordered.filter((_, i) => i % ONE_IN === 0),
  };
}

/** @throws Error when a run that goes on is given other gathers than it began with */
export function checkSameCorpus(found: CorpusRecord, begun: CorpusRecord): void {
  if (JSON.stringify(found) === JSON.stringify(begun)) return;
  const known = new Set(begun.gathers);
  const again = found.gathers.filter((digest) => known.has(digest)).length;
  const words = begun.sites.map(({ name, gathers }) => `${name} (${gathers})`).join(', ') || 'none';
  throw new Error(
    `a run goes on with the gathers it began with: expected ${words}, found ${found.gathers.length} gathers, ${again} of them the same`,
  );
}
