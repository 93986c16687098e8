/** What of a network becomes integers, and with which scales: by choice of how much stays a float. */
import type { GraphNode } from '../export/graph.ts';
import type { OnnxGraph } from '../export/onnx.ts';
import { type Affine, affineOf, type Range, type RangeWay, rangeOf } from './affine.ts';
import type { Observed } from './observe.ts';
import type { Int8Kernel } from './weights.ts';

export interface Plan {
  /** By name of the constant; the others stay floats. */
  readonly kernels: ReadonlyMap<string, Int8Kernel>;
  /** By name of the value; the others stay floats. */
  readonly values: ReadonlyMap<string, Affine>;
}

/** From most integers to fewest. */
export const CHOICES = {
  integers: 'all kernels, and all values up to the scores',
  'float scores': 'all values but the last before the scores, all kernels but those that make and read it',
  'float ends': 'as before, and the first convolution takes floats',
  'weights only': 'all kernels, no values',
} as const;
export type Choice = keyof typeof CHOICES;

export function planOf(
  graph: OnnxGraph,
  { seen }: Observed,
  kernels: ReadonlyMap<string, Int8Kernel>,
  choice: Choice,
  way: RangeWay,
): Plan {
  if (choice === 'weights only') return { kernels, values: new Map() };
  const chosen = roundedValues(graph, choice);
  const groups = tied(graph, chosen);
  const values = new Map<string, Affine>();
  for (const group of groups) {
    const affine = affineOf(union(group.map((name) => rangeOf(seen.get(name)!, way))));
    for (const name of group) values.set(name, affine);
  }
  // The ends are small: floats there cost few bytes. Not so the first convolution, which stays one of rounded weights.
  const whole = graph.nodes.filter((node, i) => isInteger(graph, node, values) || i < firstRectifier(graph));
  const kept = new Set(whole.map(({ inputs }) => inputs[1]));
  return { kernels: new Map([...kernels].filter(([name]) => kept.has(name))), values };
}

const union = (ranges: readonly Range[]): Range => ({
  least: Math.min(...ranges.map(({ least }) => least)),
  most: Math.max(...ranges.map(({ most }) => most)),
});

/** The rectifier behind a convolution, where there is one: both become one operator. */
export const rectifierOf = ({ nodes }: OnnxGraph, { output }: GraphNode): GraphNode | undefined =>
  nodes.find(({ op, inputs }) => op === 'Relu' && inputs[0] === output);

/** Whether a convolution takes integers and gives integers. */
export function isInteger(graph: OnnxGraph, node: GraphNode, values: Plan['values']): boolean {
  if (node.op !== 'Conv') return false;
  const { output } = rectifierOf(graph, node) ?? node;
  return values.has(node.inputs[0]) && values.has(output);
}

/** Values that become integers: all but what is rectified next, and but what `choice` leaves out. */
function roundedValues(graph: OnnxGraph, choice: Choice): ReadonlySet<string> {
  const constants = new Set(graph.constants.map(({ name }) => name));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const consumers = (value: string) => graph.nodes.filter(({ inputs }) => inputs.includes(value));
  /** Whether a convolution that is rectified looks at it, perhaps after pooling and the like. */
  const leadsOn = (value: string): boolean =>
    consumers(value).some((node) =>
      node.op === 'Conv' ? rectifierOf(graph, node) !== undefined : leadsOn(node.output),
    );
  const [input] = graph.inputs;
  const all = [input.name, ...graph.nodes.map(({ output }) => output)].filter(
    (value) => !constants.has(value) && !outputs.has(value) && !consumers(value).some(({ op }) => op === 'Relu'),
  );
  if (choice === 'integers') return new Set(all);
  const early = new Set([input.name, ...graph.nodes.slice(0, firstRectifier(graph)).map(({ output }) => output)]);
  return new Set(all.filter((value) => leadsOn(value) && !(choice === 'float ends' && early.has(value))));
}

const firstRectifier = ({ nodes }: OnnxGraph): number => nodes.findIndex(({ op }) => op === 'Relu');

/** Operators that move integers as they are: what goes in and what comes out share a scale. */
const MOVING: readonly string[] = ['Concat', 'MaxPool', 'Resize', 'Reshape', 'Transpose', 'ReduceMax', 'ReduceMean'];

/** Values that must share a scale, as sets. */
function tied({ nodes }: OnnxGraph, chosen: ReadonlySet<string>): readonly (readonly string[])[] {
  const group = new Map([...chosen].map((name) => [name, new Set([name])]));
  for (const { op, inputs, output } of nodes) {
    if (!MOVING.includes(op)) continue;
    const together = [...inputs, output].filter((name) => chosen.has(name)).map((name) => group.get(name)!);
    const joined = new Set(together.flatMap((set) => [...set]));
    for (const name of joined) group.set(name, joined);
  }
  return [...new Set(group.values())].map((set) => [...set]);
}
