/** The line on the page, and a screen that is low, in headless Chromium of a machine whose language is no language tag. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { lineStanding } from '#edge/page/line-standing.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { builtForTests, type OpenedPage, openPage, picture, type RunningStation, startStation } from './open-page.ts';
import { type Site, site } from './station.ts';

const CHANNELS = 24;
const shotFile = (ffid: number, dead: readonly number[] = []): Uint8Array =>
  writeSeg2(syntheticShot({ ffid, source: metres(10), channels: CHANNELS, length: ms(150), dead, seed: ffid }).shot);

let place: Site;
let station: RunningStation;
let opened: OpenedPage;
beforeAll(async () => {
  await builtForTests();
  place = site();
  place.put('1.sg2', shotFile(1));
  place.put('2.sg2', shotFile(2, [5]));
  place.put(
    '3.sg2',
    shotFile(
      3,
      Array.from({ length: 16 }, (_, i) => i),
    ),
  );
  station = await startStation(place.watched, place.data);
  opened = await openPage(station.url, { language: 'en-US@posix' });
  await opened.page.waitForFunction(() => document.querySelectorAll('.shot').length === 3);
}, 120_000);
afterAll(async () => {
  await opened?.close();
  await station?.kill();
  place?.remove();
});

const word = () => opened.page.textContent('.banner .word');
const decide = async (ffid: number, key: 'a' | 'x') => {
  const { page } = opened;
  await page.keyboard.press('v');
  await page.click(`.shot:has-text("FFID ${ffid}")`);
  await page.waitForFunction((name) => document.querySelector('.banner b')?.textContent === name, `FFID ${ffid}`);
  await page.keyboard.press(key);
  await page.waitForSelector(`.shot:has-text("FFID ${ffid}"):has-text("${key === 'a' ? 'accepted' : 'Rejected'}")`);
  await page.keyboard.press('v');
  await page.waitForSelector('.line-view .banner');
};

describe('the line', () => {
  it('draws its trends where the browser names no proper language', async () => {
    const { page, faults } = opened;
    expect(await page.evaluate(() => navigator.language)).toBe('en-US@posix');
    await page.click('.tabs button:has-text("Line")');
    await page.waitForSelector('.line-charts .chart:nth-of-type(3) canvas');
    expect(await page.locator('.message').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('is not called good while a shot is to be shot again or looked at, unless a person has decided on it', async () => {
    const { page } = opened;
    expect(await word()).toContain('Re-shoot');
    expect(await page.textContent('.line-view .advice')).toContain('1 shot to shoot again (FFID 3), 1 shot to check');
    await picture(page, 'line-to-do');
    await decide(3, 'x');
    expect(await word()).toContain('Check');
    expect(await page.textContent('.line-view .advice')).toMatch(/^1 shot to check, 1 rejected/);
    await decide(2, 'a');
    expect(await word()).toContain('Good');
    expect(await page.textContent('.line-view .advice')).toMatch(/^1 rejected, 1 accepted by hand/);
    await picture(page, 'line-done');
    await page.keyboard.press('v');
  });

  it('counts what is left to do', () => {
    const shot = (ffid: number, verdict: 'pass' | 'warn' | 'fail') => ({ ...SHOT, ffid, verdict });
    const shots = [1, 2, 3, 4, 5].map((ffid) => shot(ffid, 'fail'));
    const nobody = shots.map(() => null);
    expect(lineStanding({ verdict: 'pass', shots }, nobody)).toEqual({
      look: 'fail',
      todo: '5 shots to shoot again (FFID 1, FFID 2, FFID 3 and 2 more)',
    });
    expect(
      lineStanding(
        { verdict: 'warn', shots },
        shots.map(() => 'accepted' as const),
      ),
    ).toEqual({ look: 'warn', todo: '5 accepted by hand' });
    expect(lineStanding({ verdict: 'pass', shots: [shot(1, 'pass')] }, [null])).toEqual({ look: 'pass', todo: '' });
  });
});

const SHOT = { file: 'a.sg2', timeZeroMs: null, energyDb: null, noiseDb: null, branches: [] };

describe('a low screen, or one at 200 %', () => {
  it('begins with verdict and gather', async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 683, height: 384 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await picture(page, 'low');
    const top = (await page.locator('.surface.gather').boundingBox())!.y;
    expect(top).toBeLessThan(384 - 130);
    const tools = page.locator('.toolbar');
    expect(await tools.evaluate((bar) => bar.scrollWidth - bar.clientWidth)).toBe(0);
    await page.click('.shot:has-text("FFID 3")');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 3');
    await picture(page, 'low-rejected');
    await page.keyboard.press('v');
    await page.waitForSelector('.line-charts canvas');
    await picture(page, 'low-line');
    await page.keyboard.press('v');
    await page.setViewportSize({ width: 320, height: 256 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await page.setViewportSize({ width: 1366, height: 768 });
  });
});

describe('sentences', () => {
  it('begin with a capital in banner and findings', async () => {
    const { page } = opened;
    await page.click('.shot:has-text("FFID 3")');
    await page.waitForFunction(() => document.querySelector('.banner b')?.textContent === 'FFID 3');
    const said = await page.$$eval('.banner .reason, .banner .advice, .finding .cause, .finding .advice', (places) =>
      places.map((each) => each.lastChild?.textContent?.trim() ?? ''),
    );
    expect(said.length).toBeGreaterThan(3);
    expect(said.filter((text) => /^[a-z]/.test(text))).toEqual([]);
  });
});
