/** The page of the station in headless Chromium: shots appear, are corrected and stay so, whatever is killed. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { pageIsStale } from '#edge/page/build.ts';
import type { ShotDetail, ShotsPage } from '#edge/station/api-types.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import {
  builtForTests,
  type OpenedPage,
  openPage,
  picture,
  type RunningStation,
  shiftedOf,
  startStation,
  underCursor,
} from './open-page.ts';
import { type Site, site, until } from './station.ts';

const CHANNELS = 24;
const shotFile = (ffid: number, source = 10, dead: readonly number[] = []): Uint8Array =>
  writeSeg2(
    syntheticShot({ ffid, source: metres(source), channels: CHANNELS, length: ms(150), dead, seed: ffid }).shot,
  );

let place: Site;
let station: RunningStation;
let opened: OpenedPage;
beforeAll(async () => {
  await builtForTests();
  place = site();
  station = await startStation(place.watched, place.data);
  opened = await openPage(station.url);
}, 120_000);
afterAll(async () => {
  await opened?.close();
  await station?.kill();
  place?.remove();
});

const api = async <T>(path: string): Promise<T> => (await fetch(`${station.url}/api/${path}`)).json() as Promise<T>;
const shots = async () => (await api<ShotsPage>('shots')).shots;
const newest = async () => api<ShotDetail>(`shots/${(await shots())[0].id}`);
const heading = () => opened.page.textContent('.banner .reason b');
const revision = async (at: number) => until(async () => (await newest()).revision === at, `revision ${at}`);

/** Pixels of the page over a trace and a time, found by the numbers that the page itself says. */
async function gather() {
  const box = (await opened.page.locator('.surface.gather').boundingBox())!;
  const [left, right] = [box.x + 66, box.x + box.width - 12];
  return {
    box,
    x: (row: number) => left + ((row + 0.5) / CHANNELS) * (right - left),
    y: (share: number) => box.y + 38 + share * (box.height - 65),
  };
}

describe('the page of the station', () => {
  it('shows a shot by itself, with its picks and verdict, and nothing jumps', async () => {
    const { page } = opened;
    await page.waitForSelector('.banner.none');
    place.put('1.sg2', shotFile(1));
    await page.waitForSelector('.banner.pass');
    expect(await heading()).toBe('FFID 1');
    expect(await page.textContent('.banner .word')).toContain('Good');
    place.put('2.sg2', shotFile(2, 10, [5]));
    await page.waitForSelector('.banner:not(.judging) b:has-text("FFID 2")');
    expect(await page.textContent('.findings')).toContain('Dead traces');
    const { picks } = await newest();
    for (const row of [0, 1, 2]) {
      expect(await underCursor(page)).toContain(`channel ${row + 1} `);
      expect(await underCursor(page)).toContain(`${picks[row].timeMs!.toFixed(2)} ms`);
      await page.keyboard.press('ArrowRight');
    }
    expect(await shiftedOf(page)).toBeLessThan(0.01);
    await picture(page, 'live');
  });

  it('shows where the shot before from the same place had its picks', async () => {
    const { page } = opened;
    await page.waitForSelector('.legend .ring');
    await page.keyboard.press('p');
    expect(await page.locator('.legend .ring').count()).toBe(0);
    await page.keyboard.press('p');
    expect(await page.locator('.legend .ring').count()).toBe(1);
  });

  it('picks by click, paints by drag, removes by the right button', async () => {
    const { page } = opened;
    const at = await gather();
    const before = (await newest()).picks;
    await page.mouse.click(at.x(15), at.y(0.6));
    await revision(1);
    const one = (await newest()).picks[15];
    expect(one.edited).toBe(true);
    expect(one.auto.timeMs).toBe(before[15].timeMs);
    await page.mouse.move(at.x(17), at.y(0.5));
    await page.mouse.down();
    await page.mouse.move(at.x(21), at.y(0.55), { steps: 6 });
    await page.mouse.up();
    await revision(2);
    expect((await newest()).picks.flatMap(({ edited }, row) => (edited ? [row] : []))).toEqual([
      15, 17, 18, 19, 20, 21,
    ]);
    await page.mouse.click(at.x(8), at.y(0.3), { button: 'right' });
    await revision(3);
    expect((await newest()).picks[8]).toMatchObject({ status: 'skipped', reason: 'removed', edited: true });
    await page.waitForFunction(() => document.querySelector('.legend')?.textContent?.includes('removed 1'));
  });

  it('sets a pick exactly where it is pointed at while snapping is off', async () => {
    const { page } = opened;
    const at = await gather();
    await page.keyboard.press('s');
    await page.mouse.click(at.x(15), at.y(0.2));
    await revision(4);
    const [high] = (await newest()).picks.slice(15);
    await page.mouse.click(at.x(15), at.y(0.4));
    await revision(5);
    const [low] = (await newest()).picks.slice(15);
    await page.mouse.click(at.x(15), at.y(0.6));
    await revision(6);
    const [lowest] = (await newest()).picks.slice(15);
    expect(low.timeMs! - high.timeMs!).toBeGreaterThan(5);
    // A thousandth of a millisecond is what is kept of a time.
    expect(lowest.timeMs! - low.timeMs!).toBeCloseTo(low.timeMs! - high.timeMs!, 2);
    await page.keyboard.press('s');
  });

  it('keeps everything through undo, reload, kill −9 and a new start', async () => {
    const { page } = opened;
    await page.keyboard.press('Control+z');
    await revision(7);
    await page.keyboard.press('Control+z');
    await revision(8);
    await page.keyboard.press('Control+y');
    await revision(9);
    const kept = await newest();
    await page.reload();
    await page.waitForSelector('.shot');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 2');
    expect(await page.textContent('.legend')).toContain('by hand');

    const port = Number(new URL(station.url).port);
    await station.kill();
    await page.waitForSelector('.condition.trouble');
    const at = await gather();
    await page.mouse.click(at.x(3), at.y(0.5));
    await page.waitForFunction(() => document.querySelector('.message')?.textContent?.includes('not saved yet'));
    station = await startStation(place.watched, place.data, port);
    await until(async () => (await newest()).revision === 10, 'the edit made meanwhile');
    const after = await newest();
    expect(after.picks.map(({ edited }) => edited)).toEqual(kept.picks.map(({ edited }, row) => edited || row === 3));
    for (const [row, pick] of kept.picks.entries()) if (row !== 3) expect(after.picks[row]).toEqual(pick);
    await page.waitForSelector('.condition:not(.trouble)');
    expect((await shots()).map(({ ffid }) => ffid)).toEqual([2, 1]);
    place.put('3.sg2', shotFile(3, 22));
    await page.waitForFunction(() => document.querySelectorAll('.shot').length === 3);
  });

  it('takes the present state where somebody else was faster', async () => {
    const { page } = opened;
    const { id, revision: base, picks } = await newest();
    await page.click('.shot:has-text("FFID 3")');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 3');
    const edits = [{ kind: 'remove', trace: picks[1].trace }];
    // What the page asks when it hears of the change is answered late, so that it does not know.
    const late = Promise.withResolvers<void>();
    await page.route('**/api/shots/*', async (route) => {
      await late.promise;
      await route.continue();
    });
    const body = JSON.stringify({ base, edits, who: 'somebody else' });
    await fetch(`${station.url}/api/shots/${id}/edits`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await page.keyboard.press('a');
    await page.waitForFunction(() =>
      document.querySelector('.message')?.textContent?.includes('somebody else changed'),
    );
    late.resolve();
    await page.unrouteAll({ behavior: 'wait' });
    await page.waitForFunction(() => document.querySelector('.legend')?.textContent?.includes('removed 1'));
    expect((await newest()).accepted).toBeNull();
  });
});

describe('without a mouse', () => {
  it('everything is done by keys', async () => {
    const { page } = opened;
    await page.reload();
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 3');
    const before = await newest();
    const shot = (row: number) => before.picks[row];
    let at = before.revision;
    const press = async (key: string, times = 1) => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    await press('Shift+ArrowRight');
    await press('ArrowRight', 2);
    await press('ArrowDown');
    await revision(++at);
    expect((await newest()).picks[12].timeMs).toBeCloseTo(shot(12).timeMs! + before.sampleIntervalMs, 3);
    await press('u');
    await revision(++at);
    expect((await newest()).picks[12]).toEqual(shot(12));
    for (const [key, holds] of [
      ['Delete', { status: 'skipped', reason: 'removed' }],
      ['Enter', { status: 'picked', edited: true }],
      ['k', { status: 'skipped', killed: true }],
      ['k', { killed: false }],
      ['r', { reversed: true }],
    ] as const) {
      await press(key);
      await revision(++at);
      expect((await newest()).picks[12]).toMatchObject(holds);
    }
    await press('a');
    await revision(++at);
    expect((await newest()).accepted).toBe('accepted');
    await press('x');
    await revision(++at);
    expect((await newest()).accepted).toBe('rejected');
    await press('n');
    await page.waitForSelector('dialog textarea:focus');
    await page.keyboard.type('hammer plate had slipped');
    await press('Control+Enter');
    await revision(++at);
    expect((await newest()).notes).toBe('hammer plate had slipped');
    await press('Control+z');
    await revision(++at);
    expect((await newest()).notes).toBe('');
    await press('PageDown');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 2');
    await press('Home');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 3');
    await press('?');
    await page.waitForSelector('dialog:has-text("trace to the left")');
    await press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await press('v');
    await page.waitForSelector('.line-charts canvas');
    await press('v');
    await page.waitForSelector('.surface.gather');
    // By Tab alone one comes from the top of the page into the gather.
    const reached = new Set<string>();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (let i = 0; i < 60; i++) {
      await press('Tab');
      reached.add(await page.evaluate(() => document.activeElement?.className ?? ''));
    }
    expect([...reached].join(' ')).toContain('surface gather');
    expect([...reached].join(' ')).toContain('accept');
  });
});

describe('to be read by everybody', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  interface Violation {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }
  const grave = async () => {
    await opened.page.evaluate(axe);
    const { violations } = await opened.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run(),
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  };

  it.each(['light', 'sunlight', 'dark'])(
    'no grave fault in the theme %s, of shot, line and map of keys',
    async (theme) => {
      const { page } = opened;
      await page.waitForSelector(`[data-theme="${theme}"]`);
      expect(await grave()).toEqual([]);
      await picture(page, `shot-${theme}`);
      await page.keyboard.press('v');
      await page.waitForSelector('.line-charts canvas');
      expect(await grave()).toEqual([]);
      await picture(page, `line-${theme}`);
      await page.keyboard.press('?');
      await page.waitForSelector('dialog');
      expect(await grave()).toEqual([]);
      await picture(page, `keys-${theme}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
      await page.keyboard.press('v');
      await page.keyboard.press('t');
    },
  );

  it('at 200 % nothing is cut off at the side', async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 683, height: 384 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    expect(await grave()).toEqual([]);
    await picture(page, 'zoom-200');
    await page.locator('.surface.gather').scrollIntoViewIfNeeded();
    await picture(page, 'zoom-200-gather');
    await page.setViewportSize({ width: 1366, height: 768 });
  });

  it('says that a shot is being judged, in the place of the verdict', async () => {
    const { page } = opened;
    const places = () =>
      page.$$eval('.banner .word, .banner .said, .findings, .chart, .surface', (all) =>
        all.map((one) => JSON.stringify(one.getBoundingClientRect())),
      );
    const look = async (ffid: number, banner: string) => {
      await page.click(`.shot:has-text("FFID ${ffid}")`);
      await page.waitForSelector(`${banner} b:has-text("FFID ${ffid}")`);
      return places();
    };
    const judged = await look(2, '.banner:not(.judging)');
    await look(1, '.banner:not(.judging)');
    await page.route('**/api/shots/*', async (route) => {
      const response = await route.fetch();
      const json = { ...(await response.json()), verdict: null, findings: [], branches: [] };
      await route.fulfill({ response, json });
    });
    expect(await look(2, '.banner.judging')).toEqual(judged);
    expect(await page.textContent('.banner .word')).toContain('Judging');
    expect(await grave()).toEqual([]);
    await picture(page, 'judging');
    await page.unrouteAll({ behavior: 'wait' });
    await look(1, '.banner:not(.judging)');
    await look(2, '.banner:not(.judging)');
  });

  it('nothing went wrong on the page meanwhile', () => {
    expect(opened.faults).toEqual([]);
  });
});

describe('the map of the keys', () => {
  it('says in the documentation what it says on the page', async () => {
    const { page } = opened;
    await page.keyboard.press('?');
    await page.waitForSelector('dialog');
    const shown = await page.$$eval('dialog dl > div', (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
    );
    await page.keyboard.press('Escape');
    const text = readFileSync(join(import.meta.dirname, '../../docs/station-page.md'), 'utf8');
    const said = text
      .split('\n')
      .filter((line) => /^\| (?!-)/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 3)
          .map((cell) => cell.trim()),
      )
      .filter(([, does]) => does !== 'does');
    expect(shown.length).toBeGreaterThan(40);
    const sorted = (rows: readonly (readonly string[])[]) => rows.map((row) => row.join(': ')).sort();
    expect(sorted(said)).toEqual(sorted(shown));
  });
});

describe('what is built', () => {
  it('is built anew when it is missing, or older than a source', () => {
    const folder = join(place.data, 'built');
    expect(pageIsStale(folder)).toBe(true);
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    const hour = 3600;
    utimesSync(join(folder, 'index.html'), 0, Date.now() / 1000 + hour);
    expect(pageIsStale(folder)).toBe(false);
    utimesSync(join(folder, 'index.html'), 0, 0);
    expect(pageIsStale(folder)).toBe(true);
  });
});
