/**
 * The shots of a shard as their line needs them: what a line keeps of each, and its picks, so that the shot can be judged again beside
 * the others without being picked again. Gzipped lines of JSON.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ObjectStore } from '#shared/object-store.ts';
import type { Pick, SkipReason } from '#shared/picks.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { type Milliseconds, ms } from '#shared/units.ts';

export interface LineShot {
  /** Judged by itself. */
  readonly summary: ShotSummary;
  /** A row a trace: time and confidence, or why there are none. */
  readonly picks: readonly PickRow[];
  /** Key of its picture, where it has one. */
  readonly picture?: string;
}
type PickRow = readonly [time: Milliseconds, confidence: number] | SkipReason;

export const pickRows = (picks: readonly Pick[]): readonly PickRow[] =>
  picks.map((pick) => (pick.kind === 'picked' ? [pick.time, pick.confidence] : pick.reason));

export const picksOfRows = (rows: readonly PickRow[]): readonly Pick[] =>
  rows.map((row) =>
    typeof row === 'string'
      ? { kind: 'skipped', reason: row }
      : { kind: 'picked', time: ms(row[0]), confidence: row[1] },
  );

/** Lines of JSON, packed. */
export const packedLines = (values: readonly unknown[]): Uint8Array =>
  gzipSync(values.map((value) => `${JSON.stringify(value)}\n`).join(''), { level: 1 });

/** @throws StoreError `missing` */
export async function readLines<T>(store: ObjectStore, key: string): Promise<T[]> {
  const text = gunzipSync(await store.get(key)).toString('utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
}
