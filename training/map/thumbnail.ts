/** A gather as a picture the size of a stamp: all its live traces over the time of a window, in grey. */
import { SAMPLES } from '#shared/model/window.ts';
import { GREYS } from '#shared/report/plot-gather.ts';
import { preparedShot } from '../data/prepared.ts';
import { compandedOf } from '../pretrain/autoencoder-batches.ts';
import type { RawGather } from '../pretrain/corpus.ts';
import { plainWindows } from '../pretrain/windows.ts';

/** Pixels. */
export const THUMBNAIL = { width: 144, height: SAMPLES } as const;

/** As a data URL (PNG). */
export async function thumbnailOf({ shot }: RawGather): Promise<string> {
  const { createCanvas } = await import('@napi-rs/canvas');
  const traces = preparedShot(shot).live.at.length;
  const [window] = plainWindows(shot, traces);
  const values = compandedOf(window); // [trace, sample]
  const { width, height } = THUMBNAIL;
  const canvas = createCanvas(width, height);
  const ctx = canvas.getContext('2d');
  const image = ctx.createImageData(width, height);
  for (let x = 0; x < width; x++) {
    const trace = Math.min(traces - 1, Math.floor((x * traces) / width));
    for (let k = 0; k < height; k++) {
      const grey = GREYS[Math.round(127.5 * (1 + values[trace * SAMPLES + k]))];
      image.data.set([grey, grey, grey, 255], 4 * (k * width + x));
    }
  }
  ctx.putImageData(image, 0, 0);
  return `data:image/png;base64,${(await canvas.encode('png')).toString('base64')}`;
}
