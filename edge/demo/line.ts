/** A line over the ground of the demo: the source moves along the geophones, shot by shot, each written as SEG-2 when its turn comes. */
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import type { SimulatedFile } from '../station/simulate.ts';
import { syntheticShot } from './synthetic-shot.ts';

/** Sources off either end and between, as a refraction crew places them. */
const FIRST = -7;
const STEP = 9;

export function demoLine({
  shots,
  firstFfid,
}: {
  readonly shots: number;
  readonly firstFfid: number;
}): readonly SimulatedFile[] {
  return Array.from({ length: shots }, (_, i) => ({
    name: `${firstFfid + i}.sg2`,
    bytes() {
      const { shot } = syntheticShot({ ffid: firstFfid + i, source: metres(FIRST + STEP * i), firstSample: ms(-20) });
      return writeSeg2({ ...shot, recordedAt: new Date().toISOString().slice(0, 19) });
    },
  }));
}
