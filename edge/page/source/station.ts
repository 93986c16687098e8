/** Shots of the station that serves this page, over HTTP and server-sent events. */
import type {
  EditJson,
  EditRequest,
  EditResponse,
  HealthJson,
  LineResponse,
  RefusalJson,
  ShotDetail,
  ShotsPage,
  SnapRequest,
  SnapResponse,
  StationEvents,
  UndoRequest,
} from '../../station/api-types.ts';
import { decodeRows } from '../gather/rows.ts';
import { who } from '../who.ts';
import { exportNamed } from './exports.ts';
import { type Listener, type ShotSource, StaleEdit } from './source.ts';

export function stationSource(base = new URL('.', location.href)): ShotSource {
  const at = (path: string) => new URL(path, base);
  const shotPath = (id: string, rest = '') => at(`api/shots/${encodeURIComponent(id)}${rest}`);
  const post = (url: URL, body: unknown) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const changed = async (url: URL, body: EditRequest | UndoRequest): Promise<ShotDetail> => {
    const response = await post(url, body);
    if (response.status === 409) throw new StaleEdit(((await response.json()) as EditResponse).shot);
    return (await answer<EditResponse>(response)).shot;
  };
  return {
    kind: 'station',
    list: async (before) =>
      answer<ShotsPage>(await fetch(at(`api/shots?limit=100${before ? `&before=${encodeURIComponent(before)}` : ''}`))),
    detail: async (id) => answer<ShotDetail>(await fetch(shotPath(id))),
    async rows(id, window, detail) {
      const query =
        window === 'all'
          ? 'full=1'
          : `width=${window.width}&height=${window.height}&first=${window.firstTrace}&last=${window.lastTrace}&from=${window.fromMs}&to=${window.toMs}`;
      const response = await fetch(shotPath(id, `/gather?${query}`));
      if (!response.ok) await answer(response);
      const bytes = await response.arrayBuffer();
      return decodeRows(await detail, bytes);
    },
    edit: (shot, edits: readonly EditJson[]) =>
      changed(shotPath(shot.id, '/edits'), { base: shot.revision, edits, who: who.value }),
    step: (shot, way) => changed(shotPath(shot.id, `/${way}`), { base: shot.revision, who: who.value }),
    async snap(shot, trace, timeMs) {
      const asked: SnapRequest = { trace, timeMs };
      return (await answer<SnapResponse>(await post(shotPath(shot.id, '/snap'), asked))).timeMs;
    },
    line: async () => answer<LineResponse>(await fetch(at('api/line'))),
    download: async (name) => followLink(at(exportNamed(name).path).href, name),
    listen: (listener) => listenTo(at('api/events'), listener),
  };
}

/** The browser itself fetches it, so nothing has to fit into memory. */
function followLink(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name; // unless the station names it
  link.click();
}

/** @throws Error with the one line that the station gives */
async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return response.json() as Promise<T>;
  const refusal = (await response.json().catch(() => undefined)) as RefusalJson | undefined;
  throw new Error(refusal?.detail ?? `expected an answer of the station, found status ${response.status}`);
}

function listenTo(url: URL, listener: Listener): () => void {
  const events = new EventSource(url);
  const on = <K extends keyof StationEvents>(name: K, hear: (data: StationEvents[K]) => void) =>
    events.addEventListener(name, (event) => hear(JSON.parse((event as MessageEvent<string>).data)));
  on('shot', listener.shot);
  on('edit', listener.edit);
  on('gone', ({ id }) => listener.gone(id));
  on('status', listener.status);
  on('problem', listener.problem);
  on('reload', () => listener.reload());
  events.onopen = () => listener.connected(true);
  events.onerror = () => listener.connected(false);
  return () => events.close();
}

/** Whether a station serves this page. */
export async function stationIsThere(base = new URL('.', location.href)): Promise<HealthJson | undefined> {
  try {
    const response = await fetch(new URL('api/health', base), { cache: 'no-store' });
    const isJson = response.headers.get('content-type')?.includes('json');
    return response.ok && isJson ? ((await response.json()) as HealthJson) : undefined;
  } catch {
    return undefined;
  }
}
