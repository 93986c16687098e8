/** The API in this process over a directory of its own, with shots to send to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { metres } from '#shared/units.ts';
import type { AppDeps, LogEntry } from '../../functions/api/context.ts';
import { firstbreakApp } from '../../functions/app.ts';
import { byLocalhost } from '../../functions/auth/localhost.ts';
import { openPickerHere } from '../../functions/models.ts';
import { pickHere } from '../../functions/picking/here.ts';
import { directoryStore } from '../../functions/store/directory.ts';

export async function madeApp(over: Partial<AppDeps> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-api-'));
  const store = await directoryStore(folder);
  const picking = pickHere(await openPickerHere());
  const logged: LogEntry[] = [];
  const app = firstbreakApp({
    store,
    picking,
    authenticate: byLocalhost,
    version: '0.0.0-test',
    log: (entry) => logged.push(entry),
    ...over,
  });
  return { app, store, folder, logged, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

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
