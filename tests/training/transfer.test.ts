/** Weights into a picker by name and shape, what is held back after that, and a run that does it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import {
  copyParameters,
  emptyParameters,
  type Parameters,
  startParameters,
} from '../../training/network/parameters.ts';
import { gradientsOf } from '../../training/picker/gradients.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { PICKER, type PickerConfig, pickerLayout } from '../../training/picker.ts';
import { startNetwork, writePretrain } from '../../training/pretrain/checkpoint.ts';
import { startAdam, stepAdam } from '../../training/train/adamw.ts';
import { LAST, readCheckpoint, sitesSeen } from '../../training/train/checkpoint.ts';
import { learn } from '../../training/train/step.ts';
import { moveWeights, type Networks, wordsOf } from '../../training/transfer/move.ts';
import { depthOf, type HeldBack, heldIn, stepAtPace } from '../../training/transfer/pace.ts';
import { firstbreak, scratch } from '../cli/run.ts';

const folder = scratch();
const at = (...parts: string[]) => join(folder.path, ...parts);
beforeAll(() => startBackend('wasm'));
afterAll(() => folder.remove());

const TINY: PickerConfig = { ...PICKER, widths: [4, 4, 4, 4] };
const { parameters: SPECS } = pickerLayout(TINY);
const NAMES = SPECS.map(({ name }) => name);
const network = (arrays: Readonly<Record<string, readonly [shape: readonly number[], value: number]>>) =>
  new Map(
    Object.entries(arrays).map(([name, [shape, value]]) => [
      name,
      { shape, values: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(value) },
    ]),
  );

describe('transfer by name and shape', () => {
  const start = startParameters(SPECS, 1);
  const from: Networks = new Map([
    ['discriminator', network({ 'down0.first.kernel': [[3, 5, 16, 4], 7], 'head.kernel': [[64, 1], 1] })],
    [
      'generator',
      network({
        'down0.first.kernel': [[3, 5, 16, 4], 9],
        'up0.second.kernel': [[3, 5, 4, 4], 8],
        'up0.first.kernel': [[3, 5, 4, 4], 6],
      }),
    ],
  ]);
  const { parameters, report } = moveWeights(from, start);

  it('moves what agrees, the first network that offers it, and leaves all else as it was', () => {
    expect(report.moved).toEqual(['down0.first.kernel', 'up0.second.kernel']);
    expect(new Set(parameters.byName.get('down0.first.kernel'))).toEqual(new Set([7]));
    expect(new Set(parameters.byName.get('up0.second.kernel'))).toEqual(new Set([8]));
    for (const name of NAMES.filter((each) => !report.moved.includes(each)))
      expect(parameters.byName.get(name)).toEqual(start.byName.get(name));
    expect(start.byName.get('down0.first.kernel')).toEqual(startParameters(SPECS, 1).byName.get('down0.first.kernel'));
  });

  it('says for each other array why it did not, with both shapes, and what was not used', () => {
    expect(report.moved.length + report.fresh.length).toBe(NAMES.length);
    expect(report.fresh).toContainEqual({
      name: 'up0.first.kernel',
      why: 'other shape',
      here: [3, 5, 8, 4],
      there: [3, 5, 4, 4],
    });
    expect(report.fresh).toContainEqual({ name: 'onset.kernel', why: 'no such name' });
    expect(report.unused).toEqual(['head.kernel']);
    const words = wordsOf(report);
    expect(words).toContain(`moved 2 of ${NAMES.length} arrays\n  moved   down0.first (kernel)\n`);
    expect(words).toContain('new     up0.first.kernel: [3, 5, 4, 4] there, [3, 5, 8, 4] here');
    expect(words).toContain('unused  head (kernel)');
  });
});

describe('what is held back', () => {
  it('depth is counted from the answers, down one side and up the other', () => {
    const names = [
      'onset.kernel',
      'none.bias',
      'up0.first.kernel',
      'up2.second.scale',
      'down3.first.kernel',
      'down0.first.kernel',
    ];
    expect(names.map((name) => depthOf(name, 4))).toEqual([0, 0, 1, 3, 4, 7]);
  });

  it('levels are freed one after the other, frozen ones never, new ones at once', () => {
    const parameters = startParameters(SPECS, 1);
    const moved = NAMES.filter((name) => name !== 'up0.first.kernel');
    const pace: HeldBack = { moved, freeze: ['down0'], unfreezeEvery: 10 };
    const freeAt = (step: number) => {
      const held = heldIn(step, parameters, pace);
      return [...new Set(NAMES.filter((name) => !held.has(name)).map((name) => name.split('.')[0]))];
    };
    expect(freeAt(0)).toEqual(['up0', 'onset', 'none']);
    expect(NAMES.filter((name) => !heldIn(9, parameters, pace).has(name) && name.startsWith('up0'))).toEqual([
      'up0.first.kernel',
    ]);
    expect(freeAt(40)).toEqual(['down3', 'up2', 'up1', 'up0', 'onset', 'none']);
    expect(freeAt(1e9)).not.toContain('down0');
    expect(heldIn(0, parameters, undefined).size).toBe(0);
  });

  const gradient = () => Float32Array.from({ length: startParameters(SPECS, 1).learnt.length }, (_, i) => Math.sin(i));

  it('with nothing to hold back, a step is that of AdamW', () => {
    const [one, other] = [startParameters(SPECS, 1), startParameters(SPECS, 1)];
    let [a, b] = [startAdam(one.learnt.length), startAdam(one.learnt.length)];
    for (let k = 0; k < 3; k++) {
      a = stepAdam(one.learnt, gradient(), a, 1e-2);
      b = stepAtPace(other, gradient(), b, 1e-2, { moved: NAMES, freeze: [] });
    }
    expect(other.learnt).toEqual(one.learnt);
    expect(b).toEqual(a);
  });

  it('rates fall with depth; a tensor freed late begins with a step like any other', () => {
    const begun = startParameters(SPECS, 1);
    const now = startParameters(SPECS, 1);
    const pace: HeldBack = { moved: NAMES, freeze: ['none'], unfreezeEvery: 2, rateDecay: 0.5 };
    const change = (name: string) => Math.abs(now.byName.get(name)![0] - begun.byName.get(name)![0]);
    let adam = startAdam(now.learnt.length);
    adam = stepAtPace(now, gradient(), adam, 1e-2, pace);
    expect(change('onset.kernel')).toBeCloseTo(1e-2, 4);
    expect(change('up0.second.kernel')).toBe(0);
    adam = stepAtPace(now, gradient(), adam, 1e-2, pace);
    adam = stepAtPace(now, gradient(), adam, 1e-2, pace);
    expect(change('up0.second.kernel')).toBeCloseTo(0.5e-2, 4);
    expect(now.byName.get('none.kernel')).toEqual(begun.byName.get('none.kernel'));
    expect(adam.steps).toBe(3);
  });

  const batch = syntheticBatch(3, 'learning', 0, { windows: 2, traces: 8, windowsPerShot: 2 });

  it('held arrays have no gradient and those around them the right one, through normalisations that stand still', async () => {
    const parameters = startParameters(SPECS, 1);
    const held = new Set(NAMES.filter((name) => name.startsWith('up')));
    const { gradient, statistics } = await gradientsOf(batch, parameters, TINY, held);
    const slopes = emptyParameters(SPECS);
    slopes.learnt.set(gradient);
    slopes.statistics.set(statistics);
    for (const name of held) {
      const { learnt } = SPECS.find((spec) => spec.name === name)!;
      if (learnt) expect(slopes.byName.get(name)!.every((value) => value === 0)).toBe(true);
      else expect(slopes.byName.get(name)).toEqual(parameters.byName.get(name));
    }
    const loss = async (name: string, by: number) => {
      const moved = startParameters(SPECS, 1);
      moved.byName.get(name)![1] += by;
      return (await gradientsOf(batch, moved, TINY, held)).losses.total;
    };
    for (const name of ['onset.bias', 'down3.second.offset', 'down2.first.kernel']) {
      const slope = ((await loss(name, 1e-3)) - (await loss(name, -1e-3))) / 2e-3;
      expect(Math.abs(slope)).toBeGreaterThan(1e-4);
      expect(slopes.byName.get(name)![1] / slope).toBeCloseTo(1, 1);
    }
  });

  it('a step moves neither weights nor statistics of what is frozen', async () => {
    const begun = startParameters(SPECS, 1);
    const learning = startParameters(SPECS, 1);
    const parameters = emptyParameters(SPECS);
    copyParameters(learning, parameters);
    const learner = { step: 0, parameters, learning, adam: startAdam(learning.learnt.length) };
    const pace: HeldBack = { moved: NAMES, freeze: ['down'] };
    const schedule = { rate: 1e-2, warmUp: 1, steps: 2 };
    await learn(batch, learner, { picker: TINY, schedule, pace });
    const changed = ({ byName }: Parameters) =>
      [...byName]
        .filter(([name, values]) => values.some((v, i) => v !== begun.byName.get(name)![i]))
        .map(([name]) => name);
    for (const state of [learning, parameters]) {
      expect(changed(state).filter((name) => name.startsWith('down'))).toEqual([]);
      expect(changed(state)).toContain('up0.second.mean');
      expect(changed(state)).toContain('onset.kernel');
    }
  });
});

describe('firstbreak train finetune', () => {
  const train = (...args: string[]) => firstbreak(['train', ...args, '--backend', 'wasm']);
  const SMALL = ['--windows', '2', '--traces', '8', '--validation-batches', '1', '--workers', '0'];
  const picker = at('picker');
  const corpus = { sites: [{ name: 'hill', gathers: 3, traces: 72 }], gathers: ['ab', 'cd', 'ef'] };
  const lossesOf = (run: string) =>
    readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).loss);

  beforeAll(async () => {
    const run = await train('picker', '--out', picker, '--steps', '2', '--widths', '4,4,4,4', ...SMALL, '--quiet');
    expect(run).toMatchObject({ code: 0 });
    const down = SPECS.filter(({ name }) => name.startsWith('down') && name.endsWith('.kernel'));
    const head = { name: 'head.kernel', shape: [64, 1], learnt: true, start: { normalOver: 64 } } as const;
    writePretrain(at('gan', LAST), {
      kind: 'gan',
      settings: {},
      step: 5,
      networks: { discriminator: startNetwork([...down, head], 4), generator: startNetwork([head], 4) },
      corpus,
      effort: { hours: 0, backends: [] },
    });
  }, 60_000);

  it('freezes what it is told, repeats after a stop, and keeps in the checkpoint what moved', async () => {
    const pace = ['--freeze', 'down0,down1', '--unfreeze-every', '1', '--rate-decay', '0.8'];
    const whole = await train('finetune', '--from', picker, '--out', at('whole'), '--steps', '3', ...SMALL, ...pace);
    expect(whole.code).toBe(0);
    expect(whole.out).toContain(`moved ${NAMES.length} of ${NAMES.length} arrays`);
    const [before, after] = [readCheckpoint(join(picker, LAST)), readCheckpoint(join(at('whole'), LAST))];
    expect(after.settings.from?.step).toBe(2);
    expect(after.settings.transfer).toMatchObject({
      part: 'all',
      moved: NAMES,
      fresh: [],
      unused: [],
      freeze: ['down0', 'down1'],
      unfreezeEvery: 1,
      rateDecay: 0.8,
    });
    const kept = (name: string) => expect(after.learning.byName.get(name)).toEqual(before.parameters.byName.get(name));
    for (const name of NAMES.filter((each) => /^down[01]/.test(each))) kept(name);
    kept('up2.first.kernel'); // would have learnt from the fourth step on
    expect(after.learning.byName.get('up1.first.kernel')).not.toEqual(before.parameters.byName.get('up1.first.kernel'));

    const { train: run } = await import('../../training/train.ts');
    const halfway = new AbortController();
    const { settings } = after;
    await run(at('parts'), {
      settings,
      start: before,
      validationBatches: 1,
      workers: 0,
      signal: halfway.signal,
      onStep: ({ step }) => step === 2 && halfway.abort(),
    });
    expect(lossesOf(at('parts'))).toHaveLength(2);
    expect(await train('finetune', '--resume', '--out', at('parts'), '--validation-batches', '1')).toMatchObject({
      code: 0,
    });
    expect(lossesOf(at('parts'))).toEqual(lossesOf(at('whole')));
  });

  it('begins with a network that saw no labels, as wide as that, and remembers what it had seen', async () => {
    const out = at('from-gan');
    const run = await train(
      'finetune',
      '--from',
      at('gan'),
      '--out',
      out,
      '--steps',
      '1',
      ...SMALL,
      '--part',
      'discriminator',
    );
    expect(run.code).toBe(0);
    expect(run.out).toContain('unused  head (kernel)');
    const { settings, learning } = readCheckpoint(join(out, LAST));
    expect(settings.picker.widths).toEqual([4, 4, 4, 4]);
    expect(settings.transfer?.moved).toEqual(NAMES.filter((name) => /^down.*kernel$/.test(name)));
    expect(settings.transfer?.origin).toEqual({ kind: 'gan', step: 5, settings: {}, corpus });
    expect(settings.from).toBeUndefined();
    expect(sitesSeen(settings)).toEqual(['hill']);
    const moved = startNetwork(
      SPECS.filter(({ name }) => /^down.*kernel$/.test(name)),
      4,
    ).parameters;
    const distance = (name: string) => Math.abs(learning.byName.get(name)![0] - moved.byName.get(name)![0]);
    expect(distance('down2.first.kernel')).toBeLessThan(1e-3); // one step away
  });

  async function said(...args: string[]): Promise<string> {
    const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await main(args)).toBeGreaterThan(0);
      return spy.mock.calls.map(([text]) => text).join('');
    } finally {
      spy.mockRestore();
    }
  }

  it('says in a line what does not fit', async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[], /expected --from RUN, found none/],
      [['--from', at('nowhere')], /nowhere: expected the folder of a run/],
      [['--from', picker, '--freeze', 'side'], /--freeze: expected the beginning of a name that moved, found 'side'/],
      [['--from', at('gan'), '--part', 'decoder'], /--part: expected discriminator, generator, all, found 'decoder'/],
      [['--from', at('gan'), '--part', 'generator'], /--from: expected arrays of the name and shape of the picker/],
      [['--from', picker, '--rate-decay', '2'], /--rate-decay: expected a number from 0.001 to 1/],
    ];
    for (const [args, message] of cases) {
      const err = await said('finetune', '--out', at('wrong'), ...args);
      expect(err).toMatch(message);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    expect(await said('picker', '--out', at('wrong'), '--freeze', 'down')).toMatch(
      /--freeze: expected --from RUN with it/,
    );
  });
});
