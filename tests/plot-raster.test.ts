/** The canvas in plain code draws what a real one draws. */
import { createCanvas, GlobalFonts, loadImage } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { gatherPng } from '#shared/report/gather-png.ts';
import { rgbPng } from '#shared/report/indexed-png.ts';
import { PAGE_PICTURE } from '#shared/report/plot-frame.ts';
import { type PlotContext, plotGather } from '#shared/report/plot-gather.ts';
import { rasterOf } from '#shared/report/raster.ts';
import { metres, ms } from '#shared/units.ts';

const [WIDTH, HEIGHT] = [900, 520];

/** Red, green and blue of each pixel of a real canvas. */
function drawn(width: number, height: number, draw: (context: PlotContext) => void): Uint8Array {
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = '#000000';
  context.fillRect(0, 0, width, height);
  draw(context as unknown as PlotContext);
  return Uint8Array.from(context.getImageData(0, 0, width, height).data.filter((_, i) => i % 4 < 3));
}

function rastered(width: number, height: number, draw: (context: PlotContext) => void): Uint8Array {
  const { context, pixels } = rasterOf(width, height);
  draw(context);
  return pixels;
}

function apart(a: Uint8Array, b: Uint8Array) {
  let [sum, far] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    sum += difference;
    if (difference > 64) far++;
  }
  return { mean: sum / a.length, far: far / a.length };
}

describe('pictures of shots', () => {
  for (const [style, channels] of [
    ['wiggle', 24],
    ['density', 200],
  ] as const)
    it(`${style}: within what edges may differ`, async () => {
      const recipe = { ffid: 7, source: metres(20), channels, dead: [5], noisy: [9], firstSample: ms(-10) };
      const { shot } = syntheticShot(recipe);
      const picks = [...(await classicalPicker.pick(shot))];
      picks[3] = { kind: 'skipped', reason: 'low-confidence' };
      const draw = (context: PlotContext) =>
        plotGather(context, shot, picks, {
          ...{ width: WIDTH, height: HEIGHT, style, fontless: true, title: 'line-7/shot.sg2', picker: 'picker-1' },
        });
      const [ours, theirs] = [rastered(WIDTH, HEIGHT, draw), drawn(WIDTH, HEIGHT, draw)];
      const { mean, far } = apart(ours, theirs);
      expect(mean).toBeLessThan(2);
      expect(far).toBeLessThan(0.005);
      // Not because both are blank.
      expect(apart(ours, new Uint8Array(ours.length).fill(255)).mean).toBeGreaterThan(15);
    });
});

describe('shapes', () => {
  const same = (name: string, draw: (context: PlotContext) => void) =>
    it(name, () => {
      const { mean, far } = apart(rastered(64, 48, draw), drawn(64, 48, draw));
      expect(mean).toBeLessThan(1.5);
      expect(far).toBeLessThan(0.01);
      expect(apart(rastered(64, 48, draw), new Uint8Array(64 * 48 * 3)).mean).toBeGreaterThan(1);
    });

  same('rectangles at fractions of a pixel, partly outside', (c) => {
    c.fillStyle = '#ff8040';
    c.fillRect(-10.3, 5.25, 40.5, 20.75);
    c.fillRect(50.5, 30.5, 100, 100);
  });
  same('a disc of half opacity over another', (c) => {
    for (const [x, colour] of [
      [24, '#ff0000'],
      [36, '#00ff80'],
    ] as const) {
      c.globalAlpha = 0.5;
      c.fillStyle = colour;
      c.beginPath();
      c.arc(x, 24, 15, 0, 2 * Math.PI);
      c.fill();
    }
  });
  same('lines: thin and thick, dashed, turned', (c) => {
    c.strokeStyle = '#ffffff';
    for (const [width, y] of [
      [0.7, 5],
      [1, 10.5],
      [4, 18],
    ] as const) {
      c.lineWidth = width;
      c.beginPath();
      c.moveTo(3, y);
      c.lineTo(60, y + 4);
      c.stroke();
    }
    c.setLineDash([6, 3]);
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(2, 30);
    c.lineTo(62, 30);
    c.stroke();
    c.setLineDash([]);
    c.save();
    c.translate(32, 40);
    c.rotate(-Math.PI / 2);
    c.fillStyle = '#80c0ff';
    c.fillRect(-6, -20, 12, 30);
    c.restore();
    c.strokeRect(4.5, 34.5, 10, 10);
  });
  same('what is clipped stays outside', (c) => {
    c.save();
    c.beginPath();
    c.rect(10, 10, 20, 20);
    c.clip();
    c.fillStyle = '#ffff00';
    c.beginPath();
    c.moveTo(-100, 0);
    c.lineTo(200, 10);
    c.lineTo(0, 200);
    c.closePath();
    c.fill();
    c.restore();
    c.fillStyle = '#0000ff';
    c.fillRect(40, 40, 10, 4);
  });
});

it('the PNG holds the pixels', async () => {
  const pixels = Uint8Array.from({ length: 31 * 17 * 3 }, (_, i) => (i * 73 + (i >> 3)) % 256);
  const image = await loadImage(Buffer.from(await rgbPng(31, 17, pixels)));
  const context = createCanvas(31, 17).getContext('2d');
  context.drawImage(image, 0, 0);
  const read = context.getImageData(0, 0, 31, 17).data.filter((_, i) => i % 4 < 3);
  expect([...read]).toEqual([...pixels]);
});

it('a gather is a picture of the same size on a canvas and without one', async () => {
  const { shot } = syntheticShot({ ffid: 7, source: metres(-4), channels: 12 });
  const sizes = [];
  for (const canvas of [{ createCanvas, GlobalFonts }, undefined]) {
    const { width, height } = await loadImage(Buffer.from(await gatherPng(canvas, shot, undefined, PAGE_PICTURE)));
    sizes.push([width, height]);
  }
  expect(sizes).toEqual([
    [900, 520],
    [900, 520],
  ]);
});
