/** The API in this process over a directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
