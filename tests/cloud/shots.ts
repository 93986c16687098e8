/** Bytes of shot files whose first breaks are known. */
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { metres } from '#shared/units.ts';

export const seg2Shot = (ffid = 1, channels = 24): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(writeSeg2(syntheticShot({ ffid, source: metres(-6), channels }).shot));

export async function segyShots(count = 2, channels = 24): Promise<Uint8Array<ArrayBuffer>> {
  const shots = Array.from(
    { length: count },
    (_, i) => syntheticShot({ ffid: 101 + i, source: metres(4 * i), channels }).shot,
  );
  const pieces: Uint8Array[] = [];
  for await (const piece of writeSegy(shots, {})) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}
