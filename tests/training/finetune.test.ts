/** Learning from real shots: what a batch holds, that sites weigh the same, and a run from another run's weights. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { ms } from '#shared/units.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import type { Label, LabelledShot } from '../../training/data/labelled.ts';
import { readSite } from '../../training/data/site.ts';
import { type BatchPlan, fieldWindows, make, PICKER_BATCHES } from '../../training/picker/batches.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { supplyBatches } from '../../training/prefetch.ts';
import { syntheticGather } from '../../training/synthetic/gather.ts';
import { bestCheckpoint, LAST, readCheckpoint, sitesLearnt } from '../../training/train/checkpoint.ts';
import { readField } from '../../training/train/field.ts';
import type { StepMetrics, ValidationMetrics } from '../../training/train.ts';
import { firstbreak, scratch } from '../cli/run.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
beforeAll(() => startBackend('wasm'));
afterAll(() => folder.remove());

const gatherOf = (seed: number) =>
  syntheticGather(seed, { mostSamples: 20_000, channels: [24, 24], signalToNoise: [20, 40] });

/** Folders as a crew leaves them: shots and picks.csv. */
function writeSite(name: string, seeds: readonly number[]): string {
  mkdirSync(at(name), { recursive: true });
  const rows = seeds.flatMap((seed) => {
    const { shot, labels } = gatherOf(seed);
    writeFileSync(at(name, `${seed}.sg2`), writeSeg2(shot));
    return labels.flatMap((label, i) => (label.kind === 'onset' ? [`${seed}.sg2,${i},${label.time}`] : []));
  });
  writeFileSync(at(name, 'picks.csv'), `file,trace,time_ms\n${rows.join('\n')}\n`);
  return at(name);
}

const north = writeSite('north', [1, 2, 3]);
const south = writeSite('south', [4]);
const east = writeSite('east', [5, 6]);

const size = { windows: 4, traces: 8, windowsPerShot: 2 };

describe('sites', () => {
  it('are known by name and digest, in whatever order they are given', async () => {
    const [one, other] = await Promise.all([readField([north, south]), readField([south, north])]);
    expect(one.map(({ record }) => record)).toEqual(other.map(({ record }) => record));
    expect(one.map(({ record: { name, shots } }) => [name, shots])).toEqual([
      ['north', 3],
      ['south', 1],
    ]);
    expect(one[0].record.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(one[0].record.digest).not.toBe(one[1].record.digest);
  });

  it('the shots are those of the folder', async () => {
    const [{ shots }] = await readField([south]);
    for await (const expected of readSite(south)) expect(shots).toEqual([expected]);
  });

  it('changes of a label or a sample change the digest', async () => {
    const [{ record }] = await readField([south]);
    const table = readFileSync(join(south, 'picks.csv'), 'utf8');
    const moved = at('moved', 'south');
    mkdirSync(moved, { recursive: true });
    writeFileSync(join(moved, '4.sg2'), writeSeg2(gatherOf(4).shot));
    writeFileSync(join(moved, 'picks.csv'), table);
    expect((await readField([moved]))[0].record).toEqual(record);
    writeFileSync(join(moved, 'picks.csv'), table.trimEnd().split('\n').slice(0, -1).join('\n'));
    expect((await readField([moved]))[0].record.digest).not.toBe(record.digest);
    const { shot } = gatherOf(4);
    shot.amplitudes[100] += 1;
    writeFileSync(join(moved, '4.sg2'), writeSeg2(shot));
    writeFileSync(join(moved, 'picks.csv'), table);
    expect((await readField([moved]))[0].record.digest).not.toBe(record.digest);
  });

  it('two of one name, or one without a first break, are refused', async () => {
    await expect(readField([south, at('moved', 'south')])).rejects.toThrow(/different names, found south twice/);
    const bare = at('bare');
    mkdirSync(bare);
    writeFileSync(join(bare, '4.sg2'), writeSeg2(gatherOf(4).shot));
    writeFileSync(join(bare, 'picks.csv'), 'file,trace,time_ms,status,reason\n4.sg2,0,,skipped,dead\n');
    await expect(readField([bare])).rejects.toThrow(/expected traces with a first break, found none/);
  });
});

const labelled = (labelOf: (trace: number) => Label): LabelledShot => {
  const { shot } = gatherOf(1);
  return { site: 'made', file: '', shot, labels: shot.traces.map((_, i) => labelOf(i)) };
};

describe('batches with real windows', () => {
  const planOf = (share: number, sites: readonly (readonly LabelledShot[])[]): BatchPlan => ({
    seed: 3,
    purpose: 'learning',
    size,
    field: { share, sites },
  });
  const sites = async () => (await readField([north, south])).map(({ shots }) => shots);

  it('are the same from a thread, which reads the same memory', async () => {
    const plan = planOf(0.5, await sites());
    const supply = supplyBatches(PICKER_BATCHES, plan, { workers: 2, end: 4 });
    try {
      for (let k = 0; k < 4; k++) expect(await supply.take(k)).toEqual(make(plan, k));
    } finally {
      await supply.close();
    }
  });

  it('the other windows are synthetic ones of the same run', async () => {
    const batch = make(planOf(0.5, await sites()), 7);
    const synthetic = syntheticBatch(3, 'learning', 7, { ...size, windows: 2 });
    expect(batch.features.subarray(0, synthetic.features.length)).toEqual(synthetic.features);
    expect(batch.targets.position.subarray(0, 16)).toEqual(synthetic.targets.position);
    expect(batch.features.subarray(synthetic.features.length).some((value) => value !== 0)).toBe(true);
    expect(batch.targets.seen.subarray(16).some((value) => value === 1)).toBe(true);
  });

  it('a share that is no whole number of windows is met by one more now and then', async () => {
    const wide = { ...size, windowsPerShot: 4 };
    const plan = { ...planOf(0.3, await sites()), size: wide };
    const counts = Array.from({ length: 12 }, (_, k) => {
      const { features } = make(plan, k);
      const synthetic = syntheticBatch(3, 'learning', k, wide).features;
      const cells = features.length / wide.windows;
      return [0, 1, 2, 3].filter((w) =>
        features.subarray(w * cells, (w + 1) * cells).some((v, i) => v !== synthetic[w * cells + i]),
      ).length;
    });
    expect([...new Set(counts)].sort()).toEqual([1, 2]); // 1.2 on average
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(6);
  });

  it('a site of one shot is drawn as often as one of many', () => {
    const onset: Label = { kind: 'onset', time: ms(20) };
    const partly = labelled((i) => (i % 5 < 2 ? { kind: 'unknown' } : onset)); // tells the windows of its site
    const plan = planOf(1, [Array.from({ length: 9 }, () => partly), [labelled(() => onset)]]);
    let ofMany = 0;
    for (let k = 0; k < 40; k++) {
      const { known } = make(plan, k).targets;
      for (let w = 0; w < size.windows; w++)
        if (known.subarray(w * size.traces, (w + 1) * size.traces).includes(0)) ofMany++;
    }
    expect(ofMany / 160).toBeGreaterThan(0.38);
    expect(ofMany / 160).toBeLessThan(0.68);
  });

  it('windows to watch: as many of each site, always the same', async () => {
    const watched = await sites();
    const batches = fieldWindows(watched, size, 3, 1);
    expect(batches).toHaveLength(2); // six windows
    expect(fieldWindows(watched, size, 3, 1)).toEqual(batches);
    const cells = batches[1].features.length / size.windows;
    expect(batches[1].features.subarray(0, 2 * cells).some((value) => value !== 0)).toBe(true);
    expect(batches[1].targets.known.subarray(2 * size.traces).every((value) => value === 0)).toBe(true);
  });

  it('labels around which nothing can be cut are an error, not a wait', () => {
    expect(() => make(planOf(1, [[labelled(() => ({ kind: 'dead' }))]]), 0)).toThrow(/expected labelled traces/);
  });
});

describe('firstbreak train picker --from', () => {
  const first = at('first');
  const tuned = at('tuned');
  const train = (...args: string[]) => firstbreak(['train', 'picker', '--backend', 'wasm', '--quiet', ...args]);
  const TINY = ['--widths', '4,4,4,4', '--windows', '2', '--traces', '8', '--validation-batches', '1'];
  const linesOf = <T>(run: string, log: string): T[] =>
    readFileSync(join(run, log), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const lossesOf = (run: string) => linesOf<StepMetrics>(run, 'metrics.jsonl').map(({ loss }) => loss);
  const tuning = ['--from', first, '--steps', '6', '--windows', '2', '--traces', '8', '--validation-batches', '1'];
  const sites = ['--field', north, south, east, '--watch', south];

  beforeAll(async () => {
    expect(await train('--out', first, '--steps', '4', ...TINY)).toMatchObject({ code: 0 });
  }, 60_000);

  it('begins with the weights of the run, learns from the sites that are not held out, watches another', async () => {
    const run = await train('--out', tuned, ...tuning, ...sites, '--hold-out', 'south', '--validate-every', '3');
    expect(run).toMatchObject({ code: 0, err: '' });
    const { settings, effort } = readCheckpoint(join(tuned, LAST));
    expect(settings.field?.share).toBe(0.5);
    expect(sitesLearnt(settings).map(({ name }) => name)).toEqual(['east', 'north']);
    expect(settings.watch?.map(({ name }) => name)).toEqual(['south']);
    expect(settings.from).toEqual({ step: 4, settings: readCheckpoint(join(first, LAST)).settings });
    expect(settings.picker).toEqual(settings.from?.settings.picker);
    expect(effort.backends).toEqual(['wasm']);
    expect(JSON.stringify(settings)).not.toContain(folder.path);

    const looks = linesOf<ValidationMetrics>(tuned, 'validation.jsonl');
    expect(looks.map(({ step }) => step)).toEqual([0, 3, 6]);
    const before = bestCheckpoint(first);
    const { watched, step, ...synthetic } = looks[0];
    expect({ step, synthetic }).toEqual({ step: 0, synthetic: before.validation });
    expect(watched?.loss).toBeGreaterThan(0);
    expect(readFileSync(join(tuned, 'plot.svg'), 'utf8')).toContain('watched sites');

    const exported = await firstbreak(['train', 'export', '--from', tuned, '--out', at('model')]);
    expect(exported).toMatchObject({ code: 0, err: '' });
    const { training } = JSON.parse(readFileSync(at('model', 'manifest.json'), 'utf8'));
    expect(training.sites).toEqual(['east', 'north']);
    expect(training.hours).toBeGreaterThan(bestCheckpoint(first).effort!.hours * 0.999);
  });

  it('stopped and resumed with the sites at hand, it follows the same curve', async () => {
    const parts = at('parts');
    const settings = readCheckpoint(join(tuned, LAST)).settings;
    const halfway = new AbortController();
    const { train: run } = await import('../../training/train.ts');
    const field = await readField([north, east]);
    const watch = await readField([south]);
    const options = { field, watch, validateEvery: 3, validationBatches: 1 };
    await run(parts, {
      ...options,
      settings,
      start: bestCheckpoint(first),
      signal: halfway.signal,
      onStep: ({ step }) => step === 2 && halfway.abort(),
    });
    expect(lossesOf(parts)).toHaveLength(2);
    // Sites that the run did not learn from may be named as well.
    const resumed = await train(
      '--out',
      parts,
      '--resume',
      ...sites,
      '--validate-every',
      '3',
      '--validation-batches',
      '1',
    );
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(lossesOf(parts)).toEqual(lossesOf(tuned));
    expect(linesOf(parts, 'validation.jsonl')).toEqual(linesOf(tuned, 'validation.jsonl'));
  });

  it('without watched sites the last state is the one to use', async () => {
    const out = at('unwatched');
    const { watch: _, ...settings } = readCheckpoint(join(tuned, LAST)).settings;
    const { train: run } = await import('../../training/train.ts');
    await run(out, {
      field: await readField([north, east]),
      settings: { ...settings, schedule: { ...settings.schedule, steps: 2 } },
      start: bestCheckpoint(first),
      validateEvery: 1,
      validationBatches: 1,
    });
    expect(bestCheckpoint(out).step).toBe(2);
  });

  it('says in a line what does not fit', async () => {
    const wrong = async (...args: string[]) => {
      const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      try {
        expect(await main(['picker', '--out', at('wrong'), ...args])).toBeGreaterThan(0);
        return said.mock.calls.map(([text]) => text).join('');
      } finally {
        said.mockRestore();
      }
    };
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['--from', at('nowhere')], /nowhere: expected the folder of a run with last.safetensors, found none/],
      [['--from', first, '--widths', '8,8,8,8'], /--widths: weights of another run come with theirs/],
      [['--field', north, '--hold-out', 'nord'], /--hold-out: expected one of north, found 'nord'/],
      [['--field', north, '--hold-out', 'north'], /--hold-out: expected a site to learn from, found none left/],
      [['--field', north, '--watch', north], /--watch: expected sites that are not learnt from, found north/],
      [['--field-share', '0.2'], /--field-share: expected --field SITE/],
      [[north], /expected no argument without --field/],
      [['--field', at('nowhere')], /nowhere/],
    ];
    for (const [args, message] of cases) {
      const err = await wrong(...args);
      expect(err).toMatch(message);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    const resumed = async (...args: string[]) => (await train('--out', tuned, '--resume', ...args)).err;
    expect(await resumed()).toMatch(/--field: expected east, which the run began with, found no such site/);
    expect(await resumed('--field', at('moved', 'south'), east, north)).toMatch(/--watch: expected south/);
    expect(await resumed('--from', first)).toMatch(/--from: a run goes on with the settings it began with/);
  });

  it('other labels under the same name are noticed', async () => {
    const err = (await train('--out', tuned, '--resume', '--field', north, east, '--watch', at('moved', 'south'))).err;
    expect(err).toMatch(/--watch: expected south as the run began with it, found other labels or amplitudes/);
  });
});
