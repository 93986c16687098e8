/** Where the shot and its receivers are: along a line, or on several lines side by side. Metres. */
import type { Dice } from './dice.ts';

export interface Spread {
  /** Along the line, in the order of the traces. */
  readonly x: Float64Array;
  /** Across it. */
  readonly y: Float64Array;
  readonly source: { readonly x: number; readonly y: number };
  readonly spacing: number;
  /** From the shot to each receiver, never negative. */
  readonly offset: Float64Array;
}

export type Layout = 'split' | 'end-on' | 'offset' | 'walk-away';
const LAYOUTS: Readonly<Record<Layout, number>> = { split: 0.5, 'end-on': 0.25, offset: 0.15, 'walk-away': 0.1 };

export function randomSpread(dice: Dice, channels: number, spacing: number): Spread {
  const lines = dice.chance(0.12) ? dice.integer(2, Math.min(6, Math.max(2, Math.floor(channels / 10)))) : 1;
  const perLine = Math.ceil(channels / lines);
  const length = (perLine - 1) * spacing;
  const layout = dice.share(LAYOUTS);
  const side = dice.chance(0.5);
  const gap = gapOf(dice, perLine, spacing);
  const crooked = dice.chance(0.2) ? dice.uniform(0.02, 0.2) * spacing : 0;
  const between = spacing * dice.logUniform(1, 12);
  const shift = lines > 1 ? Array.from({ length: lines }, () => dice.uniform(-0.3, 0.3) * length) : [0];
  const turned = dice.chance(0.3); // every second line runs back
  const x = new Float64Array(channels);
  const y = new Float64Array(channels);
  for (let i = 0; i < channels; i++) {
    const line = Math.floor(i / perLine);
    const place = i % perLine;
    const along = turned && line % 2 === 1 ? perLine - 1 - place : place;
    x[i] = along * spacing + gap(along) + shift[line] + dice.normal(crooked);
    y[i] = line * between + dice.normal(0.5 * crooked);
  }
  const outside = {
    split: 0,
    'end-on': dice.uniform(0.3, 3) * spacing,
    offset: dice.logUniform(0.05, 1.2) * length,
    'walk-away': dice.logUniform(0.3, 2) * length,
  }[layout];
  const sx = layout === 'split' ? dice.uniform(0, length) : side ? -outside : length + outside;
  const sy = dice.chance(0.6) ? dice.uniform(0.1, 3) * spacing : 0.05 * spacing;
  const across = dice.integer(0, lines - 1) * between + (dice.chance(0.5) ? sy : -sy);
  return spreadOf(x, y, { x: sx, y: across }, spacing);
}

/** A station on the sea floor and a ship that passes far away: traces are shots, some tens of metres apart. */
export function oceanBottomSpread(dice: Dice, channels: number): Spread {
  const spacing = dice.logUniform(12, 180);
  const nearest = dice.logUniform(6_000, 45_000);
  const x = Float64Array.from({ length: channels }, (_, i) => nearest + i * spacing);
  if (dice.chance(0.5)) x.reverse();
  return spreadOf(x, new Float64Array(channels), { x: 0, y: 0 }, spacing);
}

function spreadOf(x: Float64Array, y: Float64Array, source: { x: number; y: number }, spacing: number): Spread {
  return { x, y, source, spacing, offset: x.map((value, i) => Math.hypot(value - source.x, y[i] - source.y)) };
}

/** A road or a river: what lies beyond it is further away. */
function gapOf(dice: Dice, places: number, spacing: number): (place: number) => number {
  if (!dice.chance(0.15)) return () => 0;
  const [at, width] = [dice.integer(2, places - 2), dice.integer(1, 12) * spacing];
  return (place) => (place >= at ? width : 0);
}
