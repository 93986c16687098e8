/**
 * Random earths: weathering of changing thickness over faster layers, gradients, steps and faults, layers slower than the one
 * above, pockets, hills; or a sea over its crust. Metres and metres per second.
 */
import { metres } from '#shared/units.ts';
import { type Dice, smoothLine } from './dice.ts';
import type { Earth } from './eikonal.ts';

export interface Layer {
  /** Of its top, at each vertical. */
  readonly top: Float64Array;
  /** At its top, at each vertical. */
  readonly velocity: Float64Array;
  /** Per second: metres per second gained in a metre. */
  readonly gradient: number;
}

export interface Ground {
  readonly earth: Earth;
  readonly layers: readonly Layer[];
}

export interface Extent {
  readonly from: number;
  readonly to: number;
  /** Largest offset. */
  readonly reach: number;
}

const VERTICALS = 160;
const DEPTHS = 34;

/** Soil, weathered rock and rock under a refraction line; waves from 150 m/s on. */
export function nearSurfaceGround(dice: Dice, extent: Extent): Ground {
  const soil = dice.logUniform(180, 1100);
  return layered(dice, extent, {
    velocities: rising(dice, soil, 5500, dice.integer(1, 4)),
    firstThickness: extent.reach * dice.logUniform(0.006, 0.12),
    rough: dice.uniform(0, 0.45),
    relief: dice.chance(0.5) ? extent.reach * dice.logUniform(0.002, 0.03) : 0,
  });
}

/** Thin overburden on crystalline rock or on sediments: what land surveys see. */
export function hardRockGround(dice: Dice, extent: Extent): Ground {
  const overburden = dice.logUniform(600, 2400);
  return layered(dice, extent, {
    velocities: rising(dice, overburden, 6500, dice.integer(2, 4), 1.7),
    firstThickness: Math.min(120, extent.reach * dice.logUniform(0.003, 0.03)),
    rough: dice.uniform(0, 0.6),
    relief: dice.chance(0.6) ? extent.reach * dice.logUniform(0.002, 0.02) : 0,
  });
}

/** Water, sediments, crust with a strong gradient. */
export function seaGround(dice: Dice, extent: Extent, water: number): Ground {
  const grid = gridOf(extent, 0.28 * extent.reach + 2 * water, water / 5);
  const even = (value: number) => new Float64Array(VERTICALS).fill(value);
  const sediments = water + dice.logUniform(300, 2500);
  const bumps = smoothLine(dice, VERTICALS, 40);
  const layers: readonly Layer[] = [
    { top: even(0), velocity: even(1500), gradient: 0 },
    { top: even(water), velocity: even(dice.uniform(1650, 2200)), gradient: dice.uniform(0.3, 1) },
    {
      top: bumps.map((bump) => sediments * (1 + 0.05 * bump)),
      velocity: even(dice.uniform(3800, 5200)),
      gradient: dice.uniform(0.15, 0.5),
    },
  ];
  return { earth: earthOf(grid, new Float64Array(VERTICALS), layers, () => 1), layers };
}

/** One layer after the other, faster as a rule; one in eight is slower than the one above. */
function rising(dice: Dice, first: number, most: number, count: number, leastStep = 1.25): readonly number[] {
  const velocities = [first];
  while (velocities.length < count) {
    const slower = velocities.length > 1 && velocities.length < count - 1 && dice.chance(0.3);
    const next = velocities[velocities.length - 1] * (slower ? dice.uniform(0.6, 0.95) : dice.logUniform(leastStep, 5));
    velocities.push(Math.min(most, next));
  }
  return velocities;
}

interface Layering {
  readonly velocities: readonly number[];
  readonly firstThickness: number;
  /** Share by which thicknesses change along the line. */
  readonly rough: number;
  /** Height of hills. */
  readonly relief: number;
}

function layered(dice: Dice, extent: Extent, { velocities, firstThickness, rough, relief }: Layering): Ground {
  const layers: Layer[] = [];
  const top = new Float64Array(VERTICALS);
  let thickness = firstThickness;
  for (const [number, velocity] of velocities.entries()) {
    const last = number === velocities.length - 1;
    const sideways = dice.chance(0.6) ? dice.uniform(0.01, 0.15) : 0;
    const line = smoothLine(dice, VERTICALS, dice.logUniform(5, 80));
    // The only layer needs a gradient, or no ray would turn.
    const gains = velocities.length === 1 || dice.chance(0.5);
    layers.push({
      top: Float64Array.from(top),
      velocity: line.map((value) => velocity * Math.exp(sideways * value)),
      gradient: gains ? (velocity / (last ? extent.reach : thickness)) * dice.logUniform(0.05, last ? 4 : 0.8) : 0,
    });
    const bumps = smoothLine(dice, VERTICALS, dice.logUniform(4, 60));
    const step = dice.chance(0.25) ? { at: dice.integer(0, VERTICALS), height: dice.uniform(-0.7, 1.5) } : undefined;
    const tilt = dice.normal(0.3);
    for (let i = 0; i < VERTICALS; i++) {
      const factor = 1 + rough * bumps[i] + tilt * (i / VERTICALS - 0.5) + (step && i > step.at ? step.height : 0);
      top[i] += thickness * Math.max(0.1, factor);
    }
    thickness *= dice.logUniform(0.7, 6);
  }
  const deepest = Math.max(...layers[layers.length - 1].top);
  const grid = gridOf(extent, Math.max(0.33 * extent.reach, 1.5 * deepest), firstThickness / 4);
  const hills = smoothLine(dice, VERTICALS, dice.logUniform(15, 80));
  const steepest =
    hills.reduce((most, h, i) => Math.max(most, Math.abs(h - (hills[i - 1] ?? h))), 1e-9) * (relief / grid.spacing);
  const height = relief * Math.min(1, 0.4 / steepest);
  return {
    earth: earthOf(
      grid,
      hills.map((h) => height * h),
      layers,
      pockets(dice, extent, firstThickness),
    ),
    layers,
  };
}

/** Factors on the slowness: caves, fills, boulders. */
function pockets(dice: Dice, { from, to }: Extent, size: number): (x: number, depth: number) => number {
  const blobs = Array.from({ length: dice.chance(0.3) ? dice.integer(1, 4) : 0 }, () => ({
    x: dice.uniform(from, to),
    depth: size * dice.uniform(0, 2),
    width: (to - from) * dice.logUniform(0.01, 0.06),
    height: size * dice.logUniform(0.3, 1.5),
    change: dice.chance(0.75) ? dice.uniform(0.2, 1.2) : dice.uniform(-0.5, -0.1),
  }));
  return (x, depth) =>
    blobs.reduce(
      (factor, blob) =>
        factor *
        (1 + blob.change * Math.exp(-(((x - blob.x) / blob.width) ** 2) - ((depth - blob.depth) / blob.height) ** 2)),
      1,
    );
}

interface Grid {
  readonly start: number;
  readonly spacing: number;
  readonly depths: Float64Array;
}

/** Steps in depth grow evenly from about `finest` to what `deepest` needs. */
function gridOf({ from, to }: Extent, deepest: number, finest: number): Grid {
  const margin = 0.05 * (to - from);
  const first = Math.max(deepest / 400, Math.min(finest, deepest / DEPTHS));
  let [low, high] = [1, 1.5];
  for (let i = 0; i < 40; i++) {
    const growth = (low + high) / 2;
    let sum = 0;
    for (let j = 0; j < DEPTHS - 1; j++) sum += first * growth ** j;
    if (sum > deepest) high = growth;
    else low = growth;
  }
  const depths = new Float64Array(DEPTHS);
  for (let j = 1; j < DEPTHS; j++) depths[j] = depths[j - 1] + first * low ** (j - 1);
  return { start: from - margin, spacing: (to - from + 2 * margin) / (VERTICALS - 1), depths };
}

/** Slowness at a node is the mean over the half steps above and below it, so interfaces lie where they are, not at nodes. */
function earthOf(
  { start, spacing, depths }: Grid,
  elevation: Float64Array,
  layers: readonly Layer[],
  pocket: (x: number, depth: number) => number,
): Earth {
  const nz = depths.length;
  const slowness = new Float64Array(elevation.length * nz);
  for (let i = 0; i < elevation.length; i++)
    for (let j = 0; j < nz; j++) {
      const above = j > 0 ? (depths[j - 1] + depths[j]) / 2 : 0;
      const below = j < nz - 1 ? (depths[j] + depths[j + 1]) / 2 : depths[j];
      let sum = 0;
      for (const [number, { top, velocity, gradient }] of layers.entries()) {
        const high = Math.max(above, top[i]);
        const low = Math.min(below, layers[number + 1]?.top[i] ?? Number.POSITIVE_INFINITY);
        if (low > high) sum += ((low - high) * 1000) / (velocity[i] + gradient * ((low + high) / 2 - top[i]));
      }
      slowness[i * nz + j] = (sum / (below - above)) * pocket(start + i * spacing, depths[j]);
    }
  return { start: metres(start), spacing: metres(spacing), elevation, depths, slowness };
}
