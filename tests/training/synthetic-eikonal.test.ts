/** The solver against times known in closed form. Errors are stated in samples of 0.25 ms, the usual interval of a refraction line. */
import { describe, expect, it } from 'vitest';
import { metres } from '#shared/units.ts';
import { type Earth, timeAt, travelTimes } from '../../training/synthetic/eikonal.ts';

const SAMPLE = 0.25; // ms
const LENGTH = 96; // m

/** Steps of 0.25 m at the surface, as random grounds have them. */
function earth(velocity: (depth: number) => number, elevation: (x: number) => number = () => 0): Earth {
  const [verticals, levels] = [200, 40];
  const [start, spacing] = [-0.1 * LENGTH, (1.2 * LENGTH) / (verticals - 1)];
  const depths = new Float64Array(levels);
  for (let j = 1; j < levels; j++) depths[j] = depths[j - 1] + 0.25 * 1.06 ** (j - 1);
  const slowness = new Float64Array(verticals * levels);
  for (let i = 0; i < verticals; i++)
    for (let j = 0; j < levels; j++) {
      // The mean over the half steps around the node.
      const from = j > 0 ? (depths[j - 1] + depths[j]) / 2 : 0;
      const to = j < levels - 1 ? (depths[j] + depths[j + 1]) / 2 : depths[j];
      let sum = 0;
      for (let part = 0; part < 64; part++) sum += 1000 / velocity(from + ((part + 0.5) / 64) * (to - from));
      slowness[i * levels + j] = sum / 64;
    }
  return {
    start: metres(start),
    spacing: metres(spacing),
    depths,
    elevation: Float64Array.from({ length: verticals }, (_, i) => elevation(start + i * spacing)),
    slowness,
  };
}

function errors(ground: Earth, exact: (x: number) => number, depth = 0): { largest: number; rms: number } {
  const field = travelTimes(ground, { x: metres(0), depth: metres(depth) });
  const all = Array.from(
    { length: LENGTH },
    (_, k) => (timeAt(field, metres(k + 1), metres(0)) - exact(k + 1)) / SAMPLE,
  );
  return {
    largest: Math.max(...all.map(Math.abs)),
    rms: Math.sqrt(all.reduce((sum, error) => sum + error * error, 0) / all.length),
  };
}

describe('eikonal solver', () => {
  it('is exact where the earth is homogeneous, on a slope as well', () => {
    expect(
      errors(
        earth(() => 500),
        (x) => x / 0.5,
      ).largest,
    ).toBeLessThan(1e-3);
    const slope = errors(
      earth(
        () => 500,
        (x) => 0.2 * x,
      ),
      (x) => Math.hypot(x, 0.2 * x) / 0.5,
    );
    expect(slope.largest).toBeLessThan(1e-3);
  });

  it('is exact for a buried source', () => {
    expect(
      errors(
        earth(() => 500),
        (x) => Math.hypot(x, 3) / 0.5,
        3,
      ).largest,
    ).toBeLessThan(1e-3);
  });

  it.each([
    [500, 40],
    [300, 15],
    [1500, 60],
  ])('follows turning rays: %d m/s, gaining %d m/s a metre', (v0, gain) => {
    const { largest, rms } = errors(
      earth((depth) => v0 + gain * depth),
      (x) => (2000 / gain) * Math.asinh((gain * x) / (2 * v0)),
    );
    expect(largest).toBeLessThan(0.5);
    expect(rms).toBeLessThan(0.25);
  });

  it.each([
    [500, 1800, 4],
    [300, 3000, 2],
    [800, 1600, 6],
  ])('follows the head wave: %d over %d m/s below %d m', (v1, v2, depth) => {
    const intercept = (2 * depth * Math.sqrt(v2 ** 2 - v1 ** 2)) / (v1 * v2);
    const { largest, rms } = errors(
      earth((z) => (z < depth ? v1 : v2)),
      (x) => 1000 * Math.min(x / v1, x / v2 + intercept),
    );
    expect(largest).toBeLessThan(1.2);
    expect(rms).toBeLessThan(0.9);
  });

  it('gains with a finer grid', () => {
    const exact = (x: number) => 50 * Math.asinh((40 * x) / 1000);
    const coarse = earth((depth) => 500 + 40 * depth);
    const every = (values: Float64Array, step: number) => values.filter((_, i) => i % step === 0);
    const levels = coarse.depths.length;
    const thinned: Earth = {
      ...coarse,
      spacing: metres(2 * coarse.spacing),
      elevation: every(coarse.elevation, 2),
      depths: every(coarse.depths, 2),
      slowness: coarse.slowness.filter((_, n) => Math.floor(n / levels) % 2 === 0 && (n % levels) % 2 === 0),
    };
    expect(errors(coarse, exact).rms).toBeLessThan(errors(thinned, exact).rms / 1.5);
  });
});
