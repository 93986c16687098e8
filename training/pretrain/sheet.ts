/** Windows side by side in rows, in grey on one scale: what networks were given, rebuilt or made, for the eye to compare. */
import { SAMPLES } from '#shared/model/window.ts';
import { GREYS } from '#shared/report/plot-gather.ts';
import { drawLetters } from '#shared/report/plot-letters.ts';

export interface SheetRow {
  readonly title: string;
  /** Amplitudes, companded: −1 … 1. [trace, sample] */
  readonly windows: readonly Float32Array[];
  /** Under each window. */
  readonly words?: readonly string[];
}

export interface SheetOptions {
  /** Pixels a trace and a sample. @default 6 and 2 */
  readonly perTrace?: number;
  readonly perSample?: number;
  /** What is drawn as black; less shows as much more. @default 1 */
  readonly most?: number;
}

const GAP = 10;
const TITLE = 22;
const WORDS = 14;
const LETTERS = 11;

/** PNG bytes. */
export async function sheetOf(
  rows: readonly SheetRow[],
  { perTrace = 6, perSample = 2, most = 1 }: SheetOptions = {},
): Promise<Uint8Array> {
  const { createCanvas } = await import('@napi-rs/canvas');
  const tracesOf = (window: Float32Array) => window.length / SAMPLES;
  const widthOf = ({ windows }: SheetRow) =>
    windows.reduce((sum, window) => sum + GAP + perTrace * tracesOf(window), GAP);
  const high = perSample * SAMPLES;
  const heightOf = ({ words }: SheetRow) => TITLE + high + (words ? WORDS : 0);
  const sheet = createCanvas(
    Math.max(200, ...rows.map(widthOf)),
    rows.reduce((sum, row) => sum + heightOf(row), GAP),
  );
  const ctx = sheet.getContext('2d');
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.strokeStyle = '#1a1a1a';
  ctx.lineCap = 'round';
  const write = (text: string, x: number, y: number) => drawLetters(ctx as never, text, x, y, LETTERS);
  let top = 0;
  for (const row of rows) {
    write(row.title, GAP, top + TITLE - 7);
    let left = GAP;
    for (const [i, window] of row.windows.entries()) {
      const traces = tracesOf(window);
      const image = ctx.createImageData(traces * perTrace, high);
      for (let t = 0; t < traces; t++)
        for (let k = 0; k < SAMPLES; k++) {
          const share = Math.max(-1, Math.min(1, window[t * SAMPLES + k] / most));
          const grey = GREYS[Math.round(127.5 * (1 + share))];
          for (let y = k * perSample; y < (k + 1) * perSample; y++)
            for (let x = t * perTrace; x < (t + 1) * perTrace; x++)
              image.data.set([grey, grey, grey, 255], 4 * (y * traces * perTrace + x));
        }
      ctx.putImageData(image, left, top + TITLE);
      if (row.words?.[i]) write(row.words[i], left, top + TITLE + high + WORDS - 3);
      left += GAP + traces * perTrace;
    }
    top += heightOf(row);
  }
  return sheet.encode('png');
}
