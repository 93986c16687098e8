/** One benchmark number, as `npm run bench -- --json` prints it: a JSON object a line. */

export interface BenchResult {
  readonly name: string;
  /** Median of the runs, in `unit`; so are `p50` and `p95`, the latter being what all but the worst 5 % of runs reach. */
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly context: Record<string, string | number>;
}

/** Runs `run`, which returns its own measure in `unit`, once to warm up and `n` times to count. */
export async function measure(
  name: string,
  unit: string,
  n: number,
  run: () => number | Promise<number>,
  options: ResultOptions = {},
): Promise<BenchResult> {
  await run();
  const values: number[] = [];
  for (let i = 0; i < n; i++) values.push(await run());
  return resultOf(name, unit, values, options);
}

export interface ResultOptions {
  readonly context?: BenchResult['context'];
  readonly better?: 'higher' | 'lower';
}

export function resultOf(
  name: string,
  unit: string,
  values: readonly number[],
  { context = {}, better = 'higher' }: ResultOptions = {},
): BenchResult {
  const ordered = [...values].sort((a, b) => (better === 'higher' ? b - a : a - b));
  const p50 = quantile(ordered, 0.5);
  return { name, value: p50, unit, n: values.length, p50, p95: quantile(ordered, 0.95), context };
}

/** Of values in order, by linear interpolation. */
function quantile(ordered: readonly number[], share: number): number {
  const at = share * (ordered.length - 1);
  const low = Math.floor(at);
  return ordered[low] + (at - low) * (ordered[Math.min(low + 1, ordered.length - 1)] - ordered[low]);
}
