/** The station as a crew starts it, and its page in headless Chromium; pictures of it go to `artefacts/page/`, to be looked at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { BUILT_PAGE, buildPage, pageIsStale } from '#edge/page/build.ts';
import { openChromium } from '../browser/chromium.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PICTURES = join(ROOT, 'artefacts/page');

/** Built where the station looks for it, when a source is newer; whole, or not at all, if two test files begin at once. */
export async function builtForTests(): Promise<string> {
  if (!pageIsStale()) return BUILT_PAGE;
  const fresh = mkdtempSync(`${BUILT_PAGE}-`);
  await buildPage({ out: fresh });
  rmSync(BUILT_PAGE, { recursive: true, force: true });
  try {
    renameSync(fresh, BUILT_PAGE);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // the other one was faster
  }
  return BUILT_PAGE;
}

export interface RunningStation {
  readonly url: string;
  /** At once, as when the power fails. */
  kill(): Promise<void>;
}

/** @param port 0: any that is free */
export async function startStation(watch: string, data: string, port = 0): Promise<RunningStation> {
  const args = ['--watch', watch, '--data', data, '--port', String(port), '--picker', 'classical'];
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'edge/cli/firstbreak.ts'), 'station', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  let said = '';
  const url = await new Promise<string>((ready, fail) => {
    child.stderr!.on('data', (chunk) => {
      said += chunk;
      const found = /http:\/\/[\d.]+:\d+/.exec(said);
      if (found) ready(found[0]);
    });
    child.once('exit', (code) => fail(new Error(`expected the station to start, found exit ${code}: ${said}`)));
  });
  return {
    url,
    kill() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

export interface OpenedPage {
  readonly page: Page;
  /** What went wrong in the page since it was opened. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const LAPTOP = { width: 1366, height: 768 };

export interface PageOptions {
  /** What the browser calls its own, a tag or not. */
  readonly language?: string;
  /** A screen that feels fingers. */
  readonly touch?: boolean;
}

/** A browser of its own, with storage that outlives a reload. */
export async function openPage(url: string, { language, touch = false }: PageOptions = {}): Promise<OpenedPage> {
  const browser: Browser = await openChromium();
  const locale = language === undefined ? { locale: 'en-US' } : {};
  const context = await browser.newContext({ viewport: LAPTOP, acceptDownloads: true, hasTouch: touch, ...locale });
  const page = await context.newPage();
  // As long as a machine may need that has much else to do.
  page.setDefaultTimeout(120_000);
  if (language !== undefined)
    await page.addInitScript((word) => {
      Object.defineProperty(Navigator.prototype, 'language', { get: () => word });
    }, language);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) faults.push(message.text());
  });
  await page.addInitScript(countShifts);
  await page.goto(url);
  return { page, faults, close: () => browser.close() };
}

interface Shifting {
  shifted: number;
}

/** Layout Instability API: how much of the page jumped, without what a person caused. */
function countShifts(): void {
  const counted = globalThis as unknown as Shifting;
  counted.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
      if (!entry.hadRecentInput) counted.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}
export const shiftedOf = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as Shifting).shifted);

export async function picture(page: Page, name: string): Promise<void> {
  const path = join(PICTURES, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path });
}

/** What the page says of the trace under its cursor, such as `channel 5 · 12 m · 23.45 ms · 97 %`. */
export const underCursor = async (page: Page): Promise<string> => (await page.textContent('.legend .under')) ?? '';
