/** The API on this machine: how soon it answers, how many small shots a second, how long a large one takes. */
import autocannon from 'autocannon';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { metres, ms } from '#shared/units.ts';
import { seg2Shot } from '../cloud/shots.ts';
import { startProgram } from '../cloud/started.ts';
import { type BenchResult, measure, resultOf } from './result.ts';

const SECONDS = 15;
/** Enough that a thread never waits for the next one. */
const CONNECTIONS = 8;
const LARGE_TRACES = 1000;
const LARGE_RUNS = 15;

export async function* serve(): AsyncGenerator<BenchResult> {
  const server = await startProgram();
  try {
    const answered = await fetch(`${server.url}/v1/health`);
    if (!answered.ok) throw new Error(`health: ${answered.status}`);
    yield resultOf('serve-start', 'ms', [server.startedMs], { better: 'lower' });

    const small = seg2Shot(1, 24);
    const load = await autocannon({
      url: `${server.url}/v1/picks?format=csv`,
      method: 'POST',
      body: Buffer.from(small),
      headers: { 'content-type': 'application/octet-stream' },
      connections: CONNECTIONS,
      duration: SECONDS,
    });
    if (load.non2xx + load.errors > 0) throw new Error(`${load.non2xx} refused, ${load.errors} errors`);
    const context = { traces: 24, bytes: small.length, connections: CONNECTIONS, p99LatencyMs: load.latency.p99 };
    const { average, p50, p2_5 } = load.requests;
    const rate = { value: average, p50, p95: p2_5 };
    yield { name: 'serve-small-shots', unit: 'requests/s', n: load['2xx'], context, ...rate };

    const { shot } = syntheticShot({
      ffid: 1,
      source: metres(-6),
      channels: LARGE_TRACES,
      spacing: metres(0.5),
      sampleInterval: ms(0.5),
      length: ms(500),
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of writeSegy([shot], {})) pieces.push(piece);
    const large = Uint8Array.from(Buffer.concat(pieces));
    yield await measure(
      'serve-large-shot',
      'ms',
      LARGE_RUNS,
      async () => {
        const from = performance.now();
        const answer = await fetch(`${server.url}/v1/picks?format=csv`, { method: 'POST', body: large });
        if (!answer.ok) throw new Error(`${answer.status}`);
        await answer.text();
        return performance.now() - from;
      },
      { better: 'lower', context: { traces: LARGE_TRACES, samples: shot.samples, bytes: large.length } },
    );
    const memory = server.memory();
    if (memory !== undefined) yield resultOf('serve-memory', 'MiB', [memory], { better: 'lower' });
  } finally {
    await server.stop();
  }
}
