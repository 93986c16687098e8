/** The page of `page/`, built as the product builds its own, open in Chromium; what it can be asked stands in `page/page.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { runtimeFiles } from '#edge/browser/runtime-files.ts';
import { openChromium } from './chromium.ts';
import type { Doors } from './page/page.ts';
import { serveFolders } from './serve.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface TestPage {
  readonly page: Page;
  ask(...task: Parameters<Doors['ask']>): ReturnType<Doors['ask']>;
  pick(...task: Parameters<Doors['pick']>): ReturnType<Doors['pick']>;
  /** The same page once more, sharing nothing with this one; it is to be closed first. */
  another(): Promise<TestPage>;
  close(): Promise<void>;
}

/** @param folders served beside the page, by their path */
export async function openTestPage(folders: Readonly<Record<string, string>> = {}): Promise<TestPage> {
  const outDir = mkdtempSync(join(tmpdir(), 'firstbreak-built-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(import.meta.dirname, 'page'),
    build: { outDir, emptyOutDir: true, target: 'es2024', reportCompressedSize: false, chunkSizeWarningLimit: 10_000 },
    worker: { format: 'es' },
    plugins: [runtimeFiles()],
  });
  const served = await serveFolders({ '/': outDir, '/models/': join(ROOT, 'shared/models'), ...folders });
  const browser = await openChromium();
  return pageIn(browser, `${served.url}/`, async () => {
    await browser.close();
    await served.close();
    rmSync(outDir, { recursive: true, force: true });
  });
}

async function pageIn(browser: Browser, address: string, close: () => Promise<void>): Promise<TestPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => 'ask' in globalThis);
  return {
    page,
    ask: (task) => page.evaluate((task) => (globalThis as unknown as Doors).ask(task), task),
    pick: (task) => page.evaluate((task) => (globalThis as unknown as Doors).pick(task), task),
    another: () => pageIn(browser, address, async () => {}),
    async close() {
      await context.close();
      await close();
    },
  };
}
