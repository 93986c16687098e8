/** Which shots are looked at first, and pictures of those alone: a page of a thousand shots must stay small. */
import type { Finding, Verdict } from '../qc/finding.ts';

type Judged = { readonly verdict: Verdict; readonly findings: readonly Finding[] };

const MOST = 9;

/** Larger is worse: verdict, then failures, then warnings. Few steps, so that a line that gets worse slowly is not drawn shot by shot. */
export function badness({ verdict, findings }: Judged): number {
  const count = (severity: Finding['severity']) =>
    Math.min(MOST, findings.filter((finding) => finding.severity === severity).length);
  return 100 * ['pass', 'warn', 'fail'].indexOf(verdict) + 10 * count('fail') + count('warn');
}

/** In the order given among equals. */
export const worstFirst = <T extends Judged>(shots: readonly T[]): readonly T[] =>
  [...shots].sort((a, b) => badness(b) - badness(a));

export interface Gallery<K, V> {
  readonly kept: ReadonlyMap<K, V>;
  /** Whether the shot is among the worst so far; what it takes to draw it can be saved otherwise. */
  wants(shot: K): boolean;
  keep(shot: K, value: V): void;
}

/** Keeps what belongs to the `most` worst shots seen so far. */
export function galleryOf<K extends Judged, V>(most: number): Gallery<K, V> {
  const kept = new Map<K, V>();
  /** The last of the least bad ones. */
  const mildest = () => [...kept.keys()].reduce((mild, shot) => (badness(shot) <= badness(mild) ? shot : mild));
  const wants = (shot: K) => most > 0 && (kept.size < most || badness(shot) > badness(mildest()));
  return {
    kept,
    wants,
    keep(shot, value) {
      if (!wants(shot)) return;
      if (kept.size >= most) kept.delete(mildest());
      kept.set(shot, value);
    },
  };
}
