/** Where the built page lies. In a checkout it is built when it is missing or older than its sources; a bundle brings it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = import.meta.url.endsWith('.ts');
const FOLDER = fileURLToPath(new URL(SOURCES ? '../page/dist/' : './page/', import.meta.url));
/** Named so that a bundle does not take it in: it needs Vite, which only a checkout has. */
const BUILDER = '../page/build.ts';

/** undefined: there is none, and none can be built; the station works without. */
export async function pageFolder(note: (line: string) => void): Promise<string | undefined> {
  if (SOURCES) await build(note);
  return existsSync(join(FOLDER, 'index.html')) ? FOLDER : undefined;
}

async function build(note: (line: string) => void): Promise<void> {
  try {
    const { buildPage, pageIsStale }: Builder = await import(BUILDER);
    if (!pageIsStale()) return;
    note('building the page, once …\n');
    await buildPage();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') note(`firstbreak: the page could not be built: ${message}\n`);
  }
}

interface Builder {
  buildPage(): Promise<string>;
  pageIsStale(): boolean;
}
