/** The basic judgement: each finding from a shot made to have it, and the document that lists them. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { TimedShot } from '#shared/gather.ts';
import { row } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { LIMITS, type LimitName, limitText } from '#shared/qc/profile.ts';
import { LOSSES } from '#shared/qc/trace/damaged.ts';
import { metres, ms } from '#shared/units.ts';
import { limitsTable } from './limits-table.ts';

const recipe = { ffid: 11, source: metres(-8), firstSample: ms(-50), channels: 24, seed: 5 };
const clean = syntheticShot(recipe);
const truth = (onsets: readonly (number | undefined)[]): Pick[] =>
  onsets.map((time) =>
    time === undefined ? { kind: 'skipped', reason: 'dead' } : { kind: 'picked', time: ms(time), confidence: 1 },
  );
const cleanPicks = truth(clean.onsets);

/** The clean shot with some of its traces changed. */
function spoiled(traces: readonly number[], change: (x: Float32Array) => void): TimedShot {
  const shot = { ...clean.shot, amplitudes: clean.shot.amplitudes.slice() };
  for (const trace of traces) change(row(shot, trace));
  return shot;
}
/** The same numbers from 0 to 1 in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const find = (shot: TimedShot, code: string, picks = cleanPicks) =>
  judgeShot(shot, picks).findings.find((finding) => finding.code === code);

describe('a clean shot', () => {
  it('passes without findings', () => {
    const judgement = judgeShot(clean.shot, cleanPicks);
    expect(judgement).toEqual({ verdict: 'pass', reason: '24 of 24 live traces picked.', findings: [] });
  });
});

describe('findings', () => {
  it('dead-traces: one in 24 warns, a quarter fails', () => {
    const one = syntheticShot({ ...recipe, dead: [5] });
    const judgement = judgeShot(one.shot, truth(one.onsets));
    expect(judgement.verdict).toBe('warn');
    expect(judgement.findings).toMatchObject([
      { code: 'dead-traces', severity: 'warn', traces: [4], value: 4.17, unit: '% of seismic traces', threshold: 2 },
    ]);
    expect(judgement.reason).toBe('1 of 24 traces recorded nothing; 23 of 23 live traces picked.');
    const six = syntheticShot({ ...recipe, dead: [1, 2, 3, 10, 11, 12] });
    expect(judgeShot(six.shot, truth(six.onsets))).toMatchObject({
      verdict: 'fail',
      findings: [{ value: 25, threshold: 20 }],
    });
  });

  it('noisy-traces: noise far above the spread, with little signal over it', () => {
    const noisy = syntheticShot({ ...recipe, noisy: [18, 19, 20] });
    const finding = judgeShot(noisy.shot, cleanPicks).findings.find(({ code }) => code === 'noisy-traces');
    expect(finding).toMatchObject({ severity: 'warn', traces: [17, 18, 19], value: 12.5 });
  });

  it('noisy-traces: a trace of higher gain is not noisy', () => {
    const loud = spoiled([20], (x) => {
      for (let i = 0; i < x.length; i++) x[i] *= 50;
    });
    expect(find(loud, 'noisy-traces')).toBeUndefined();
  });

  it('noisy-traces: found on unpicked traces by the breaks of their neighbours', () => {
    const noisy = syntheticShot({ ...recipe, noisy: [20] });
    const picks = cleanPicks.with(19, { kind: 'skipped', reason: 'low-confidence' });
    expect(judgeShot(noisy.shot, picks).findings.find(({ code }) => code === 'noisy-traces')?.traces).toEqual([19]);
  });

  it('weak-traces: a misfire fails whatever was picked in it, a few weak traces do not count', () => {
    const noise = random(7);
    const misfire = spoiled(
      clean.shot.traces.map((_, i) => i),
      (x) => {
        for (let i = 0; i < x.length; i++) x[i] = noise() - 0.5;
      },
    );
    expect(judgeShot(misfire, cleanPicks).verdict).toBe('fail');
    expect(find(misfire, 'weak-traces')).toMatchObject({ severity: 'fail', threshold: 90 });
    const far = spoiled([22, 23], (x) => {
      for (let i = 0; i < x.length; i++) x[i] = noise() - 0.5;
    });
    expect(find(far, 'weak-traces')).toMatchObject({ severity: 'info', traces: [22, 23] });
  });

  it('clipped-traces', () => {
    const clipped = spoiled([0, 1, 2], (x) => {
      for (let i = 0; i < x.length; i++) x[i] = Math.max(-0.3, Math.min(0.3, x[i]));
    });
    expect(find(clipped, 'clipped-traces')).toMatchObject({ severity: 'warn', traces: [0, 1, 2], value: 12.5 });
  });

  it('spiky-traces', () => {
    const spiky = spoiled([3, 9], (x) => {
      for (const at of [200, 500, 800, 1100]) x[at] += 40;
    });
    expect(find(spiky, 'spiky-traces')).toMatchObject({ severity: 'warn', traces: [3, 9] });
  });

  it('offset-traces: never fail a shot', () => {
    const all = clean.shot.traces.map((_, i) => i);
    const offset = spoiled(all, (x) => {
      for (let i = 0; i < x.length; i++) x[i] += 100;
    });
    expect(find(offset, 'offset-traces')).toMatchObject({ severity: 'warn', value: 100 });
    expect(judgeShot(offset, cleanPicks).verdict).toBe('warn');
  });

  it('non-finite-traces', () => {
    const broken = spoiled([2], (x) => {
      x[30] = Number.NaN;
    });
    expect(find(broken, 'non-finite-traces')).toMatchObject({ severity: 'warn', traces: [2] });
  });

  it('unpicked-traces: a quarter warns, most fail', () => {
    const without = (count: number) =>
      cleanPicks.map((pick, i): Pick => (i < count ? { kind: 'skipped', reason: 'low-confidence' } : pick));
    expect(find(clean.shot, 'unpicked-traces', without(2))?.severity).toBe('info');
    expect(find(clean.shot, 'unpicked-traces', without(6))?.severity).toBe('warn');
    expect(judgeShot(clean.shot, without(16)).verdict).toBe('fail');
    expect(judgeShot(clean.shot, without(24)).verdict).toBe('fail');
  });

  it('damaged-record: a loss warns, a remark does not', () => {
    const problem = (code: string) => [{ code, message: `${code} happened` }];
    expect(judgeShot(clean.shot, cleanPicks, { problems: problem('truncated') })).toMatchObject({
      verdict: 'warn',
      findings: [{ code: 'damaged-record', value: 1 }],
    });
    expect(judgeShot(clean.shot, cleanPicks, { problems: problem('units-feet') }).verdict).toBe('pass');
  });

  it('damaged-record: knows the words that the readers use', () => {
    const readers = globSync('../../shared/formats/**/*.ts', { cwd: import.meta.dirname })
      .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
      .join('\n');
    for (const code of LOSSES) expect(readers).toContain(`'${code}'`);
  });

  it('a shot of auxiliary traces alone is not judged', () => {
    const shot = {
      ...clean.shot,
      traces: clean.shot.traces.map((trace) => ({ ...trace, kind: 'auxiliary' as const })),
    };
    const picks = shot.traces.map((): Pick => ({ kind: 'skipped', reason: 'auxiliary' }));
    expect(judgeShot(shot, picks)).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('a shot where nothing was recorded fails', () => {
    const silent = { ...clean.shot, amplitudes: new Float32Array(clean.shot.amplitudes.length) };
    const picks = silent.traces.map((): Pick => ({ kind: 'skipped', reason: 'dead' }));
    expect(judgeShot(silent, picks)).toMatchObject({
      verdict: 'fail',
      findings: [{ code: 'dead-traces', value: 100 }],
    });
  });
});

describe('noise levels', () => {
  it('are unknown where nothing was recorded before the break', () => {
    const early = syntheticShot({ ...recipe, firstSample: ms(0), source: metres(0) });
    const { levels } = factsOf(early.shot, truth(early.onsets));
    expect(levels[0]).toBeUndefined();
    expect(levels[20]!.signal).toBeGreaterThan(3 * levels[20]!.noise);
  });
});

describe('docs/qc.md', () => {
  const text = readFileSync(new URL('../../docs/qc.md', import.meta.url), 'utf8');
  const rows = new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, code, ...cells]) => [code.replaceAll('`', ''), cells]),
  );
  const shares = (Object.keys(LIMITS) as LimitName[]).flatMap((name) =>
    name.endsWith('.warn') && LIMITS[name].unit === '%' ? [name.replace('.warn', '')] : [],
  );

  it('lists every threshold, as npm run qc-table -- limits writes them', () => {
    expect(text).toContain(limitsTable());
  });

  it.each(shares)('lists %s with its thresholds', (code) => {
    const [warn, fail] = ([`${code}.warn`, `${code}.fail`] as LimitName[]).map((name) =>
      limitText(LIMITS[name].value, name),
    );
    expect(rows.get(code)?.slice(1, 3)).toEqual([warn, fail]);
  });
});
