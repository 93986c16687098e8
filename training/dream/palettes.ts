/** Colours of amplitudes −1 … 1, told apart by all eyes: greys, peaks dark, or blue over white to orange (Okabe and Ito 2008). */

export type PaletteName = 'grey' | 'blue-orange';
export type Colour = readonly [red: number, green: number, blue: number];

/** Even steps from −1 to 1. */
const STOPS: Readonly<Record<PaletteName, readonly Colour[]>> = {
  grey: [
    [255, 255, 255],
    [0, 0, 0],
  ],
  'blue-orange': [
    [0, 46, 84],
    [0, 114, 178],
    [250, 250, 250],
    [213, 94, 0],
    [94, 34, 0],
  ],
};

export const PALETTE_NAMES = Object.keys(STOPS) as PaletteName[];

/** More are not told apart, and cost room in animations. */
const SHADES = 64;

export function paletteOf(name: PaletteName): readonly Colour[] {
  const stops = STOPS[name];
  return Array.from({ length: SHADES }, (_, i) => {
    const at = (i / (SHADES - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(at));
    const share = at - below;
    return stops[below].map((value, c) =>
      Math.round(value + share * (stops[below + 1][c] - value)),
    ) as unknown as Colour;
  });
}

export const shadeOf = (value: number, palette: readonly Colour[]): Colour =>
  palette[Math.round(((Math.max(-1, Math.min(1, value)) + 1) / 2) * (palette.length - 1))];
