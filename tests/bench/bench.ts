/**
 * `npm run bench [-- --json] [--model DIR] [NAME…]`: how fast, how large, how robust, each number beside its bar. What is measured, and how:
 * docs/bench.md.
 */
import { parseArgs } from 'node:util';
import type { BenchResult } from './result.ts';

const BENCHES: Readonly<Record<string, (model?: string) => Promise<AsyncIterable<BenchResult>>>> = {
  'read-segy': async () => (await import('./read-segy.ts')).readSegy(),
  'read-seg2': async () => (await import('./read-seg2.ts')).readSeg2(),
  pick: async (model) => (await import('./pick.ts')).pick(model),
  runtimes: async () => (await import('./pick.ts')).pickByRuntimes(),
  qc: async (model) => (await import('./qc.ts')).qc(model),
  start: async (model) => (await import('./start.ts')).start(model),
  memory: async (model) => (await import('./memory.ts')).memory(model),
  station: async (model) => (await import('./station.ts')).station(model),
  lambda: async (model) => (await import('./cloud.ts')).lambda(model),
  survey: async (model) => (await import('./cloud.ts')).survey(model),
  serve: async () => (await import('./serve.ts')).serve(),
  fuzz: async () => (await import('./fuzz.ts')).fuzz(),
};

interface Bar {
  /** What must hold, in the unit of the result. */
  readonly least?: number;
  readonly most?: number;
  /** What we would like. */
  readonly goal?: number;
}

const BARS: Readonly<Record<string, Bar>> = {
  'read-segy-ibm': { least: 1, goal: 1.3 },
  'read-segy-ieee': { least: 1, goal: 1.8 },
  'read-seg2-float': { least: 500 },
  'read-seg2-int32': { least: 500 },
  'read-seg2-packed': { least: 500 },
  pick: { least: 3000, goal: 10_000 },
  'pick-in-process': { least: 3000, goal: 10_000 },
  'pick-shot': { most: 500 },
  'pick-classical': { least: 5000, goal: 20_000 },
  'pick-classical-in-process': { least: 5000, goal: 20_000 },
  'runtime-download': { most: 4 },
  'runtime-auto-to-fastest': { least: 0.9 },
  'qc-to-picking': { most: 20 },
  'qc-line': { most: 60 },
  'qc-line-memory': { most: 1024 },
  'start-node': { most: 0.8 },
  'start-node-classical': { most: 0.8 },
  'start-npx': { most: 0.8 },
  'memory-info': { most: 1024 },
  'memory-pick': { most: 1024 },
  'station-48x4000': { most: 300 },
  'station-48x4000-page': { most: 300 },
  'station-1000x2000': { most: 1000 },
  'station-1000x2000-page': { most: 1000 },
  'station-10000x1000': { most: 10_000 },
  'station-10000x1000-cores': { most: 1 },
  'station-10000x1000-growth': { most: 10 },
  'lambda-package': { most: 10 },
  'serve-memory': { most: 1024 },
  'fuzz-faults': { most: 0 },
  'fuzz-slowest-input': { most: 2000 },
  'fuzz-memory': { most: 1024 },
};

const holds = (value: number, { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Bar): boolean =>
  value >= least && value <= most;

function line({ name, value, unit, n, p95, context }: BenchResult): string {
  const bar = BARS[name];
  const wanted = bar ? `${bar.least === undefined ? `≤ ${figure(bar.most!)}` : `≥ ${figure(bar.least)}`}` : '';
  const goal = bar?.goal === undefined ? '' : `goal ${figure(bar.goal)}`;
  const verdict = bar ? (holds(value, bar) ? 'holds' : 'MISSED') : '';
  const spread = n > 1 ? `p95 ${figure(p95)}, n ${n}` : '';
  const about = Object.entries(context)
    .map(([key, item]) => `${key} ${item}`)
    .join(', ');
  return [
    name.padEnd(24),
    `${figure(value)} ${unit}`.padStart(18),
    wanted.padStart(9),
    verdict.padEnd(7),
    goal.padEnd(12),
    spread.padEnd(20),
    about,
  ].join('  ');
}

/** Three digits that count, or all of a whole number. */
function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, model: { type: 'string' } },
  allowPositionals: true,
});
const names = positionals.length ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length) {
  console.error(`unknown bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
let missed = 0;
for (const name of names)
  for await (const result of await BENCHES[name](values.model)) {
    console.log(values.json ? JSON.stringify(result) : line(result));
    if (!holds(result.value, BARS[result.name] ?? {})) missed++;
  }
if (missed) console.error(`${missed} of the numbers do not reach their bar`);
