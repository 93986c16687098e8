/** Judgements of a line: each finding from a line made to have it, none from one that has nothing. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RECEIVER_FAULTS } from '#shared/qc/line/bad-receivers.ts';
import { changeOf, isChange } from '#shared/qc/line/change.ts';
import { coverageOf } from '#shared/qc/line/coverage.ts';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLine } from '#shared/qc/line/judge-line.ts';
import { LINE_LIMITS } from '#shared/qc/line/limits.ts';
import { linesOf } from '#shared/qc/line/lines.ts';
import type { LineFinding, ShotSummary } from '#shared/qc/line/summary.ts';
import { twoWay } from '#shared/qc/line/two-way.ts';
import { meanVelocities } from '#shared/qc/line/velocities.ts';
import { ms } from '#shared/units.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { late, madeLine, scaled, shifted } from './made-line.ts';

const clean = madeLine();
const codes = (shots: readonly ShotSummary[]) => judgeLine(shots).findings.map(({ code }) => code);
const find = (shots: readonly ShotSummary[], code: string): readonly LineFinding[] =>
  judgeLine(shots).findings.filter((finding) => finding.code === code);

describe('a line without faults', () => {
  it('passes without findings, and says how its shots did', () => {
    expect(judgeLine(clean)).toEqual({ verdict: 'pass', reason: '16 shots: 16 pass.', findings: [] });
  });

  it('survives JSON', () => {
    expect(judgeLine(JSON.parse(JSON.stringify(clean)))).toEqual(judgeLine(clean));
  });

  it('of any length, down to none, can be judged', () => {
    for (let n = 0; n <= 4; n++) expect(codes(clean.slice(0, n))).toEqual([]);
  });

  it('has no swapped times, levels or velocities without geometry, and says nothing of them', () => {
    const bare = clean.map(({ source: _, branches: __, ...shot }) => ({
      ...shot,
      branches: [],
      traces: shot.traces.map(({ receiver: _r, distance: _d, residual: _s, ...trace }) => trace),
    }));
    const line = lineFactsOf(bare);
    expect(line.stations.by).toBe('channel');
    expect(line.reciprocity.pairs).toEqual([]);
    expect(codes(bare)).toEqual([]);
  });
});

describe('swapped source and receiver', () => {
  it('agree in a clean line', () => {
    const { pairs, rest } = lineFactsOf(clean).reciprocity;
    expect(pairs.length).toBeGreaterThan(100);
    for (const left of rest) expect(Math.abs(left)).toBeLessThan(2); // receivers have statics, sources none
  });

  it.each([-12, -6, 6, 12])('reciprocity-error: a shot %d ms off is found, to 2 ms', (error) => {
    const shots = madeLine({ change: (made, i) => (i === 5 ? late(made, error) : made) });
    const found = find(shots, 'reciprocity-error');
    expect(found.map((finding) => finding.shots)).toEqual([[5]]);
    expect(Math.abs(found[0].value - error)).toBeLessThan(2);
    expect(found[0].cause).toMatch(error > 0 ? /came early/ : /late trigger/);
    expect(codes(shots)).toEqual(['reciprocity-error']);
  });

  it('reciprocity-error: sources half a station off their places do not disturb it', () => {
    const beside = clean.map((shot) => ({ ...shot, source: { ...shot.source!, x: (shot.source!.x + 0.9) as never } }));
    expect(find(beside, 'reciprocity-error')).toEqual([]);
  });

  it('reciprocity-misfit: picks on another wave in half of the shots', () => {
    const shots = madeLine({
      change: (made, i) => (i % 2 ? shifted(made, (k) => (Math.abs(2 * k - made.shot.source!.x) > 12 ? 25 : 0)) : made),
    });
    const [finding] = find(shots, 'reciprocity-misfit');
    expect(finding.value).toBeGreaterThan(20);
    expect(finding.unit).toBe('% of pairs');
  });

  it('that never agree blame no single shot', () => {
    const dice = diceOf(1);
    const shots = madeLine({ change: (made) => shifted(made, () => 40 * (dice.uniform(0, 1) - 0.5)) });
    expect(codes(shots)).toContain('reciprocity-misfit');
    expect(codes(shots)).not.toContain('reciprocity-error');
    expect(codes(shots)).not.toContain('trigger-drift');
  });
});

describe('time zero', () => {
  it.each([-8, 8])('trigger-drift: %d ms from end to end', (amount) => {
    const shots = madeLine({ change: (made, i) => late(made, (amount * i) / 15) });
    const [finding] = find(shots, 'trigger-drift');
    expect(Math.abs(finding.value - amount)).toBeLessThan(2);
    expect(finding.cause).toMatch(/drifts .* swapped times/);
  });

  it('trigger-drift: a step has its place', () => {
    const shots = madeLine({ change: (made, i) => late(made, i >= 9 ? 6 : 0) });
    const [finding] = find(shots, 'trigger-drift');
    expect(Math.abs(finding.value - 6)).toBeLessThan(2);
    expect(finding.cause).toContain('jumps at shot 10 of 16');
    expect(finding.shots[0]).toBe(9);
  });

  it('trigger-drift: a step is carried along a spread that moves, and blames no shot', () => {
    const shots = madeLine({ shots: 24, roll: 4, change: (made, i) => late(made, i >= 14 ? 7 : 0) });
    expect(codes(shots)).toEqual(['trigger-drift']);
    const [finding] = find(shots, 'trigger-drift');
    expect(Math.abs(finding.value - 7)).toBeLessThan(2);
    expect(finding.cause).toContain('jumps at shot 15 of 24');
  });

  it('trigger-drift: scatter that adds up from shot to shot is no drift', () => {
    const dice = diceOf(5);
    const shots = madeLine({ shots: 40, roll: 4, change: (made) => shifted(made, () => dice.normal(1.5)) });
    expect(codes(shots)).not.toContain('trigger-drift');
  });

  it('trigger-drift: by the direct wave where nothing can be swapped', () => {
    const shots = madeLine({ roll: 100, channels: 32, change: (made, i) => late(made, i) });
    expect(lineFactsOf(shots).reciprocity.pairs).toEqual([]);
    const [finding] = find(shots, 'trigger-drift');
    expect(Math.abs(finding.value - 15)).toBeLessThan(2);
    expect(finding.cause).toContain('direct wave');
  });
});

describe('receivers', () => {
  it.each([-9, 9])('receiver-residual: one %d ms off in all shots', (off) => {
    const shots = madeLine({ change: (made) => shifted(made, (k) => (k === 10 ? off : 0)) });
    const found = find(shots, 'receiver-residual');
    expect(found.map(({ receivers }) => receivers)).toMatchObject([[{ channel: 11, at: { x: 20 } }]]);
    expect(Math.abs(found[0].value - off)).toBeLessThan(2.5);
  });

  it.each([-5, 5])('channel-delay: one %d ms off wherever it was laid', (off) => {
    const delayed = madeLine({ roll: 4, change: (made) => shifted(made, (k) => (k === 15 ? off : 0)) });
    const found = find(delayed, 'channel-delay');
    expect(found.map(({ receivers }) => receivers)).toEqual([[{ channel: 16 }]]);
    expect(Math.abs(found[0].value - off)).toBeLessThan(1);
    expect(codes(delayed)).toEqual(['channel-delay']);
    expect(codes(madeLine({ roll: 4 }))).toEqual([]);
  });

  it('bad-receivers: the same channel dead in most shots of a spread that lies still', () => {
    const shots = madeLine({ dead: (i) => (i % 3 ? [7] : []) });
    const found = find(shots, 'bad-receivers');
    expect(found).toMatchObject([{ unit: '% of its shots', receivers: [{ channel: 7, at: { x: 12 } }] }]);
    expect(found[0].value).toBeCloseTo(62.5, 1);
    expect(found[0].cause).toContain('dead-traces in 10 of 16 shots');
  });

  it('bad-receivers: wherever the channel was laid, it is the channel', () => {
    const [finding, ...others] = find(madeLine({ roll: 4, dead: () => [7] }), 'bad-receivers');
    expect(others).toEqual([]);
    expect(finding.receivers).toEqual([{ channel: 7 }]);
    expect(finding.cause).toMatch(/^the channel of the recorder/);
  });

  it('bad-receivers: on whatever channel, it is the place', () => {
    // The place at 40 m is on channel 21 − 2i while the spread moves over it.
    const at = (i: number) => 21 - 2 * i;
    const [finding, ...others] = find(madeLine({ roll: 4, dead: (i) => (at(i) >= 1 ? [at(i)] : []) }), 'bad-receivers');
    expect(others).toEqual([]);
    expect(finding.receivers).toMatchObject([{ at: { x: 40 } }]);
    expect(finding.cause).toMatch(/^the geophone or its ground/);
  });

  it('bad-receivers: knows the words of the judges of traces', () => {
    const judges = globSync('../../shared/qc/trace/*.ts', { cwd: import.meta.dirname })
      .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
      .join('\n');
    for (const code of RECEIVER_FAULTS) expect(judges).toContain(`'${code}'`);
  });

  it('bad-receivers: another one in each shot is weather', () => {
    expect(find(madeLine({ dead: (i) => [1 + ((i * 7) % 24)] }), 'bad-receivers')).toEqual([]);
  });
});

describe('levels', () => {
  it('weak-sources: the shots, and by how much', () => {
    const shots = madeLine({ change: (made, i) => (i === 4 || i === 11 ? scaled(made, { after: 0.2 }) : made) });
    const [finding] = find(shots, 'weak-sources');
    expect(finding.shots).toEqual([4, 11]);
    expect(finding.value).toBeGreaterThan(12);
    expect(finding.value).toBeLessThan(16); // 14 dB
  });

  it('noisy-shots', () => {
    const shots = madeLine({ change: (made, i) => (i === 6 ? scaled(made, { before: 5 }) : made) });
    expect(find(shots, 'noisy-shots')).toMatchObject([{ shots: [6], unit: 'dB above the line' }]);
  });

  it('source-energy-change and noise-change: a drift', () => {
    const shots = madeLine({
      change: (made, i) => scaled(made, { before: 10 ** (i / 25), after: 10 ** (-i / 25) }),
    });
    const [energy] = find(shots, 'source-energy-change');
    const [noise] = find(shots, 'noise-change');
    expect(Math.abs(energy.value + 12)).toBeLessThan(4);
    expect(Math.abs(noise.value - 12)).toBeLessThan(4);
    expect(energy.cause).toContain('drifts over 16 shots');
  });

  it('noise-change: a step', () => {
    const shots = madeLine({ change: (made, i) => scaled(made, { before: i < 8 ? 1 : 3 }) });
    expect(find(shots, 'noise-change')[0].cause).toContain('changes at once at shot 9 of 16');
  });
});

describe('ground', () => {
  it('velocity-outlier: times twice as long in one shot', () => {
    const slow = madeLine({ roll: 4, change: (made, i) => (i === 7 ? twice(made) : made) });
    const found = find(slow, 'velocity-outlier');
    expect(found.length).toBeGreaterThan(0);
    for (const { shots, value } of found) {
      expect(shots).toEqual([7]);
      expect(value).toBeGreaterThan(80);
    }
  });

  it('is as fast as it was made', () => {
    const { from, to, velocities } = meanVelocities(clean);
    for (const { velocity } of velocities) {
      expect(velocity).toBeGreaterThan(450);
      expect(velocity).toBeLessThan(1800);
    }
    expect(velocities.length).toBeGreaterThan(16);
    expect(to).toBeGreaterThan(5);
    expect(from).toBeLessThan(to);
  });

  it('offset-coverage: far traces unpicked', () => {
    const shots = madeLine({
      change: ({ shot, picks }) => ({
        shot,
        picks: picks.map((pick, k) =>
          Math.abs(shot.traces[k].offset!) > 30 ? { kind: 'skipped', reason: 'low-confidence' } : pick,
        ),
      }),
    });
    const [finding] = find(shots, 'offset-coverage');
    expect(finding).toMatchObject({ value: 0, unit: '% of traces picked', threshold: 50 });
    expect(finding.advice).toContain('stack more');
    const bins = coverageOf(shots);
    expect(bins.reduce((sum, { traces }) => sum + traces, 0)).toBe(16 * 24);
    for (const { from, picked } of bins) if (from >= 35) expect(picked).toBe(0);
  });
});

const twice = ({ shot, picks }: Parameters<typeof shifted>[0]) => ({
  shot,
  picks: picks.map((pick) => (pick.kind === 'picked' ? { ...pick, time: ms(2 * pick.time) } : pick)),
});

describe('the parts', () => {
  it('two-way tables give back rows and columns, holes and blunders notwithstanding', () => {
    const cells = Array.from({ length: 12 * 9 }, (_, k) => ({ shot: k % 12, station: Math.floor(k / 12) }))
      .filter((_, k) => k % 7 !== 3)
      .map((cell, k) => ({ ...cell, value: 5 + cell.shot - 2 * cell.station + (k % 17 === 4 ? 300 : 0) }));
    const { level, shots, stations } = twoWay(cells, 12, 9);
    for (const [i, effect] of shots.entries())
      for (const [j, other] of stations.entries()) expect(level + effect! + other!).toBeCloseTo(5 + i - 2 * j, 6);
  });

  it('a change is a drift or a step, and chance is neither', () => {
    const dice = diceOf(3);
    const noise = Array.from({ length: 60 }, () => dice.uniform(-1, 1));
    expect(isChange(changeOf(noise), 1)).toBe(false);
    const drift = changeOf(noise.map((value, i) => value + i / 10))!;
    expect(drift.kind).toBe('drift');
    expect(Math.abs(drift.amount - 5.9)).toBeLessThan(3 * drift.error);
    const step = changeOf(noise.map((value, i) => value + (i < 41 ? 0 : 4)))!;
    expect(step).toMatchObject({ kind: 'step', at: 41 });
    expect(Math.abs(step.amount - 4)).toBeLessThan(3 * step.error);
    expect(changeOf([1, 2, undefined, 3])).toBeUndefined();
  });

  it('lines end at folders and long pauses', () => {
    const [one, two] = clean;
    const dated = (shot: ShotSummary, file: string, recordedAt: string) => ({ ...shot, file, recordedAt });
    const shots = [
      dated(one, 'a/1.sg2', '2024-05-03T17:00:00'),
      dated(two, 'a/2.sg2', '2024-05-06T08:00:00'),
      dated(two, 'a/3.sg2', '2024-06-06T08:00:00'),
      dated(one, 'b/1.sg2', '2024-05-03T17:00:00'),
      dated(one, 'b/2.sg2', '2024-05-03T17:00:00'),
    ];
    expect(linesOf(shots).map((line) => [line.name, line.shots.length])).toEqual([
      ['a, 2024-05-03', 2],
      ['a, 2024-06-06', 1],
      ['b', 2],
    ]);
    expect(linesOf(madeLine({ shots: 3, file: (i) => `${i}/shot.sg2` }))).toMatchObject([{ name: '' }]);
  });
});

describe('docs/qc.md', () => {
  const text = readFileSync(new URL('../../docs/qc.md', import.meta.url), 'utf8');
  const rows = new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, code, ...cells]) => [code.replaceAll('`', ''), cells.join(' ')]),
  );

  it.each(
    (Object.keys(LINE_LIMITS) as (keyof typeof LINE_LIMITS)[]).filter(
      (name) => LINE_LIMITS[name].unit !== '×' && LINE_LIMITS[name].unit !== 'traces',
    ),
  )('states %s', (name) => {
    const { value, unit } = LINE_LIMITS[name];
    expect(rows.get(name.split('.')[0])).toContain(`${value} ${unit}`);
  });
});
