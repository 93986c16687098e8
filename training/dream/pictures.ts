/** Frames of a dream as pictures: an animated GIF, a PNG each, and one sheet of them side by side. */
import { SAMPLES } from '#shared/model/window.ts';
import { type Colour, shadeOf } from './palettes.ts';

/** Companded amplitudes, [trace, sample]. */
export type Frame = Float32Array;

/** Pixels of a trace and of a sample. */
export interface Cell {
  readonly trace: number;
  readonly sample: number;
}
export const CELL: Cell = { trace: 6, sample: 2 };
const SMALL: Cell = { trace: 3, sample: 1 };

interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA */
  readonly pixels: Uint8ClampedArray;
}

/** Time goes down, traces across. */
export function pictureOf(frame: Frame, palette: readonly Colour[], { trace, sample }: Cell = CELL): Picture {
  const width = (frame.length / SAMPLES) * trace;
  const height = SAMPLES * sample;
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = frame[Math.floor(x / trace) * SAMPLES + Math.floor(y / sample)];
      pixels.set(shadeOf(value, palette), 4 * (y * width + x));
    }
  return { width, height, pixels };
}

/** @param delay ms a frame */
export async function gifOf(
  frames: readonly Frame[],
  palette: readonly Colour[],
  { delay = 80 }: { readonly delay?: number } = {},
): Promise<Uint8Array> {
  const { GifEncoder } = await import('@napi-rs/canvas');
  const pictures = frames.map((frame) => pictureOf(frame, palette));
  const { width, height } = pictures[0];
  const encoder = new GifEncoder(width, height, { repeat: 0, quality: 1 });
  for (const { pixels } of pictures) encoder.addFrame(new Uint8Array(pixels.buffer), width, height, { delay });
  return encoder.finish();
}

export async function pngOf(frame: Frame, palette: readonly Colour[]): Promise<Uint8Array> {
  return sheetOf([frame], palette, { cell: CELL, gap: 0 });
}

/** Most frames on a sheet; of more, evenly many are left out. */
const ON_SHEET = 32;

export async function sheetOf(
  frames: readonly Frame[],
  palette: readonly Colour[],
  { cell = SMALL, gap = 6, across = 8 }: { readonly cell?: Cell; readonly gap?: number; readonly across?: number } = {},
): Promise<Uint8Array> {
  const { createCanvas } = await import('@napi-rs/canvas');
  const every = Math.ceil(frames.length / ON_SHEET);
  const pictures = frames.filter((_, i) => i % every === 0).map((frame) => pictureOf(frame, palette, cell));
  const { width, height } = pictures[0];
  const columns = Math.min(across, pictures.length);
  const canvas = createCanvas(
    gap + columns * (width + gap),
    gap + Math.ceil(pictures.length / columns) * (height + gap),
  );
  const ctx = canvas.getContext('2d');
  ctx.fillStyle = 'white';
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  for (const [i, { pixels }] of pictures.entries()) {
    const image = ctx.createImageData(width, height);
    image.data.set(pixels);
    ctx.putImageData(image, gap + (i % columns) * (width + gap), gap + Math.floor(i / columns) * (height + gap));
  }
  return canvas.encode('png');
}
