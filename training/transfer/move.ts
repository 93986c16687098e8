/**
 * Weights of one network into another, by name and shape (as in Yosinski et al. 2014, whose question was which of them help).
 * A tensor moves when the other network has one of its name and its shape; what moved and what did not is said for each.
 * Kernels that were divided by their largest singular value move as they are: the batch normalisation after them does not see scale.
 */
import type { Shape } from '../network/layers.ts';
import { copyParameters, emptyParameters, type Parameters } from '../network/parameters.ts';
import type { NamedArray } from '../train/safetensors.ts';

/** Networks of a run, and their arrays, by name. */
export type Networks = ReadonlyMap<string, ReadonlyMap<string, NamedArray>>;

/** An array that begins as in a new network, and why. */
export type Fresh =
  | { readonly name: string; readonly why: 'no such name' }
  | { readonly name: string; readonly why: 'other shape'; readonly here: Shape; readonly there: Shape };

export interface Moved {
  readonly moved: readonly string[];
  readonly fresh: readonly Fresh[];
  /** Names over there that have no place here. */
  readonly unused: readonly string[];
}

/**
 * @param from where two networks have a tensor that fits, the first one gives it
 * @param start what the network begins as where nothing moves; left as it is
 */
export function moveWeights(
  from: Networks,
  start: Parameters,
): { readonly parameters: Parameters; readonly report: Moved } {
  const parameters = emptyParameters(start.specs);
  copyParameters(start, parameters);
  const offered = [...from.values()].flatMap((arrays) => [...arrays].map(([name, array]) => ({ name, ...array })));
  const moved: string[] = [];
  const fresh: Fresh[] = [];
  for (const { name, shape: here } of start.specs) {
    const named = offered.filter((other) => other.name === name);
    const fits = named.find(({ shape }) => same(shape, here));
    if (fits) {
      parameters.byName.get(name)!.set(fits.values);
      moved.push(name);
    } else if (named.length > 0) fresh.push({ name, why: 'other shape', here, there: named[0].shape });
    else fresh.push({ name, why: 'no such name' });
  }
  const known = new Set(start.specs.map(({ name }) => name));
  const unused = [...new Set(offered.map(({ name }) => name))].filter((name) => !known.has(name));
  return { parameters, report: { moved, fresh, unused } };
}

const same = (a: Shape, b: Shape) => a.length === b.length && a.every((n, i) => n === b[i]);

/** For a person: a line a layer. */
export function wordsOf({ moved, fresh, unused }: Moved): string {
  const shapes = fresh.filter((each) => each.why === 'other shape');
  const names = fresh.filter((each) => each.why === 'no such name').map(({ name }) => name);
  return [
    `moved ${moved.length} of ${moved.length + fresh.length} arrays`,
    ...byLayer(moved).map((line) => `  moved   ${line}`),
    ...shapes.map(({ name, here, there }) => `  new     ${name}: ${shown(there)} there, ${shown(here)} here`),
    ...byLayer(names).map((line) => `  new     ${line}: no such name there`),
    ...byLayer(unused).map((line) => `  unused  ${line}`),
    '',
  ].join('\n');
}

const shown = (shape: Shape) => `[${shape.join(', ')}]`;

function byLayer(names: readonly string[]): readonly string[] {
  const layerOf = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf('.')));
  return [...Map.groupBy(names, layerOf)].map(
    ([layer, all]) => `${layer} (${all.map((name) => name.slice(name.lastIndexOf('.') + 1)).join(', ')})`,
  );
}
