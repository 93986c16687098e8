/**
 * Colours of amplitudes, troughs to peaks, 256 steps each. Red-white-blue after Brewer's RdBu, which people who see red and green
 * alike tell apart; `contrast` is black on white with little between, for a screen in the sun.
 */
import { GREYS } from '#shared/report/plot-gather.ts';

type Rgb = readonly [red: number, green: number, blue: number];

const RED_WHITE_BLUE: readonly Rgb[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [250, 250, 250],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
];

const steep = (value: number) => 1 / (1 + Math.exp(-7 * value));

const MAPS = {
  grey: (value) => grey(GREYS[Math.round(127.5 * (1 + value))]),
  'red-white-blue': (value) => between(RED_WHITE_BLUE, value),
  contrast: (value) => grey(255 * (1 - Math.max(0, 2 * steep(value - 0.12) - 1))),
  night: (value) => grey(255 - GREYS[Math.round(127.5 * (1 + value))]),
} satisfies Record<string, (value: number) => Rgb>;

export type ColourMap = keyof typeof MAPS;

/** Words of the choice on the page. */
export const COLOUR_MAPS: Readonly<Record<ColourMap, string>> = {
  grey: 'grey',
  'red-white-blue': 'red-white-blue',
  contrast: 'black on white',
  night: 'white on black',
};

const grey = (value: number): Rgb => [value, value, value];

function between(stops: readonly Rgb[], value: number): Rgb {
  const at = ((value + 1) / 2) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const mix = (k: number) => stops[low][k] + (stops[low + 1][k] - stops[low][k]) * (at - low);
  return [mix(0), mix(1), mix(2)];
}

/** Index 0 is −1, 255 is +1; bytes in the order of `ImageData`, as one word on a little-endian machine. */
export const paletteOf = (map: ColourMap): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, i) => {
    const [red, green, blue] = MAPS[map](i / 127.5 - 1).map(Math.round);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
