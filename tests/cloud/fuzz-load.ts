/**
 * Damaged files at full load: every answer is picks or a problem that says what was expected, none of them takes long, the server
 * stays up, and its memory stays flat. `node tests/cloud/fuzz-load.ts [MINUTES]` runs it long (10).
 */
import { randomBytes } from 'node:crypto';
import { middle } from '#shared/qc/middle.ts';
import type { ProblemJson } from '../../functions/api/problem.ts';
import { damaged, sounds } from '../bench/fuzz-inputs.ts';
import { startProgram } from './started.ts';

export interface FuzzLoad {
  readonly sent: number;
  /** By status and code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** The slowest inputs, with what they took, ms. */
  readonly slowest: readonly (readonly [ms: number, name: string])[];
  /** MiB: medians of the three windows behind the warm-up, which is a quarter of the run; empty where the system does not say. */
  readonly memory: readonly number[];
  /** MiB at any time. */
  readonly mostMemory: number;
  /** Answers that nobody should get, the first of them. */
  readonly wrong: readonly string[];
}

const FORMATS = ['csv', 'json', 'ndjson', 'sgt', 'png'];

/** What the last window may have more than the first: what samples of the same load differ by. */
export const MOST_GROWTH = 0.1;
/** Of a server with two threads that pick, the weights and WebAssembly included; MiB. */
export const MOST_MIB = 700;
const WINDOWS = 3;
const WARM_UP = 0.25;

export async function fuzzLoad({
  seconds,
  seed = 1,
  clients = 8,
}: {
  seconds: number;
  seed?: number;
  clients?: number;
}): Promise<FuzzLoad> {
  const server = await startProgram('--max-mb', '8');
  const seeds = await sounds(process.env.FIRSTBREAK_FIELD_DATA);
  const answers: Record<string, number> = {};
  const wrong: string[] = [];
  const memory: { readonly at: number; readonly mib: number }[] = [];
  let slowest: (readonly [ms: number, name: string])[] = [];
  let [sent, slowestMs] = [0, 0];
  const from = performance.now();
  const end = from + 1000 * seconds;
  const client = async () => {
    while (performance.now() < end) {
      const index = sent++;
      const { name, bytes } = damaged(seeds, seed, index);
      const started = performance.now();
      const path = `/v1/picks?name=input&format=${FORMATS[index % FORMATS.length]}`;
      const body = index % 50 === 49 ? randomBytes(5000) : Buffer.from(bytes);
      const answer = await fetch(server.url + path, { method: 'POST', body }).catch((error: Error) => error);
      const took = performance.now() - started;
      slowestMs = Math.max(slowestMs, took);
      slowest = [...slowest, [Math.round(took), `${index}, ${name}`] as const].sort((a, b) => b[0] - a[0]).slice(0, 5);
      if (answer instanceof Error) {
        wrong.push(
          `input ${index}, ${name}: no answer: ${(answer.cause as Error | undefined)?.message ?? answer.message}`,
        );
        if (server.child.exitCode !== null) return;
        continue;
      }
      const text = await answer.text();
      const problem = answer.ok ? undefined : problemOf(answer, text);
      const kind = answer.ok ? '200' : `${answer.status} ${problem?.code ?? ''}`;
      answers[kind] = (answers[kind] ?? 0) + 1;
      const told = problem && /expected/.test(problem.detail) && !problem.detail.includes('\n');
      if (answer.ok || (answer.status < 500 && told) || problem?.code === 'busy') continue;
      wrong.push(`input ${index}, ${name}: ${kind}: ${text.slice(0, 300)}`);
    }
  };
  const watch = setInterval(() => {
    const mib = server.memory();
    if (mib !== undefined) memory.push({ at: (performance.now() - from) / (1000 * seconds), mib });
  }, 500);
  try {
    await Promise.all(Array.from({ length: clients }, client));
    const health = await fetch(`${server.url}/v1/health`).catch(() => undefined);
    if (health?.status !== 200) wrong.push(`afterwards: health ${health?.status ?? 'does not answer'}`);
  } finally {
    clearInterval(watch);
    await server.stop();
  }
  const windows = Array.from({ length: WINDOWS }, (_, i) =>
    memory.filter(({ at }) => Math.floor((WINDOWS * (at - WARM_UP)) / (1 - WARM_UP)) === i).map(({ mib }) => mib),
  );
  const medians = windows.flatMap((window) => middle(window) ?? []);
  return {
    sent,
    answers,
    slowestMs,
    slowest,
    memory: medians,
    mostMemory: Math.max(0, ...memory.map(({ mib }) => mib)),
    wrong,
  };
}

function problemOf(answer: Response, text: string): ProblemJson | undefined {
  if (answer.headers.get('content-type') !== 'application/problem+json') return undefined;
  return JSON.parse(text) as ProblemJson;
}

if (import.meta.main) {
  const minutes = Number(process.argv[2] ?? 10);
  const run = await fuzzLoad({ seconds: 60 * minutes, seed: 20260601 });
  for (const line of run.wrong.slice(0, 20)) console.log(line);
  const rounded = { memory: run.memory.map(Math.round), mostMemory: Math.round(run.mostMemory) };
  const growth = run.memory.length === WINDOWS ? run.memory[WINDOWS - 1] / run.memory[0] - 1 : 0;
  const flat = growth <= MOST_GROWTH && run.mostMemory <= MOST_MIB;
  console.log(JSON.stringify({ ...run, ...rounded, wrong: run.wrong.length, growth, flat }, null, 1));
  process.exitCode = run.wrong.length > 0 || !flat ? 1 : 0;
}
