/** The classical picker on gathers whose onsets are known, and what must not change its picks. */
import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { classicalPicker, pickClassical } from '#shared/picking/classical.ts';
import type { Pick } from '#shared/picks.ts';
import { metres } from '#shared/units.ts';
import { filled, noiseOf } from '../signal/made-shot.ts';
import { agreement, type KnownGather, type KnownOptions, knownGather, shotOf, timesOf } from './known-gather.ts';

const found = (gather: KnownGather) => timesOf(pickClassical(shotOf(gather)));
/** The same gather with other samples. */
const with_ = (gather: KnownGather, sample: (v: number, trace: number, k: number) => number): KnownGather => ({
  ...gather,
  rows: gather.rows.map((row, i) => row.map((v, k) => sample(v, i, k))),
});

describe('known onsets (first breaks of 16 ms period, a later wave three times as strong)', () => {
  const cases: readonly [string, KnownOptions, within: number, share: number][] = [
    ['no noise', { noise: 0 }, 1, 0.98],
    ['noise of 1 %', { noise: 0.01 }, 1, 0.98],
    ['noise of 5 %', { noise: 0.05 }, 2, 0.9],
    ['noise of 8 %', { noise: 0.08 }, 3, 0.9],
    ['1 ms samples', { interval: 1, samples: 400 }, 2, 0.95],
    ['2 ms samples', { interval: 2, samples: 200 }, 3, 0.9],
    ['1/16 ms samples', { interval: 0.0625, samples: 4000 }, 1, 0.9],
    ['1/32 ms samples, 20,000 of them', { interval: 0.03125, samples: 20_000 }, 1, 0.9],
    ['a period of 6 ms', { period: 6 }, 1, 0.95],
    ['a period of 30 ms', { period: 30, samples: 2000 }, 2, 0.9],
    ['24 traces', { traces: 24, moveout: 3 }, 1, 0.9],
    ['12 traces', { traces: 12, moveout: 5 }, 1, 0.9],
  ];
  it.each(cases)('%s', (_, options, within, share) => {
    const gather = knownGather(options);
    expect(agreement(found(gather), gather.onsets, within)).toBeGreaterThanOrEqual(share);
  });

  it.each([0, 1, 2, 3])('the shots of the demo, from %d: within 2 ms on nine of ten channels', (i) => {
    const dead = [7];
    const { shot, onsets } = syntheticShot({ ffid: 40 + i, source: metres([-1, 23, 47, 95][i]), dead });
    const picks = pickClassical(shot);
    expect(picks[6]).toEqual({ kind: 'skipped', reason: 'dead' });
    const live = onsets.flatMap((onset, k) => (onset === undefined ? [] : [[timesOf(picks)[k], onset]]));
    expect(live).toHaveLength(47);
    expect(live.filter(([time, onset]) => Math.abs(time - onset) < 2).length / 47).toBeGreaterThan(0.9);
  });

  it('confidence tells good traces from noise', () => {
    const gather = knownGather({ noise: 0.01 });
    const noise = noiseOf(99);
    const half = with_(gather, (v, i) => (i >= 24 ? noise() : v));
    const confidences = pickClassical(shotOf(half)).map((pick) => (pick.kind === 'picked' ? pick.confidence : 0));
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(confidences.slice(0, 20))).toBeGreaterThan(mean(confidences.slice(28)) + 0.3);
  });
});

describe('what does not change the picks', () => {
  const gather = knownGather({ noise: 0.02 });
  const { interval } = gather;
  let plain: readonly number[];
  beforeAll(() => {
    plain = found(gather);
    expect(agreement(plain, gather.onsets, 1)).toBeGreaterThan(0.9);
  });

  it('asking twice; the shot stays as it was', () => {
    const shot = shotOf(gather);
    const before = shot.amplitudes.slice();
    expect(pickClassical(shot)).toEqual(pickClassical(shot));
    expect(shot.amplitudes).toEqual(before);
  });

  it('the order of the traces', () => {
    const mirrored = { ...gather, rows: [...gather.rows].reverse() };
    expect(agreement(found(mirrored).reverse(), plain, interval)).toBe(1);
  });

  it.each([1e-30, 1e-12, 1e12, 1e30])('the unit: amplitudes times %d', (factor) => {
    expect(agreement(found(with_(gather, (v) => v * factor)), plain, 1e-4)).toBe(1);
  });

  it('a unit of its own for each trace', () => {
    expect(agreement(found(with_(gather, (v, i) => v * 10 ** ((i % 9) - 4))), plain, 1e-4)).toBe(1);
  });

  it('polarity, of all traces or of some', () => {
    expect(found(with_(gather, (v) => -v))).toEqual(plain);
    expect(found(with_(gather, (v, i) => (i % 3 ? v : -v)))).toEqual(plain);
  });

  it.each([0.5, 50, 5000])('an offset from zero: %d times the first break', (offset) => {
    const shifted = with_(gather, (v, i) => v + offset * ((i % 3) - 1));
    expect(agreement(found(shifted), plain, interval)).toBeGreaterThan(0.97);
  });

  it.each([
    [0.1, 0.5],
    [0.5, 1.6],
  ])('drift as slow as the record, %d of the first break (within %d ms)', (size, within) => {
    const drifting = with_(gather, (v, i, k) => v + size * Math.sin((2 * Math.PI * k) / 1000 + i));
    expect(agreement(found(drifting), plain, within)).toBeGreaterThan(0.95);
  });

  it.each([-250, -50, -10, 5])('a first sample %d ms from the shot: times stay after the shot', (firstSample) => {
    const other = knownGather({ noise: 0.02, firstSample, samples: 1000 - firstSample * 4 });
    expect(agreement(found(other), gather.onsets, 1)).toBeGreaterThan(0.9);
  });

  it('dead and auxiliary traces among the others', () => {
    const rows = gather.rows.flatMap((row, i) => (i % 12 === 5 ? [row, filled(row.length, () => 0)] : [row]));
    const noise = noiseOf(4);
    rows.push(filled(1000, noise));
    const picks = pickClassical(
      shotOf({ ...gather, rows }, { kinds: rows.map((_, i) => (i === rows.length - 1 ? 'auxiliary' : 'seismic')) }),
    );
    expect(picks.at(-1)).toEqual({ kind: 'skipped', reason: 'auxiliary' });
    expect(picks.filter((pick) => pick.kind === 'skipped' && pick.reason === 'dead')).toHaveLength(4);
    expect(timesOf(picks).filter((time) => !Number.isNaN(time))).toEqual(plain);
  });

  it('a few samples that are not finite', () => {
    const broken = with_(gather, (v, i, k) =>
      k === 700 + i || k === 3 ? Number.NaN : k === 800 ? Number.POSITIVE_INFINITY : v,
    );
    expect(agreement(found(broken), plain, 2 * interval)).toBeGreaterThan(0.95);
  });

  it('clipping of what comes after the first break', () => {
    const clipped = with_(gather, (v) => Math.max(-0.4, Math.min(0.4, v)));
    expect(agreement(found(clipped), gather.onsets, 2)).toBeGreaterThan(0.9);
  });

  it('rows that begin late or end early', () => {
    const { rows } = gather;
    const starts = rows.map((_, i) => (i % 4 === 1 ? 20 : 0));
    const counts = rows.map((_, i) => (i % 4 === 2 ? 820 : i % 4 === 1 ? 980 : 1000));
    for (const offset of [0, 10]) {
      const shot = shotOf(
        with_(gather, (v) => v + offset),
        { starts, counts },
      );
      const times = timesOf(pickClassical(shot));
      expect(agreement(times, plain, 1)).toBeGreaterThan(0.95);
    }
  });
});

describe('odd gathers', () => {
  const inRecord = (pick: Pick, from: number, to: number) =>
    pick.kind === 'skipped' || (pick.time >= from && pick.time <= to && pick.confidence >= 0 && pick.confidence <= 1);

  it('none, one and two traces', () => {
    expect(pickClassical(shotOf({ ...knownGather(), rows: [] }))).toEqual([]);
    for (const traces of [1, 2]) {
      const gather = knownGather({ traces });
      expect(agreement(found(gather), gather.onsets, 1)).toBe(1);
    }
  });

  it('traces of 0 to 40 samples: a time within the trace or a reason', () => {
    const noise = noiseOf(8);
    for (let length = 0; length <= 40; length++) {
      const rows = Array.from({ length: 5 }, () => filled(length, (k) => (k > length / 2 ? 10 : 1) * noise()));
      const picks = pickClassical(shotOf({ rows, interval: 2, firstSample: -4, onsets: [] }));
      expect(picks).toHaveLength(5);
      expect(picks.every((pick) => inRecord(pick, -4, -4 + 2 * (length - 1)))).toBe(true);
      if (length < 16) expect(picks.every((pick) => pick.kind === 'skipped')).toBe(true);
    }
  });

  it('nothing but zeros, constants or NaN: all dead', () => {
    for (const value of [0, 5, -1e30, Number.NaN, Number.POSITIVE_INFINITY]) {
      const picks = pickClassical(
        shotOf({ ...knownGather(), rows: Array.from({ length: 6 }, () => filled(500, () => value)) }),
      );
      expect(picks).toEqual(Array.from({ length: 6 }, () => ({ kind: 'skipped', reason: 'dead' })));
    }
  });

  it('declared dead by the recorder: dead, whatever it holds', () => {
    const picks = pickClassical(shotOf(knownGather({ traces: 3 }), { kinds: ['seismic', 'dead', 'seismic'] }));
    expect(picks.map(({ kind }) => kind)).toEqual(['picked', 'skipped', 'picked']);
  });

  it('nothing but noise: times within the record, less trusted than breaks', () => {
    const noise = noiseOf(21);
    const rows = Array.from({ length: 24 }, () => filled(1000, noise));
    const picks = pickClassical(shotOf({ ...knownGather(), rows }));
    expect(picks.every((pick) => inRecord(pick, 0, 250))).toBe(true);
    const trust = (all: readonly Pick[]) =>
      all.reduce((sum, pick) => sum + (pick.kind === 'picked' ? pick.confidence : 0), 0) / all.length;
    expect(trust(picks)).toBeLessThan(trust(pickClassical(shotOf(knownGather({ traces: 24 })))) - 0.3);
  });

  it('ten seconds of 40,000 samples, the breaks within the first 40 ms', () => {
    const gather = knownGather({ traces: 24, samples: 40_000 });
    expect(agreement(found(gather), gather.onsets, 1)).toBeGreaterThan(0.9);
  });

  it('200,000 samples of 1/32 ms, the breaks within the first fiftieth of them', () => {
    const gather = knownGather({ traces: 24, samples: 200_000, interval: 0.03125, moveout: 3 });
    expect(agreement(found(gather), gather.onsets, 1)).toBeGreaterThan(0.9);
  });

  it('a shot instant after the end of the record: a pick within the record or a reason', () => {
    const picks = pickClassical(shotOf({ ...knownGather(), firstSample: -1000 }));
    expect(picks.every((pick) => inRecord(pick, -1000, -750))).toBe(true);
  });

  it('5,000 traces in panels: as in one, within a sample', () => {
    const gather = knownGather({ traces: 5000, samples: 1000, moveout: 0.02 });
    const picks = found(gather);
    expect(picks).toHaveLength(5000);
    expect(agreement(picks, gather.onsets, 1)).toBeGreaterThan(0.98);
    // 1,000 samples a trace make two panels; these stretches are one panel each, and the seam lies in them.
    for (const [from, to] of [
      [3700, 4700],
      [1000, 5000],
    ]) {
      const part = found({ ...gather, rows: gather.rows.slice(from, to) });
      expect(agreement(part, picks.slice(from, to), gather.interval)).toBeGreaterThan(0.995);
    }
  }, 120_000);

  it('has a name for the reports', async () => {
    const shot = shotOf(knownGather({ traces: 3 }));
    expect(classicalPicker.name).toBe('classical');
    expect(await classicalPicker.pick(shot)).toEqual(pickClassical(shot));
  });
});
