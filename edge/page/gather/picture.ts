/** The picture under the marks: traces as lines or colours, and what stands around them. */
import type { PickJson } from '../../station/api-types.ts';
import { type AxisWords, axes, shotInstant } from './axes.ts';
import { type ColourMap, paletteOf } from './colours.ts';
import { density } from './density.ts';
import type { Frame } from './frame.ts';
import type { Ink } from './ink.ts';
import type { Scaled } from './scaling.ts';
import { wiggles } from './wiggle.ts';

export interface PictureOptions {
  readonly style: 'density' | 'wiggle';
  readonly colours: ColourMap;
  readonly words: AxisWords;
  readonly ink: Ink;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** @param scaled undefined: the amplitudes cannot be had */
export function drawPicture(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  scaled: Scaled | undefined,
  picks: readonly PickJson[],
  { style, colours, words, ink, ratio }: PictureOptions,
): void {
  const { left, top, right, bottom, width, height } = frame;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = ink.paper;
  ctx.fillRect(0, 0, width, height);
  if (scaled && style === 'density') {
    const columns = Math.max(1, Math.round((right - left) * ratio));
    const rows = Math.max(1, Math.round((bottom - top) * ratio));
    const image = ctx.createImageData(columns, rows);
    const palette = paletteOf(colours);
    density(new Uint32Array(image.data.buffer), columns, rows, frame, scaled, palette, palette[127]);
    ctx.putImageData(image, Math.round(left * ratio), Math.round(top * ratio));
  } else if (scaled) wiggles(ctx, frame, scaled, { colour: ink.ink, line: 0.75 * ink.weight });
  shotInstant(ctx, frame, ink);
  axes(ctx, frame, picks, words, ink);
}
