/** The browser that other tests use is a real one, and pages under test are isolated. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openChromium } from './chromium.ts';
import { serveFolders } from './serve.ts';

it('Chromium opens a served page, isolated, with WebAssembly threads allowed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-page-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  const served = await serveFolders({ '/': folder });
  const browser = await openChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${served.url}/`);
    expect(await page.title()).toBe('page');
    expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
    expect((await page.goto(`${served.url}/..%2f..%2fetc/passwd`))?.status()).toBe(404);
  } finally {
    await browser.close();
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
