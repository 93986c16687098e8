/** A line of shots in one SEG-Y file, for tests of the cloud. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import type { Shot } from '#shared/gather.ts';
import { metres, ms } from '#shared/units.ts';

export const madeShot = (ffid: number, channels = 24): Shot =>
  syntheticShot({
    ffid,
    source: metres(2 * ffid - 1),
    channels,
    length: ms(120),
    sampleInterval: ms(0.5),
    dead: ffid % 3 === 0 ? [5] : [],
  }).shot;

export async function lineBytes(shots: number, channels = 24): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const made = Array.from({ length: shots }, (_, i) => ({ ...madeShot(i + 1, channels), sourcePoint: i + 1 }));
  for await (const piece of writeSegy(made)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

export const shotBytes = (ffid = 1): Uint8Array => writeSeg2(madeShot(ffid));

export async function writeLine(folder: string, shots: number): Promise<string> {
  const path = join(folder, 'line.sgy');
  writeFileSync(path, await lineBytes(shots));
  return path;
}
