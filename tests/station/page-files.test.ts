/** The page without a station, in headless Chromium: installed once, then offline, it picks dropped files as the command line does. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { readPicksCsv } from '#shared/report/csv.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { metres, ms } from '#shared/units.ts';
import { type Served, serveFolders } from '../browser/serve.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { builtForTests, type OpenedPage, openPage, picture, startStation } from './open-page.ts';
import { site } from './station.ts';

const { path: folder, remove } = scratch();
const file = (name: string) => join(folder, name);
const shots = [1, 2, 3].map(
  (ffid) =>
    syntheticShot({ ffid, source: metres(12 * ffid - 7), channels: 36, length: ms(250), firstSample: ms(-20) }).shot,
);

let served: Served;
let opened: OpenedPage;
beforeAll(async () => {
  writeFileSync(file('one.sg2'), writeSeg2(shots[0]));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeSegy(shots.slice(1), { revision: 1 })) chunks.push(chunk.slice());
  writeFileSync(file('two.sgy'), Buffer.concat(chunks));
  writeFileSync(file('letter.txt'), 'Dear observer, this is no shot.');
  served = await serveFolders({ '/': await builtForTests() });
  opened = await openPage(`${served.url}/`);
}, 120_000);
afterAll(async () => {
  await opened?.close();
  await served?.close();
  remove();
});

/** Chooses files, and gives what the page says of how it went. */
const take = (page: Page, paths: readonly string[]): Promise<string> =>
  said(page, () => page.setInputFiles('input[aria-label="Shot files"]', [...paths]));

async function said(page: Page, act: () => Promise<unknown>): Promise<string> {
  await act();
  await page.waitForFunction(() => /\d shots? picked/.test(document.querySelector('.message')?.textContent ?? ''));
  const text = (await page.textContent('.message')) ?? '';
  await page.click('.message button');
  return text.replace(/✕$/, '');
}

async function exported(page: Page, name: string): Promise<string> {
  await page.keyboard.press('e');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click(`dialog button:has-text("${name}")`),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

/** Of one file and trace. */
const keyOf = ({ file: name, trace }: ReferencePick) => `${name?.split('/').at(-1)} ${trace}`;

const RUNTIMES = [
  ['onnx-web', '?runtime=onnx'],
  ['tflite', '?runtime=tflite'],
] as const;

/** An empty page. */
async function begin(page: Page, query: string): Promise<void> {
  if ((await page.locator('.shot').count()) > 0) {
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('text=Clear');
    await page.waitForSelector('.shot', { state: 'detached' });
  }
  await page.goto(`${served.url}/${query}`);
  await page.waitForSelector('.drop');
}

/** ms between what the page and what the command line picked, of each trace that both picked; where only one did, a test fails. */
async function offCommandLine(page: Page, files: readonly string[], runtime: string): Promise<readonly number[]> {
  const here = readPicksCsv(await exported(page, 'picks csv'));
  const run = await firstbreak(['pick', ...files, '--out', '-', '--runtime', runtime]);
  const there = readPicksCsv(run.out);
  expect(here.length).toBe(there.length);
  const times = new Map(here.map((pick) => [keyOf(pick), pick.time]));
  return there.flatMap((pick) => {
    const time = times.get(keyOf(pick));
    expect([keyOf(pick), time === undefined]).toEqual([keyOf(pick), pick.time === undefined]);
    return time === undefined ? [] : [Math.abs(time - pick.time!)];
  });
}

describe('the page without a station', () => {
  it('is installed with all its files, so that it opens without a network', async () => {
    const { page } = opened;
    await page.waitForSelector('.drop');
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller) await new Promise((wait) => setTimeout(wait, 50));
    });
    const manifest = await (await fetch(`${served.url}/manifest.webmanifest`)).json();
    expect(manifest).toMatchObject({ name: 'Firstbreak', display: 'standalone', start_url: './' });
    for (const { src } of manifest.icons) expect((await fetch(`${served.url}/${src}`)).status).toBe(200);
    await served.close();
    await page.reload();
    await page.waitForSelector('.drop');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  it.each(RUNTIMES)(
    'picks SEG-2 and SEG-Y offline by %s, each within 1 ms of the command line',
    async (runtime, query) => {
      const { page } = opened;
      await begin(page, query);
      expect(await take(page, [file('one.sg2'), file('two.sgy')])).toContain('3 shots picked');
      await picture(page, `files-${runtime}`);
      const off = await offCommandLine(page, [file('one.sg2'), file('two.sgy')], runtime);
      expect(off.length).toBeGreaterThan(100);
      expect(Math.max(...off)).toBeLessThan(1);
      const json = JSON.parse(await exported(page, 'picks json'));
      expect([json].flat()[0].runtime).toBe(runtime);
    },
  );

  it('keeps shots and corrections through a reload, and says what is no shot', async () => {
    const { page } = opened;
    expect(await take(page, [file('one.sg2'), file('letter.txt')])).toMatch(
      /0 shots picked, known before: 1 file; letter\.txt: expected/,
    );
    await page.click('.shot:has-text("FFID 2")');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 2');
    await page.keyboard.press('Delete');
    await page.keyboard.press('a');
    await page.waitForFunction(() => document.querySelector('.shot[aria-current]')?.textContent?.includes('accepted'));
    await page.reload();
    await page.waitForSelector('.shot');
    await page.click('.shot:has-text("FFID 2")');
    await page.waitForFunction(() => document.querySelector('.legend')?.textContent?.includes('removed 1'));
    const rows = readPicksCsv(await exported(page, 'picks csv'));
    expect(rows.find(({ ffid, trace }) => ffid === 2 && trace === 0)).toMatchObject({ reason: 'removed' });
    const labels = await exported(page, 'labels.csv');
    expect(labels.split('\n').filter((line) => line.includes('two.sgy')).length).toBe(36);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await page.waitForFunction(() => !document.querySelector('.legend')?.textContent?.includes('removed'));
  });

  it('takes a folder with all that is in it, chosen or dropped, and passes over what is not finished', async () => {
    const { page } = opened;
    const line = file('line');
    const day = join(line, 'day 1');
    mkdirSync(day, { recursive: true });
    copyFileSync(file('one.sg2'), join(day, 'one.sg2'));
    copyFileSync(file('two.sgy'), join(line, 'two.sgy'));
    copyFileSync(file('letter.txt'), join(day, '.hidden'));
    copyFileSync(file('letter.txt'), join(line, 'three.sg2.part'));

    // By File System Access: the dialog alone, which no test can click, is put in the place of a folder of the browser's own.
    await begin(page, '');
    await page.evaluate(
      async (entries) => {
        const root = await navigator.storage.getDirectory();
        for (const [path, base64] of entries) {
          const [name, ...folders] = path.split('/').reverse();
          let at = root;
          for (const inside of folders.reverse()) at = await at.getDirectoryHandle(inside, { create: true });
          const writing = await (await at.getFileHandle(name, { create: true })).createWritable();
          await writing.write(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
          await writing.close();
        }
        Object.assign(globalThis, { showDirectoryPicker: async () => root.getDirectoryHandle('line') });
      },
      ['day 1/one.sg2', 'two.sgy', 'day 1/.hidden', 'three.sg2.part'].map(
        (path) => [`line/${path}`, readFileSync(join(line, path)).toString('base64')] as const,
      ),
    );
    expect(await said(page, () => page.getByRole('button', { name: 'Folder' }).click())).toBe('3 shots picked');

    // Where the browser has no File System Access.
    const again = '0 shots picked, known before: 2 files';
    expect(await said(page, () => page.setInputFiles('input[aria-label="Folder of shot files"]', line))).toBe(again);

    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [line], dragOperationsMask: 1 };
    const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
      session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    const dropped = async () => {
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await drag(type);
    };
    expect(await said(page, dropped)).toBe(again);
    const files = await page.$$eval('.shot', (all) => all.map((one) => (one as HTMLElement).title.split('\n')[0]));
    expect(files.sort()).toEqual(['one.sg2', 'two.sgy', 'two.sgy']);
  });

  it('shows the line of what was dropped, and writes log and report', async () => {
    const { page } = opened;
    await page.keyboard.press('v');
    await page.waitForSelector('.line-charts canvas');
    await picture(page, 'files-line');
    expect(await exported(page, 'observer-log.csv')).toMatch(/one\.sg2/);
    expect(await exported(page, 'qc-report.html')).toMatch(/<svg/);
    expect(opened.faults).toEqual([]);
  });
});

describe('the page for files that a station serves', () => {
  it('picks by the usual runtime under the headers of the station, from it and from what the browser keeps', async () => {
    const place = site();
    const station = await startStation(place.watched, place.data);
    const { page, faults, close } = await openPage(`${station.url}/?files`);
    const runtimes = async () => JSON.parse(await exported(page, 'picks json'));
    try {
      await page.waitForSelector('.drop');
      expect(await take(page, [file('one.sg2')])).toMatch(/^1 shot picked/);
      expect([await runtimes()].flat()[0].runtime).toBe('tflite');
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.reload();
      await page.waitForSelector('.shot');
      expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
      expect(await take(page, [file('two.sgy')])).toContain('2 shots picked');
      expect(faults).toEqual([]);
      const policyOf = async (path: string) => {
        const { headers } = await fetch(`${station.url}/${path}`);
        return headers.get('content-security-policy');
      };
      expect(await policyOf('?files')).not.toContain("'unsafe-eval'");
      expect(await policyOf('sw.js')).not.toContain("'unsafe-eval'");
    } finally {
      await close();
      await station.kill();
      place.remove();
    }
  });
});

const FIELD = process.env.FIRSTBREAK_FIELD_DATA;
describe.skipIf(!FIELD)('files of the field (skipped unless FIRSTBREAK_FIELD_DATA names a folder)', () => {
  const files = [
    'unpicked-dmt-summit/data/Shot_00001.sg2',
    'geostack-48ch/data/13.sgy',
    'geostack-48ch/data/108.sgy',
    'flinchum-sh-line/data/stacked_100.0m.sgy',
  ];
  it.each(RUNTIMES)('are picked by %s within 1 ms of the command line', async (runtime, query) => {
    const paths = files.map((name) => join(FIELD!, name));
    await begin(opened.page, query);
    await take(opened.page, paths);
    const off = await offCommandLine(opened.page, paths, runtime);
    expect(off.length).toBeGreaterThan(150);
    expect(Math.max(...off)).toBeLessThan(1);
  });
});
