/** How a large object is picked: in shards of whole shots, found from its headers by range requests. */

import { HEAD_BYTES } from '#shared/formats/format.ts';
import { isGzip } from '#shared/formats/gzip.ts';
import { isHdf5 } from '#shared/formats/hdf5/signature.ts';
import { open } from '#shared/formats/open.ts';
import type { Format } from '#shared/gather.ts';
import { type ByteSource, bytesAt } from '#shared/source.ts';
import { openOptions, type PickSettings } from './task.ts';

export interface Shard {
  readonly index: number;
  /** First byte and number of bytes. */
  readonly bytes: readonly [at: number, length: number];
  /** Place of the first trace in the file; absent: the shard is the whole file, whatever its format. */
  readonly trace?: number;
}

export interface Plan {
  readonly schema: 'firstbreak.plan/1';
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly file: string;
  /** null: not told by headers alone. */
  readonly format: Format | null;
  readonly settings: PickSettings;
  readonly shards: readonly Shard[];
  /** Digest of the release that picks all of them, however the aliases move; absent: the model at hand. */
  readonly release?: string;
}

/** Objects up to here are one shard. */
export const WHOLE_BYTES = 256 * 1024 * 1024;
/** Of the shards of larger ones. */
export const SHARD_BYTES = 128 * 1024 * 1024;

export interface ShardSizes {
  readonly whole: number;
  readonly shard: number;
}

/**
 * Files that are packed, or whose shots do not follow each other, are one shard.
 * @throws RecordError when it is no file of shots
 */
export async function planOf(
  source: ByteSource,
  { key, etag }: { readonly key: string; readonly etag: string },
  settings: PickSettings = {},
  { whole = WHOLE_BYTES, shard = SHARD_BYTES }: Partial<ShardSizes> = {},
): Promise<Plan> {
  const about = { schema: 'firstbreak.plan/1', key, etag, size: source.size, file: source.name, settings } as const;
  const undivided: Plan = { ...about, format: null, shards: [{ index: 0, bytes: [0, source.size] }] };
  if (source.size <= whole) return undivided;
  const head = await bytesAt(source, 0, HEAD_BYTES);
  if (isGzip(head) || isHdf5(head)) return undivided;
  const recording = await open(source, openOptions(settings));
  if (!recording.parts) return { ...undivided, format: recording.format };
  const shards: Shard[] = [];
  for await (const { trace, at, end } of recording.parts(shard))
    shards.push({ index: shards.length, bytes: [at, end - at], trace });
  return { ...about, format: recording.format, shards };
}
