/**
 * Which file of one table is meant by a file of another, when both name it from their own folder:
 * the same path, else the only one whose path ends the same way, else the only one of that name.
 */

/** `several`: more than one fits, or the one that fits is claimed by another file as well. */
export type FileMatch =
  | { readonly kind: 'one'; readonly file: string }
  | { readonly kind: 'several'; readonly files: readonly string[] };

/** Files of `wanted` that have no counterpart are absent from the result. */
export function matchFiles(wanted: readonly string[], offered: readonly string[]): Map<string, FileMatch> {
  const parts = new Map([...wanted, ...offered].map((file) => [file, components(file)]));
  const same = (a: string, b: string) => parts.get(a)!.join('/') === parts.get(b)!.join('/');
  const byName = (files: readonly string[]) => Map.groupBy(files, (file) => parts.get(file)!.at(-1));
  const offeredByName = byName(offered);
  const wantedByName = byName(wanted);
  const matches = new Map<string, FileMatch>();
  for (const file of wanted) {
    const name = parts.get(file)!.at(-1);
    const candidates = offeredByName.get(name) ?? [];
    const equal = candidates.filter((candidate) => same(candidate, file));
    const ending = candidates.filter((candidate) => endsAlike(parts.get(candidate)!, parts.get(file)!));
    const alone = wantedByName.get(name)!.length === 1;
    const best = equal.length > 0 ? equal : ending.length > 0 ? ending : alone ? candidates : [];
    if (best.length === 1) matches.set(file, { kind: 'one', file: best[0] });
    else if (best.length > 1) matches.set(file, { kind: 'several', files: best });
  }
  return withoutRivals(matches, same);
}

/** A file that several claim belongs to the one of the same path, or to none of them. */
function withoutRivals(
  matches: Map<string, FileMatch>,
  same: (a: string, b: string) => boolean,
): Map<string, FileMatch> {
  const claims = new Map<string, string[]>();
  for (const [file, match] of matches)
    if (match.kind === 'one') claims.set(match.file, [...(claims.get(match.file) ?? []), file]);
  for (const [offered, claimants] of claims) {
    if (claimants.length === 1) continue;
    for (const file of claimants) if (!same(file, offered)) matches.set(file, { kind: 'several', files: [offered] });
  }
  return matches;
}

const components = (path: string): readonly string[] =>
  path.split(/[\\/]+/).filter((part) => part !== '' && part !== '.');

/** One path is the end of the other. */
function endsAlike(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(-length).join('/') === b.slice(-length).join('/');
}
