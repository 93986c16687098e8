/** The moveout model: branches that are known come back, wild picks or not, with and without geometry. */
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { Pick } from '#shared/picks.ts';
import { auditPicks } from '#shared/qc/moveout/audit.ts';
import { offNeighbours } from '#shared/qc/moveout/neighbours.ts';
import { fitMoveout, type MoveoutPoint, type Side, timeAt } from '#shared/qc/moveout.ts';
import { metres, ms } from '#shared/units.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

/** Branches as velocity (m/s) and intercept (ms); first arrivals from one step to the last, scattered by the deviation. */
function picksOf(
  branches: readonly (readonly [velocity: number, intercept: number])[],
  { count = 48, step = 2, side = 1 as Side, scatter = 0.5, wildEvery = 0, seed = 1 } = {},
): MoveoutPoint[] {
  const dice = diceOf(seed);
  return Array.from({ length: count }, (_, i) => {
    const distance = step * (i + 1);
    const time = Math.min(...branches.map(([velocity, intercept]) => intercept + (1000 * distance) / velocity));
    const wild = wildEvery > 0 && (i + seed) % wildEvery === 0;
    const off = wild ? dice.uniform(10, 80) * (dice.chance(0.7) ? 1 : -1) : dice.normal(scatter);
    return { distance: metres(distance), side, time: ms(time + off), weight: 1 };
  });
}

const TWO = [
  [500, 0],
  [1800, 30],
] as const;
const THREE = [
  [400, 0],
  [1200, 14],
  [3500, 45],
] as const;

describe('branches', () => {
  it.each([
    ['one', [[600, 2]] as const],
    ['two', TWO],
    ['three', THREE],
  ])('%s, with their velocities, intercepts and errors', (_, known) => {
    const { branches, spread } = fitMoveout(picksOf(known))!;
    expect(branches).toHaveLength(known.length);
    branches.forEach((branch, k) => {
      const [velocity, intercept] = known[k];
      expect(Math.abs(branch.velocity - velocity)).toBeLessThan(4 * branch.velocityError + 0.01 * velocity);
      expect(Math.abs(branch.intercept - intercept)).toBeLessThan(4 * branch.interceptError + 0.5);
      expect(branch.velocityError).toBeLessThan(0.1 * velocity);
    });
    expect(spread).toBeGreaterThan(0.25);
    expect(spread).toBeLessThan(0.8);
  });

  it('the crossover lies where two lines meet', () => {
    const { crossovers, branches } = fitMoveout(picksOf(TWO))!;
    expect(crossovers).toHaveLength(1);
    // 30 ms = x (1/500 − 1/1800)
    expect(Math.abs(crossovers[0].distance - 20.8)).toBeLessThan(1.5);
    expect(branches[0].to).toBe(branches[1].from);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('a fifth of wild picks changes nothing (seed %i)', (seed) => {
    const points = picksOf(TWO, { wildEvery: 5, seed });
    const model = fitMoveout(points)!;
    for (const distance of [6, 30, 60, 90]) {
      const truth = Math.min(...TWO.map(([velocity, intercept]) => intercept + (1000 * distance) / velocity));
      expect(Math.abs(timeAt(model, metres(distance), 1)! - truth)).toBeLessThan(2);
    }
  });

  it('the sides of a split spread have branches of their own', () => {
    const left = picksOf([[400, 0]], { count: 20, side: -1 });
    const right = picksOf([[900, 0]], { count: 20 });
    const { branches, residuals } = fitMoveout([...left, ...right])!;
    expect(branches.map(({ side }) => side)).toEqual([-1, 1]);
    expect(Math.abs(branches[0].velocity - 400)).toBeLessThan(0.05 * 400);
    expect(Math.abs(branches[1].velocity - 900)).toBeLessThan(0.05 * 900);
    expect(residuals.every((value) => Math.abs(value!) < 3)).toBe(true);
  });

  it('slopes never rise with distance', () => {
    for (let seed = 1; seed < 8; seed++) {
      const { branches } = fitMoveout(picksOf(THREE, { scatter: 3, wildEvery: 10, seed }))!;
      for (let k = 1; k < branches.length; k++) expect(branches[k].velocity).toBeGreaterThan(branches[k - 1].velocity);
    }
  });

  it('too few picks, or all at one place, have no moveout', () => {
    expect(fitMoveout([])).toBeUndefined();
    expect(fitMoveout(picksOf(TWO, { count: 3 }))).toBeUndefined();
    expect(fitMoveout(picksOf(TWO).map((point) => ({ ...point, distance: metres(5) })))).toBeUndefined();
    const lonely = picksOf(TWO, { count: 2, side: -1 });
    const { residuals } = fitMoveout([...lonely, ...picksOf(TWO)])!;
    expect(residuals.slice(0, 2)).toEqual([undefined, undefined]);
  });

  it('a thousand picks are grouped, and all of them count', () => {
    const { branches } = fitMoveout(picksOf(TWO, { count: 1000, step: 0.1 }))!;
    expect(branches).toHaveLength(2);
    expect(branches[0].support + branches[1].support).toBeGreaterThan(950);
    expect(branches[0].velocityError).toBeLessThan(5);
  });
});

describe('without geometry', () => {
  const places = Float64Array.from({ length: 40 }, (_, i) => i);

  it('corners and jumps cost nothing, wild picks stand out', () => {
    const times = places.map((i) => (i < 12 ? 60 - 5 * i : i < 30 ? 5 * (i - 12) : 200 + 2 * i));
    expect(offNeighbours(places, times).every((off) => Math.abs(off!) < 1e-6)).toBe(true);
    times[20] += 25;
    times[5] -= 25;
    const off = offNeighbours(places, times);
    expect(off[20]).toBeGreaterThan(15);
    expect(off[5]).toBeLessThan(-15);
    expect(off.filter((value) => Math.abs(value!) > 5)).toHaveLength(2);
  });
});

describe('an audit of picks', () => {
  const { shot, onsets } = syntheticShot({ ffid: 3, source: metres(31), seed: 9 });
  const labels = onsets.map((time): Pick => ({ kind: 'picked', time: time!, confidence: 1 }));
  const spoilt = new Map([
    [4, 30],
    [22, -14],
    [40, 55],
  ]);
  const picks = labels.map((pick, i) =>
    pick.kind === 'picked' ? { ...pick, time: ms(pick.time + (spoilt.get(i) ?? 0)) } : pick,
  );

  it('lists the labels that are wrong, and by how much; leaves them as they are', () => {
    const before = structuredClone(picks);
    const suspects = auditPicks(shot, picks);
    expect(suspects.map(({ row }) => row)).toEqual([4, 22, 40]);
    for (const { row, off } of suspects) expect(Math.abs(off - spoilt.get(row)!)).toBeLessThan(4);
    expect(picks).toEqual(before);
  });

  it('finds them without geometry too', () => {
    const { source: _, ...bare } = shot;
    const traces = shot.traces.map(({ receiver: __, offset: ___, ...trace }) => trace);
    const rows = auditPicks({ ...bare, traces }, picks).map(({ row }) => row);
    for (const row of spoilt.keys()) expect(rows).toContain(row);
    expect(rows.length).toBeLessThanOrEqual(4);
  });

  it('finds none in sound labels', () => {
    expect(auditPicks(shot, labels)).toEqual([]);
  });
});
