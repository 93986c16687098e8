/** Pictures as PNG (W3C "Portable Network Graphics", third edition): of few colours, one byte a pixel, for maps of a page; or of all. */

/** `pixels[row * width + column]` is a place in `palette`, colours as 0xrrggbb. */
export async function indexedPng(
  width: number,
  height: number,
  pixels: Uint8Array,
  palette: readonly number[],
): Promise<Uint8Array> {
  const lines = new Uint8Array(height * (width + 1)); // each begins with its filter: none
  for (let row = 0; row < height; row++)
    lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const colours = Uint8Array.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return png(width, height, 3, lines, [chunk('PLTE', colours)]);
}

/** `pixels`: red, green and blue of each. */
export async function rgbPng(width: number, height: number, pixels: Uint8Array): Promise<Uint8Array> {
  const row = 3 * width;
  const lines = new Uint8Array(height * (row + 1)); // each begins with its filter: the difference from the line above
  for (let y = 0; y < height; y++) {
    const at = y * (row + 1);
    lines[at] = 2;
    for (let i = 0; i < row; i++) lines[at + 1 + i] = pixels[y * row + i] - (y > 0 ? pixels[(y - 1) * row + i] : 0);
  }
  return png(width, height, 2, lines, []);
}

/** @param colourType 2: three bytes a pixel, 3: places in a palette */
async function png(
  width: number,
  height: number,
  colourType: 2 | 3,
  lines: Uint8Array<ArrayBuffer>,
  between: readonly Uint8Array[],
): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourType, 0, 0, 0], 8); // eight bits, deflate, no filter method but 0, not interlaced
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const data = chunk('IDAT', await deflated(lines));
  return joined([signature, chunk('IHDR', header), ...between, data, chunk('IEND', new Uint8Array(0))]);
}

const deflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer(),
  );

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const pngUrl = (png: Uint8Array): string => `data:image/png;base64,${base64(png)}`;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
