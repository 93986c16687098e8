/** What the page keeps of dropped files, in the browser's IndexedDB: shots, edits and amplitudes outlive a reload. */
import type { Step } from '../../station/edits.ts';
import type { ShotRecord } from '../../station/record.ts';

export interface StoredShot {
  readonly id: string;
  readonly sequence: number;
  readonly receivedAt: string;
  readonly record: ShotRecord;
}

export interface Database {
  shots(): Promise<readonly StoredShot[]>;
  steps(): Promise<ReadonlyMap<string, readonly Step[]>>;
  /** Resolves when it is on the disk. */
  putShot(shot: StoredShot, amplitudes?: Float32Array): Promise<void>;
  putStep(id: string, step: Step): Promise<void>;
  amplitudes(id: string): Promise<Float32Array | undefined>;
  clear(): Promise<void>;
}

const NAME = 'firstbreak';
const VERSION = 1;
const STORES = { shots: { keyPath: 'id' }, steps: {}, amplitudes: {} } as const;
type StoreName = keyof typeof STORES;

export async function openDatabase(): Promise<Database> {
  const asked = indexedDB.open(NAME, VERSION);
  asked.onupgradeneeded = () => {
    for (const [name, options] of Object.entries(STORES)) asked.result.createObjectStore(name, options);
  };
  const database = await answered(asked);
  const read = <T>(store: StoreName, ask: (from: IDBObjectStore) => IDBRequest<T>) =>
    answered(ask(database.transaction(store).objectStore(store)));
  const write = (stores: readonly StoreName[], change: (of: (name: StoreName) => IDBObjectStore) => void) => {
    const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () =>
        reject(transaction.error ?? new Error('expected room to keep this'));
    });
    change((name) => transaction.objectStore(name));
    return done;
  };
  return {
    shots: () => read('shots', (from) => from.getAll() as IDBRequest<StoredShot[]>),
    async steps() {
      const [keys, steps] = await Promise.all([
        read('steps', (from) => from.getAllKeys()),
        read('steps', (from) => from.getAll() as IDBRequest<Step[]>),
      ]);
      const byShot = Map.groupBy(steps.keys(), (i) => (keys[i] as [string, number])[0]);
      return new Map([...byShot].map(([id, at]) => [id, at.map((i) => steps[i])]));
    },
    putShot: (shot, amplitudes) =>
      write(['shots', 'amplitudes'], (of) => {
        of('shots').put(shot);
        if (amplitudes) of('amplitudes').put(amplitudes, shot.id);
      }),
    putStep: (id, step) => write(['steps'], (of) => of('steps').put(step, [id, step.revision])),
    amplitudes: (id) => read('amplitudes', (from) => from.get(id) as IDBRequest<Float32Array | undefined>),
    clear: () =>
      write(Object.keys(STORES) as StoreName[], (of) => {
        for (const name of Object.keys(STORES) as StoreName[]) of(name).clear();
      }),
  };
}

const answered = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
