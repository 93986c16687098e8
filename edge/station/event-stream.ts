/**
 * Server-sent events. The id of a change is its place in the journal, so what was missed can be told again after any interruption,
 * also when the station itself was started anew meanwhile.
 */
import type { StationEvents } from './api-types.ts';
import type { Station } from './station.ts';
import type { Change } from './store.ts';

/** Connections through which nothing comes are cut by networks. */
const HEARTBEAT_MS = 15_000;
/** More changes than this are not told one by one. */
const MOST_REPLAYED = 2000;

export function eventStream(station: Station, lastId: string | undefined, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  let stop = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => {
        try {
          controller.enqueue(encoder.encode(text));
        } catch {
          stop();
        }
      };
      const tell = <K extends keyof StationEvents>(name: K, data: StationEvents[K], id?: number) =>
        send(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      const change = (one: Change) =>
        one.kind === 'gone' ? tell('gone', { id: one.id }, one.at) : tell(one.kind, one.row, one.at);
      const heartbeat = setInterval(() => send(': \n\n'), HEARTBEAT_MS);
      const listening = station.listen({
        change,
        status: (health) => tell('status', health),
        problem: (problem) => tell('problem', problem),
      });
      stop = () => {
        clearInterval(heartbeat);
        listening();
        try {
          controller.close();
        } catch {
          // closed by the other side
        }
      };
      signal.addEventListener('abort', () => stop());
      send('retry: 1000\n\n');
      replay(station, lastId, change, () => tell('reload', {}, station.end));
      tell('status', station.health());
    },
    cancel: () => stop(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

function replay(station: Station, lastId: string | undefined, change: (one: Change) => void, reload: () => void): void {
  if (lastId === undefined) return;
  const from = Number(lastId);
  const known = Number.isSafeInteger(from) && from >= 0 && from <= station.end;
  const missed = known ? station.changedSince(from) : [];
  if (!known || missed.length > MOST_REPLAYED) reload();
  else for (const one of missed) change(one);
}
