/**
 * Damaged files at full load: every answer is picks or a problem that says what was expected, the server stays up, and its memory
 * stays flat. `node tests/cloud/fuzz-load.ts [MINUTES]` runs it long (10).
 */
import { randomBytes } from 'node:crypto';
import type { ProblemJson } from '../../functions/api/problem.ts';
import { damaged, sounds } from '../bench/fuzz-inputs.ts';
import { startProgram } from './started.ts';

export interface FuzzLoad {
  readonly sent: number;
  /** By status and code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** MiB, ten of them evenly over the run; empty where the system does not say. */
  readonly memory: readonly number[];
  /** Answers that nobody should get, the first of them. */
  readonly wrong: readonly string[];
}

const FORMATS = ['csv', 'json', 'ndjson', 'sgt', 'png'];

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
  const memory: number[] = [];
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
  const watch = setInterval(
    () => {
      const now = server.memory();
      if (now !== undefined) memory.push(now);
    },
    (1000 * seconds) / 10,
  );
  try {
    await Promise.all(Array.from({ length: clients }, client));
    const health = await fetch(`${server.url}/v1/health`).catch(() => undefined);
    if (health?.status !== 200) wrong.push(`afterwards: health ${health?.status ?? 'does not answer'}`);
  } finally {
    clearInterval(watch);
    await server.stop();
  }
  return { sent, answers, slowestMs, memory, wrong };
}

function problemOf(answer: Response, text: string): ProblemJson | undefined {
  if (answer.headers.get('content-type') !== 'application/problem+json') return undefined;
  return JSON.parse(text) as ProblemJson;
}

if (import.meta.main) {
  const minutes = Number(process.argv[2] ?? 10);
  const run = await fuzzLoad({ seconds: 60 * minutes, seed: 20260601 });
  for (const line of run.wrong.slice(0, 20)) console.log(line);
  console.log(JSON.stringify({ ...run, memory: run.memory.map(Math.round), wrong: run.wrong.length }, null, 1));
  process.exitCode = run.wrong.length > 0 ? 1 : 0;
}
