/**
 * First-arrival times through a 2-D earth with a surface that rises and falls: the eikonal equation by fast sweeping (Zhao 2005),
 * factored around the source (Fomel, Luo & Zhao 2009) so that the point source costs no accuracy, on a grid that hangs from the
 * surface. First-order sweeps find the solution, second-order ones sharpen it.
 */
import { type Metres, type Milliseconds, ms } from '#shared/units.ts';

/** Nodes lie on verticals `spacing` apart, at the same depths below the surface everywhere. */
export interface Earth {
  /** Position along the line of the first vertical. */
  readonly start: Metres;
  readonly spacing: Metres;
  /** Of each vertical, upwards. */
  readonly elevation: Float64Array;
  /** Below the surface, from 0, rising; steps may grow with depth. */
  readonly depths: Float64Array;
  /** [vertical, depth], ms/m. */
  readonly slowness: Float64Array;
}

/** Place along the line, and depth below the surface. */
export interface Place {
  readonly x: Metres;
  readonly depth: Metres;
}

/** At the nodes: how much longer waves take than through a homogeneous earth of the source's slowness. */
export interface TravelTimes {
  readonly earth: Earth;
  readonly source: Place;
  /** [vertical, depth] */
  readonly factors: Float64Array;
}

/** First-order sweeps end when no time changes by more than this share, or after so many rounds of four. */
const SETTLED = 1e-3;
const MOST_ROUNDS = 8;
const SECOND_ORDER_ROUNDS = 1;
/** Nodes this near to the source get the time of the straight way to it. */
const NEAR_NODES = 1.5;
/** Nodes around the grid that no wave reaches, so that every node has two neighbours on each side. */
const PAD = 2;

export function travelTimes(earth: Earth, source: Place): TravelTimes {
  const { depths, elevation, spacing } = earth;
  const [nx, nz] = [elevation.length, depths.length];
  const stride = nz + 2 * PAD;
  const { t0, t0x, t0z, tau, time, slow, held } = homogeneous(earth, source, stride);
  // Of the surface, downwards.
  const slope = Float64Array.from({ length: nx }, (_, i) => {
    const [left, right] = [Math.max(0, i - 1), Math.min(nx - 1, i + 1)];
    return (elevation[left] - elevation[right]) / ((right - left) * spacing);
  });
  let change = 0;

  const update = (i: number, j: number, second: boolean): void => {
    const n = (i + PAD) * stride + j + PAD;
    if (held[n]) return;
    // The neighbour the wave comes from, on each axis; σ is the direction it travels.
    const sa = time[n - stride] <= time[n + stride] ? 1 : -1;
    const sb = time[n - 1] <= time[n + 1] ? 1 : -1;
    const a = n - sa * stride;
    const b = n - sb;
    const knowsA = time[a] < UNREACHED;
    const knowsB = time[b] < UNREACHED;
    if (!knowsA && !knowsB) return;
    const s = slow[n];
    const own = t0[n];
    const rise = slope[i];
    // One-sided derivatives of τ: σ (c τ − m).
    let ca = 1 / spacing;
    let ma = tau[a] * ca;
    let cb = 0;
    let mb = 0;
    if (second && time[a - sa * stride] <= time[a]) {
      ma = (2 * tau[a] - 0.5 * tau[a - sa * stride]) * ca;
      ca *= 1.5;
    }
    if (knowsB) {
      const h = sb * (depths[j] - depths[j - sb]);
      cb = 1 / h;
      mb = tau[b] * cb;
      if (second && time[b - sb] <= time[b]) {
        const h2 = sb * (depths[j - sb] - depths[j - 2 * sb]);
        cb = (2 * h + h2) / (h * (h + h2));
        mb = ((h + h2) / (h * h2)) * tau[b] - (h / (h2 * (h + h2))) * tau[b - sb];
      }
    }
    let best = UNREACHED;
    if (knowsA && knowsB) {
      // The gradient in metres along (p) and down (q): both linear in τ.
      const pc = t0x[n] + own * (sa * ca - rise * sb * cb);
      const pm = own * (sa * ma - rise * sb * mb);
      const qc = t0z[n] + own * sb * cb;
      const qm = own * sb * mb;
      const square = pc * pc + qc * qc;
      const half = pc * pm + qc * qm;
      const discriminant = half * half - square * (pm * pm + qm * qm - s * s);
      if (discriminant >= 0) {
        const value = (half + Math.sqrt(discriminant)) / square;
        const p = pc * value - pm;
        const q = qc * value - qm;
        // The ray must come from between the two neighbours.
        if (p * sa >= 0 && (q - rise * p) * sb >= 0) best = value;
      }
    }
    if (best === UNREACHED) {
      // The wave runs along one of the grid lines.
      if (knowsA) {
        const denominator = sa * (t0x[n] + rise * t0z[n]) + own * ca;
        if (denominator > 0) best = (s * Math.sqrt(1 + rise * rise) + own * ma) / denominator;
      }
      if (knowsB) {
        const denominator = sb * t0z[n] + own * cb;
        if (denominator > 0) best = Math.min(best, (s + own * mb) / denominator);
      }
    }
    if (best < (second ? UNREACHED : tau[n] * (1 - 1e-12))) {
      const now = own * best;
      change = Math.max(change, Math.abs(time[n] - now) / now);
      tau[n] = best;
      time[n] = now;
    }
  };

  const round = (second: boolean) => {
    for (let i = 0; i < nx; i++) for (let j = 0; j < nz; j++) update(i, j, second);
    for (let i = nx - 1; i >= 0; i--) for (let j = 0; j < nz; j++) update(i, j, second);
    for (let i = nx - 1; i >= 0; i--) for (let j = nz - 1; j >= 0; j--) update(i, j, second);
    for (let i = 0; i < nx; i++) for (let j = nz - 1; j >= 0; j--) update(i, j, second);
  };
  // The first round always changes much, and reaches every node.
  round(false);
  for (let count = 1; count < MOST_ROUNDS; count++) {
    change = 0;
    round(false);
    if (change < SETTLED) break;
  }
  for (let count = 0; count < SECOND_ORDER_ROUNDS; count++) round(true);
  const factors = new Float64Array(nx * nz);
  for (let i = 0; i < nx; i++)
    factors.set(tau.subarray((i + PAD) * stride + PAD, (i + PAD) * stride + PAD + nz), i * nz);
  return { earth, source, factors };
}

const UNREACHED = Number.POSITIVE_INFINITY;

/** T = T0 τ: T0 of a homogeneous earth of the source's slowness, its gradient in metres along and down, and τ near the source. */
function homogeneous(earth: Earth, source: Place, stride: number) {
  const { start, spacing, elevation, depths, slowness } = earth;
  const [nx, nz] = [elevation.length, depths.length];
  const nodes = (nx + 2 * PAD) * stride;
  const [t0, t0x, t0z, slow] = Array.from({ length: 4 }, () => new Float64Array(nodes));
  const [tau, time] = Array.from({ length: 2 }, () => new Float64Array(nodes).fill(UNREACHED));
  const held = new Uint8Array(nodes);
  const s0 = valueAt(earth, slowness, source.x, source.depth);
  const height = heightOf(earth, source);
  const j0 = upperIndex(depths, source.depth);
  const nearDepth = NEAR_NODES * (depths[j0 + 1] - depths[j0]);
  for (let i = 0; i < nx; i++)
    for (let j = 0; j < nz; j++) {
      const n = (i + PAD) * stride + j + PAD;
      const dx = start + i * spacing - source.x;
      const dz = height - (elevation[i] - depths[j]);
      const r = Math.sqrt(dx * dx + dz * dz);
      slow[n] = slowness[i * nz + j];
      t0[n] = s0 * r;
      if (r > 0) {
        t0x[n] = (s0 * dx) / r;
        t0z[n] = (s0 * dz) / r;
      }
      if (Math.abs(dx) <= NEAR_NODES * spacing && Math.abs(depths[j] - source.depth) <= nearDepth) {
        tau[n] = (0.5 * (s0 + slow[n])) / s0;
        time[n] = t0[n] * tau[n];
        held[n] = 1;
      }
    }
  return { t0, t0x, t0z, tau, time, slow, held };
}

/** After the shot. The factors are smooth where the times are not: near the source. */
export function timeAt({ earth, source, factors }: TravelTimes, x: Metres, depth: Metres): Milliseconds {
  const straight = Math.hypot(x - source.x, heightOf(earth, { x, depth }) - heightOf(earth, source));
  return ms(valueAt(earth, earth.slowness, source.x, source.depth) * straight * valueAt(earth, factors, x, depth));
}

const heightOf = ({ elevation, start, spacing }: Earth, { x, depth }: Place): number =>
  interpolated(elevation, clamp((x - start) / spacing, 0, elevation.length - 1)) - depth;

function valueAt({ start, spacing, depths, elevation }: Earth, values: Float64Array, x: number, depth: number): number {
  const nz = depths.length;
  const along = clamp((x - start) / spacing, 0, elevation.length - 1);
  const i = Math.min(elevation.length - 2, Math.floor(along));
  const j = upperIndex(depths, depth);
  const u = along - i;
  const v = clamp((depth - depths[j]) / (depths[j + 1] - depths[j]), 0, 1);
  const at = (di: number, dj: number) => values[(i + di) * nz + j + dj];
  return (1 - u) * ((1 - v) * at(0, 0) + v * at(0, 1)) + u * ((1 - v) * at(1, 0) + v * at(1, 1));
}

/** The last depth at or above `depth` that has one below it. */
function upperIndex(depths: Float64Array, depth: number): number {
  let j = 0;
  while (j < depths.length - 2 && depths[j + 1] <= depth) j++;
  return j;
}

function interpolated(values: Float64Array, at: number): number {
  const i = Math.min(values.length - 2, Math.floor(at));
  return values[i] + (at - i) * (values[i + 1] - values[i]);
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
