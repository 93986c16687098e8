/** Folds that hold out whole sites: what was seen in training says nothing about ground, crew and recorder of the site held out. */

export interface Fold {
  /** The site, or group of sites, that is held out. */
  readonly name: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/**
 * One fold for each site.
 * @param together sites that share ground or people, which are held out as one
 * @param never sites that are only tested on: their licence keeps them out of training
 * @throws RangeError when fewer than two groups could be told apart, or a group names an unknown site or one twice
 */
export function leaveOneSiteOut(
  sites: readonly string[],
  {
    together = [],
    never = [],
  }: { readonly together?: readonly (readonly string[])[]; readonly never?: readonly string[] } = {},
): readonly Fold[] {
  const distinct = [...new Set(sites)];
  const grouped = together.flat();
  for (const site of [...grouped, ...never])
    if (!distinct.includes(site)) throw new RangeError(`expected one of ${distinct.join(', ')}, found ${site}`);
  const twice = grouped.find((site, i) => grouped.indexOf(site) !== i);
  if (twice !== undefined) throw new RangeError(`expected ${twice} in one group, found it in two`);
  const groups = [
    ...together.filter((group) => group.length > 0),
    ...distinct.filter((site) => !grouped.includes(site)).map((site) => [site]),
  ];
  if (groups.length < 2) throw new RangeError(`expected at least two sites, found ${groups.length}`);
  return groups.map((test) => ({
    name: test.join('+'),
    test,
    train: distinct.filter((site) => !test.includes(site) && !never.includes(site)),
  }));
}
