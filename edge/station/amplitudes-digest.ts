/** A shot by its samples: the same whatever file it stands in, another when a trace is added. */
import { createHash } from 'node:crypto';
import type { Shot } from '#shared/gather.ts';

export function amplitudesDigest({ amplitudes, traces, ffid }: Shot): string {
  const hash = createHash('sha1').update(`${ffid} ${traces.length}\n`);
  return hash.update(new Uint8Array(amplitudes.buffer, amplitudes.byteOffset, amplitudes.byteLength)).digest('hex');
}
