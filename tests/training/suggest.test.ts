/** Which shots to label next: coverage, doubt, reasons, and the command on a made survey. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { ms } from '#shared/units.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import { preparedShot } from '../../training/data/prepared.ts';
import { PICKER, pickerLayout } from '../../training/picker.ts';
import { startNetwork, writePretrain } from '../../training/pretrain/checkpoint.ts';
import { type Doubt, doubtOf } from '../../training/suggest/doubt.ts';
import { codeOf, windowCodeOf } from '../../training/suggest/features.ts';
import { type Candidate, ranked } from '../../training/suggest/rank.ts';
import { LAST } from '../../training/train/checkpoint.ts';
import { scratch } from '../cli/run.ts';
import { madeShots, writeSite } from './made-site.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
beforeAll(() => startBackend('wasm'));
afterAll(() => folder.remove());

const SURE: Doubt = { uncertainty: 0, disagreement: 0 };
const LOST: Doubt = { uncertainty: 1, disagreement: 1 };
const candidate = (x: number, y: number, doubt = SURE, labelled = false): Candidate => ({
  code: Float32Array.of(x, y),
  doubt,
  labelled,
});

describe('rank', () => {
  // Five alike, three alike, and one that is like nothing.
  const survey = [
    candidate(0, 0),
    candidate(0.1, 0),
    candidate(-0.1, 0),
    candidate(0, 0.1),
    candidate(0, -0.1),
    candidate(5, 0),
    candidate(5.1, 0),
    candidate(4.9, 0),
    candidate(2, 9),
  ];

  const groupOf = (at: number) => (at < 5 ? 'five' : at < 8 ? 'three' : 'one');

  it('one of the largest group first, then of the others, each once', () => {
    const order = ranked(survey, 20);
    expect(order.slice(0, 3).map(({ at }) => groupOf(at))).toEqual(['five', 'three', 'one']);
    expect(order.map(({ at }) => at).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const [first, second, third] = order;
    expect([first.distance, first.stands]).toEqual([undefined, 8]);
    expect([second.stands, third.stands]).toEqual([2, 0]);
    expect(second.distance).toBeGreaterThan(0.5);
    expect(ranked(survey, 2)).toEqual(order.slice(0, 2));
  });

  it('what is labelled is covered and not suggested', () => {
    const labelled = survey.map((each, i) => ({ ...each, labelled: i < 2 }));
    expect(ranked(labelled, 2).map(({ at }) => groupOf(at))).toEqual(['three', 'one']);
  });

  it('doubt outweighs numbers', () => {
    const doubted = survey.map((each, i) => (i >= 5 && i < 8 ? { ...each, doubt: LOST } : each));
    expect(groupOf(ranked(doubted, 1)[0].at)).toBe('three');
  });

  it('a gather that shows nothing is left out; alike ones are no trouble', () => {
    expect(ranked([{ code: undefined, doubt: LOST, labelled: false }, candidate(1, 1)], 5).map(({ at }) => at)).toEqual(
      [1],
    );
    expect(ranked([candidate(1, 1), candidate(1, 1)], 2).map(({ at }) => at)).toEqual([0, 1]);
    expect(ranked([], 3)).toEqual([]);
  });
});

const [shot, other] = madeShots('made', [1, 2], { mostSamples: 4000, channels: [24, 24], signalToNoise: [25, 35] }).map(
  (labelled) => labelled.shot,
);

describe('doubt', () => {
  const { live, guide } = preparedShot(shot);
  const picker = (time: (row: number) => number, confidence: number, skipped = 0): Picker => ({
    name: 'made',
    pick: async ({ traces }) =>
      traces.map((_, i) =>
        live.at.indexOf(i) < skipped
          ? { kind: 'skipped', reason: 'low-confidence' }
          : { kind: 'picked', time: ms(time(live.at.indexOf(i))), confidence },
      ),
  });

  it('is none of a picker that is sure and steady, and grows with scatter and with traces it skips', async () => {
    const steady = await doubtOf(
      shot,
      picker((row) => 10 + row, 0.9),
    );
    expect(steady.uncertainty).toBeCloseTo(0.1, 6);
    expect(steady.disagreement).toBeCloseTo(0, 6);
    const scattered = await doubtOf(
      shot,
      picker((row) => 10 + 5 * guide.period[0] * Math.sin(9 * row), 0.9),
    );
    expect(scattered.disagreement).toBeGreaterThan(0.5);
    const half = await doubtOf(
      shot,
      picker((row) => 10 + row, 0.9, live.at.length / 2 + 1),
    );
    expect(half.uncertainty).toBe(1);
    expect(half.disagreement).toBeCloseTo((live.at.length / 2 + 1) / live.at.length, 6);
    expect(
      await doubtOf(
        shot,
        picker(() => 0, 1, live.at.length),
      ),
    ).toEqual(LOST);
  });
});

describe('codes', () => {
  const TINY = { ...PICKER, widths: [4, 4, 4, 4] };
  const { specs, byName } = startNetwork(pickerLayout(TINY).parameters, 1).parameters;
  const arrays = new Map(specs.map(({ name, shape }) => [name, { shape, values: byName.get(name)! }]));

  it('are the same for the same gather at any amplitude, others for others, and none for nothing', async () => {
    const louder = { ...shot, amplitudes: shot.amplitudes.map((value) => 4 * value) };
    const silent = { ...shot, amplitudes: shot.amplitudes.map(() => 0) };
    for (const make of [
      (each: typeof shot) => codeOf(each, { config: TINY, arrays }),
      async (each: typeof shot) => windowCodeOf(each),
    ]) {
      const [one, loud, two] = [await make(shot), await make(louder), await make(other)];
      const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
      expect(apart(one!, loud!)).toBeLessThan(1e-4);
      expect(apart(one!, two!)).toBeGreaterThan(1e-2);
      expect(await make(silent)).toBeUndefined();
    }
    expect(await codeOf(shot, { config: TINY, arrays })).toHaveLength(8); // mean and spread of four channels
  });
});

describe('firstbreak train suggest', () => {
  const survey = at('survey');
  const shots = madeShots('survey', [1, 2, 3, 4], { mostSamples: 4000, channels: [16, 24], signalToNoise: [25, 35] });
  const run = at('autoencoder');
  const suggest = async (...args: string[]) => {
    const [out, err] = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockReturnValue(true),
    );
    const written = (spy: typeof out) => spy.mock.calls.map(([text]) => text).join('');
    try {
      const code = await main(['suggest', ...args]);
      return { code, out: written(out), err: written(err) };
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
  };

  beforeAll(() => {
    writeSite(survey, shots);
    const { parameters } = pickerLayout({ ...PICKER, widths: [4, 4, 4, 4] });
    const corpus = { sites: [], gathers: [] };
    const effort = { hours: 0, backends: [] };
    const state = { settings: {}, step: 1, corpus, effort };
    const encoder = parameters.filter(({ name }) => name.startsWith('down'));
    writePretrain(join(run, LAST), {
      kind: 'autoencoder',
      networks: { autoencoder: startNetwork(encoder, 1) },
      ...state,
    });
    const bare = encoder.filter(({ name }) => name.endsWith('kernel'));
    writePretrain(at('gan', LAST), { kind: 'gan', networks: { discriminator: startNetwork(bare, 1) }, ...state });
  });

  it('names shots, best first, with reasons, as a table and as JSON', async () => {
    const { code, out } = await suggest(survey, '--from', run, '--count', '2', '--backend', 'wasm', '--quiet');
    expect(code).toBe(0);
    const [head, first, second, end] = out.split('\n');
    expect(head).toBe('rank,site,file,ffid,uncertainty,disagreement,stands,distance,reason');
    expect(first).toMatch(/^1,survey,\d\.sg2,.*,3,,lies in the middle of all 4 gathers; /);
    expect(second).toMatch(/^2,survey,\d\.sg2,/);
    expect(end).toBe('');
    const file = at('suggestions.json');
    await suggest(survey, '--from', run, '--count', '2', '--backend', 'wasm', '--quiet', '--json', '--out', file);
    const json = JSON.parse(readFileSync(file, 'utf8'));
    expect(json).toMatchObject({ schema: 'firstbreak.suggestions/1', gathers: 4, labelled: 0 });
    expect(json.suggestions.map(({ file }: { file: string }) => file)).toEqual(
      [first, second].map((row) => row.split(',')[2]),
    );
  });

  it('shots that are picked already are not suggested', async () => {
    const picked = at('picked.csv');
    writeFileSync(picked, 'file,trace,time_ms\n1.sg2,3,12\n4.sg2,0,15\n');
    const { code, out } = await suggest(survey, '--picked', picked, '--count', '9', '--quiet');
    expect(code).toBe(0);
    const files = out
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[2]);
    expect(files.sort()).toEqual(['2.sg2', '3.sg2']);
  });

  it('says in a line what does not fit', async () => {
    const all = at('all.csv');
    writeFileSync(all, `file,trace,time_ms\n${[1, 2, 3, 4].map((n) => `${n}.sg2,0,9`).join('\n')}\n`);
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[], /expected at least one site or file, found none/],
      [[survey, '--count', '0'], /--count: expected a whole number from 1/],
      [[survey, '--from', at('gan')], /expected a picker or an autoencoder, found a run without such an encoder/],
      [[survey, '--picked', all], /expected a shot without picks, found none/],
      [[join(survey, '1.sg2')], /expected at least 2 gathers/],
      [[at('nowhere')], /nowhere/],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await suggest(...args, '--quiet');
      expect(err).toMatch(message);
      expect(code).toBeGreaterThan(0);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
  });
});
