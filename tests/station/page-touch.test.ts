/** The page under fingers, in gloves: taps, strokes, two fingers, and targets large enough for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { ShotDetail, ShotsPage, SnapResponse } from '#edge/station/api-types.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { builtForTests, type OpenedPage, openPage, picture, type RunningStation, startStation } from './open-page.ts';
import { type Site, site, until } from './station.ts';

const CHANNELS = 24;
let place: Site;
let station: RunningStation;
let opened: OpenedPage;
beforeAll(async () => {
  await builtForTests();
  place = site();
  const { shot } = syntheticShot({ ffid: 1, source: metres(10), channels: CHANNELS, length: ms(150) });
  place.put('1.sg2', writeSeg2(shot));
  station = await startStation(place.watched, place.data);
  opened = await openPage(station.url, { touch: true });
  await opened.page.waitForSelector('.banner.pass, .banner.warn');
});
afterAll(async () => {
  await opened?.close();
  await station?.kill();
  place?.remove();
});

const api = async <T>(path: string, body?: unknown): Promise<T> =>
  (
    await fetch(`${station.url}/api/${path}`, {
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  ).json() as Promise<T>;
const shot = async () => api<ShotDetail>(`shots/${(await api<ShotsPage>('shots')).shots[0].id}`);
const edited = async (count: number) => {
  await until(async () => (await shot()).revision === count, `revision ${count}`);
  return (await shot()).picks.flatMap((pick, row) => (pick.edited ? [row] : []));
};

interface Finger {
  readonly x: number;
  readonly y: number;
}

/** Fingers that go down together, move through places and come up together. */
async function fingers(...steps: readonly (readonly Finger[])[]): Promise<void> {
  const session = await opened.page.context().newCDPSession(opened.page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly Finger[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: at.map((finger, id) => ({ ...finger, id })) });
  for (const [i, at] of steps.entries()) await touch(i === 0 ? 'touchStart' : 'touchMove', at);
  await touch('touchEnd', []);
  await session.detach();
}

async function gather() {
  const box = (await opened.page.locator('.surface.gather').boundingBox())!;
  const [left, right] = [box.x + 66, box.x + box.width - 12];
  return {
    /** Without zoom. */
    x: (row: number) => left + ((row + 0.5) / CHANNELS) * (right - left),
    middle: (left + right) / 2,
    width: right - left,
    y: (share: number) => box.y + 38 + share * (box.height - 65),
  };
}

describe('fingers on the gather', () => {
  it('two of them, moved apart, come closer without picking anything, and new shots still come up', async () => {
    const { page } = opened;
    const at = await gather();
    const apart = (by: number) => [
      { x: at.middle - by, y: at.y(0.5) },
      { x: at.middle + by, y: at.y(0.5) },
    ];
    await fingers(apart(60), apart(80), apart(100), apart(120));
    expect(await page.getAttribute('.live', 'aria-pressed')).toBe('true');
    expect((await shot()).revision).toBe(0);
    // Twice as close: what was at a distance from the middle is at twice of it.
    await page.touchscreen.tap(at.middle + 2 * (at.x(14) - at.middle), at.y(0.5));
    expect(await edited(1)).toEqual([14]);
  });

  it('two of them move the picture', async () => {
    const at = await gather();
    const moved = (by: number) => [
      { x: at.middle - 40 + by, y: at.y(0.5) },
      { x: at.middle + 40 + by, y: at.y(0.5) },
    ];
    // A quarter of what is seen, which is half of the traces.
    await fingers(moved(0), moved(-at.width / 8), moved(-at.width / 4));
    await opened.page.touchscreen.tap(at.middle + 2 * (at.x(14) - at.middle), at.y(0.5));
    expect(await edited(2)).toEqual([14, 17]);
    await opened.page.keyboard.press('0');
  });

  it('a tap picks, snapped to the onset near it', async () => {
    const { page } = opened;
    const at = await gather();
    await page.touchscreen.tap(at.x(5), at.y(0.4));
    expect(await edited(3)).toEqual([5, 14, 17]);
    const snapped = (await shot()).picks[5];
    await page.keyboard.press('s');
    await page.touchscreen.tap(at.x(5), at.y(0.4));
    await edited(4);
    await page.keyboard.press('s');
    const { id, picks } = await shot();
    const { trace, timeMs, auto } = picks[5];
    expect((await api<SnapResponse>(`shots/${id}/snap`, { trace, timeMs })).timeMs).toBeCloseTo(snapped.timeMs!, 2);
    expect(timeMs).not.toBe(snapped.timeMs);
    expect(auto.status).toBe('picked');
  });

  it('a finger that trembles taps all the same', async () => {
    const at = await gather();
    const [x, y] = [at.x(9), at.y(0.4)];
    await fingers([{ x, y }], [{ x: x + 5, y: y - 6 }], [{ x: x + 7, y: y + 5 }]);
    expect(await edited(5)).toEqual([5, 9, 14, 17]);
  });

  it('a stroke paints picks across the traces under it', async () => {
    const at = await gather();
    const stroke = [19, 20, 21, 22].map((row) => [{ x: at.x(row), y: at.y(0.5) }]);
    await fingers(...stroke);
    expect(await edited(6)).toEqual([5, 9, 14, 17, 19, 20, 21, 22]);
  });

  it('removes picks where the tool for it is chosen', async () => {
    const { page } = opened;
    const at = await gather();
    // Right behind strokes that are made by protocol, a tap on something else is not always told as a click.
    await page.getByRole('button', { name: 'Erase' }).click();
    await page.waitForSelector('.surface.tool-erase');
    await fingers(...[20, 21, 22].map((row) => [{ x: at.x(row), y: at.y(0.6) }]));
    await edited(7);
    const { picks } = await shot();
    const gone = picks.flatMap(({ edited, status, auto }, row) =>
      edited && status === 'skipped' && auto.status === 'picked' ? [row] : [],
    );
    expect(gone).toEqual([20, 21, 22]);
    await picture(page, 'touch');
    await page.getByRole('button', { name: 'Pick', exact: true }).click();
  });
});

describe('what is touched', () => {
  it.each([
    [1366, 768],
    [683, 384],
    [390, 844],
  ])('is at least 44 pixels wide and high on a screen of %i × %i', async (width, height) => {
    const { page } = opened;
    await page.setViewportSize({ width, height });
    const small = () =>
      page.$$eval('button, select, textarea, label:has(input), input:not(label input)', (all) =>
        all.flatMap((one) => {
          const box = one.getBoundingClientRect();
          const seen = box.width > 0 && box.height > 0;
          return seen && (box.width < 44 || box.height < 44)
            ? [`${one.textContent || one.getAttribute('aria-label')} ${box.width} × ${box.height}`]
            : [];
        }),
      );
    expect(await small()).toEqual([]);
    await picture(page, `touch-${width}`);
    const dialog = async (open: () => Promise<void>) => {
      await open();
      await page.waitForSelector('dialog');
      expect(await small()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
    };
    for (const key of ['e', 'n', '?']) await dialog(() => page.keyboard.press(key));
    await dialog(() => page.getByRole('button', { name: 'More settings' }).tap());
    await page.keyboard.press('v');
    await page.waitForSelector('.line-charts');
    expect(await small()).toEqual([]);
    await page.keyboard.press('v');
  });

  it('nothing went wrong on the page meanwhile', () => {
    expect(opened.faults).toEqual([]);
  });
});
