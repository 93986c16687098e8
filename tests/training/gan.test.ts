/** The GAN in miniature: its losses, its two steps, its run, and what it says of itself. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { tf } from '../../training/backend/tf.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import {
  copyParameters,
  emptyParameters,
  type Parameters,
  startParameters,
} from '../../training/network/parameters.ts';
import { make } from '../../training/pretrain/batches.ts';
import { readWeights } from '../../training/pretrain/checkpoint.ts';
import { type Corpus, readCorpus } from '../../training/pretrain/corpus.ts';
import { channelsOf } from '../../training/pretrain/gan/channels.ts';
import { discriminatorSlopes, drawZ, lookupIn, windowsOf } from '../../training/pretrain/gan/gradients.ts';
import { compandedOf, type GanLook, newsOf } from '../../training/pretrain/gan/look.ts';
import { crossEntropy, generatorLoss } from '../../training/pretrain/gan/losses.ts';
import { diversityOf, isCollapsed, portraitOf, type WindowSet } from '../../training/pretrain/gan/monitors.ts';
import { discriminator } from '../../training/pretrain/gan/networks.ts';
import { GAN, type GanSettings, ganSpecs } from '../../training/pretrain/gan/settings.ts';
import { normalisedArrays, spectralTensors } from '../../training/pretrain/gan/spectral.ts';
import { type Opponents, stepDiscriminator, stepGenerator } from '../../training/pretrain/gan/step.ts';
import { type GanMetrics, type GanOptions, trainGan } from '../../training/pretrain/gan.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { startAdam } from '../../training/train/adamw.ts';
import { madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-gan-'));
const site = join(scratch, 'site');
let corpus: Corpus;

beforeAll(async () => {
  await startBackend('wasm');
  mkdirSync(site);
  for (const { file, shot } of madeShots('site', [1, 2, 3, 4])) writeFileSync(join(site, file), writeSeg2(shot));
  corpus = await readCorpus([site]);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const small: GanSettings = {
  ...GAN,
  unet: { ...GAN.unet, widths: [6, 6, 8, 8] },
  latent: 8,
  windows: 4,
  traces: 8,
  synthetic: 0,
  steps: 8,
};
const opponentsOf = (settings: GanSettings): Opponents => {
  const specs = ganSpecs(settings);
  return { generator: startParameters(specs.generator, 1), discriminator: startParameters(specs.discriminator, 2) };
};
const realWindows = (k = 0, windows = small.windows): Float32Array =>
  compandedOf(
    make(
      {
        seed: 3,
        purpose: 'validation',
        windows,
        traces: small.traces,
        straight: 1,
        synthetic: 0,
        gathers: corpus.gathers,
      },
      k,
    ),
  );
const zFor = (...seed: number[]) => drawZ(small.windows * small.latent, diceOf(...seed));

describe.each(['wasm', 'cpu'] as const)('cross-entropy of logits on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('wasm');
  });

  const faint = Math.exp(-80);
  it.each([
    { logit: 80, real: 1, loss: faint, slope: -faint },
    { logit: -80, real: 1, loss: 80, slope: -1 },
    { logit: 80, real: 0, loss: 80, slope: 1 },
    { logit: -80, real: 0, loss: faint, slope: faint },
    { logit: 80, real: 0.9, loss: 8, slope: 0.1 },
    { logit: 0, real: 1, loss: Math.LN2, slope: -0.5 },
    { logit: 2, real: 0, loss: Math.log(1 + Math.exp(2)), slope: 1 / (1 + Math.exp(-2)) },
  ])('is $loss at $logit for what is real to $real', async ({ logit, real, loss, slope }) => {
    const { value, grad } = tf.valueAndGrad((l) => crossEntropy(l, real))(tf.tensor1d([logit]));
    const [found] = await value.data();
    const [gradient] = await grad.data();
    expect(Math.abs(found - loss)).toBeLessThanOrEqual(1e-6 * Math.max(1, loss));
    expect(Math.abs(gradient - slope)).toBeLessThan(1e-6);
  });

  it('has a slope where the generator loses, unless it is the minimax one', async () => {
    const slopeOf = async (loss: GanSettings['loss']) =>
      (
        await tf
          .grad((l) => generatorLoss(l, loss))(tf.tensor1d([-20]))
          .data()
      )[0];
    expect(await slopeOf('non-saturating')).toBeCloseTo(-1, 5);
    expect(await slopeOf('minimax')).toBeCloseTo(0, 5);
  });
});

describe('what is judged', () => {
  it('is what pickers see, but for the largest magnitude of a bin', async () => {
    const batch = make(
      { seed: 1, purpose: 'learning', windows: 2, traces: 8, straight: 1, synthetic: 0, gathers: corpus.gathers },
      0,
    );
    const y = tf.tensor(compandedOf(batch), [2, 8, SAMPLES]);
    const found = await channelsOf(y).data();
    for (let i = 0; i < found.length; i++)
      if (i % CHANNELS.length < 3) expect(Math.abs(found[i] - batch.features[i])).toBeLessThan(1e-3);
      else expect(found[i]).toBeLessThan(batch.features[i] + 1e-3); // a mean is not above the largest
  });

  it('is the same whether real and made windows come together or apart', async () => {
    const { discriminator: parameters } = opponentsOf(small);
    const lookup = lookupIn(parameters, normalisedArrays(parameters));
    const shape = [small.windows, small.traces, SAMPLES];
    const [a, b] = [0, 1].map((k) => channelsOf(tf.tensor(realWindows(k), shape)));
    const together = await discriminator(spectralTensors(lookup, 2), tf.concat([a, b]), small).data();
    const apart = [a, b].map((x) => discriminator(spectralTensors(lookup), x, small));
    const single = await tf.concat(apart).data();
    for (const [i, logit] of together.entries()) expect(logit).toBeCloseTo(single[i], 5);
  });
});

describe('a step', () => {
  const copied = (parameters: Parameters): Parameters => {
    const copy = emptyParameters(parameters.specs);
    copyParameters(parameters, copy);
    return copy;
  };

  it('changes its own network alone', async () => {
    const networks = opponentsOf(small);
    const before = { generator: copied(networks.generator), discriminator: copied(networks.discriminator) };
    const { generator, discriminator } = networks;
    await stepDiscriminator(
      { real: realWindows(), z: zFor(1) },
      networks,
      startAdam(discriminator.learnt.length),
      small,
    );
    expect(generator).toEqual(before.generator);
    expect(discriminator.learnt).not.toEqual(before.discriminator.learnt);
    expect(discriminator.statistics).not.toEqual(before.discriminator.statistics); // u
    const judged = copied(discriminator);
    await stepGenerator({ z: zFor(2) }, networks, startAdam(generator.learnt.length), small);
    expect(discriminator).toEqual(judged);
    expect(generator.learnt).not.toEqual(before.generator.learnt);
    expect(generator.statistics).not.toEqual(before.generator.statistics);
  });

  it('leads the discriminator to tell, and the generator to be taken for real', async () => {
    const networks = opponentsOf(small);
    let adam = startAdam(networks.discriminator.learnt.length);
    const judge = (k: number, settings = small) =>
      stepDiscriminator({ real: realWindows(k % 4), z: zFor(k) }, networks, adam, settings);
    const quick = { ...small, rates: { discriminator: 3e-3, generator: 3e-3 } };
    const losses: number[] = [];
    for (let k = 0; k < 25; k++) {
      const { slopes, adam: next } = await judge(k, quick);
      losses.push(slopes.loss);
      adam = next;
    }
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]);
    let making = startAdam(networks.generator.learnt.length);
    const fooled: number[] = [];
    for (let k = 0; k < 25; k++) {
      const { slopes, adam: next } = await stepGenerator({ z: zFor(100 + k) }, networks, making, quick);
      fooled.push(slopes.loss);
      making = next;
    }
    expect(fooled.at(-1)).toBeLessThan(0.5 * fooled[0]);
  });

  it('estimates the slope at real windows without second derivatives', async () => {
    const flat = { ...small, deviation: false };
    const networks = opponentsOf(flat);
    const { discriminator: parameters } = networks;
    const real = realWindows();
    const lookup = lookupIn(parameters, normalisedArrays(parameters));
    const exact = (await tf
      .grad((y) => discriminator(spectralTensors(lookup), channelsOf(y), flat).sum())(
        tf.tensor(real, [flat.windows, flat.traces, SAMPLES]),
      )
      .data()) as Float32Array;
    const squared = exact.reduce((sum, slope) => sum + slope * slope, 0) / flat.windows;
    let estimate = 0;
    const rounds = 60;
    for (let k = 0; k < rounds; k++) {
      const directions = drawZ(real.length, diceOf(9, k));
      const { slope } = await discriminatorSlopes({ real, z: zFor(k), directions }, networks, { ...flat, r1: 1 });
      estimate += slope! / rounds;
    }
    expect(estimate / squared).toBeGreaterThan(0.5);
    expect(estimate / squared).toBeLessThan(1.6);
    const { slope } = await discriminatorSlopes({ real, z: zFor(1) }, networks, { ...flat, r1: 0 });
    expect(slope).toBeUndefined();
  });
});

describe('a collapse', () => {
  const set = (values: Float32Array): WindowSet => ({ traces: small.traces, values });
  const size = small.traces * SAMPLES;
  const real = () => portraitOf(set(realWindows(0, 32)));

  it('is not seen in the half of real windows', () => {
    for (let k = 1; k <= 4; k++) {
      const diversity = diversityOf(portraitOf(set(realWindows(k, 32))), real());
      expect(isCollapsed(diversity), JSON.stringify(diversity)).toBe(false);
    }
  });

  it('is seen in a generator that does not mind its z', async () => {
    const { generator } = opponentsOf(small);
    generator.byName.get('widen.kernel')!.fill(0);
    const made = await windowsOf(drawZ(32 * small.latent, diceOf(1)), generator, small);
    expect(isCollapsed(diversityOf(portraitOf(set(made)), real()))).toBe(true);
  });

  it('is seen in one that knows four windows by heart', () => {
    const [four, dice] = [realWindows(1, 4), diceOf(6)];
    const made = Float32Array.from({ length: 32 * size }, (_, i) => four[i % four.length] + dice.normal(0.02));
    const diversity = diversityOf(portraitOf(set(made)), real());
    expect(diversity.pairs).toBeGreaterThan(0.5); // pairs alone would not tell
    expect(isCollapsed(diversity)).toBe(true);
  });
});

describe('news', () => {
  const look = (step: number, collapsed: boolean) =>
    ({ step, collapsed, diversity: { pairs: collapsed ? 0.2 : 1, nearest: collapsed ? 0.1 : 1 } }) as GanLook;
  it('are that a generator has collapsed, once, and that it has recovered', () => {
    const spread = { last: look(100, false), best: look(100, false) };
    const fallen = { last: look(200, true), best: look(100, false) };
    expect(newsOf(spread, look(200, true))).toMatch(/collapsed at step 200: .*0\.20 times.*0\.10 times.*goes on$/);
    expect(newsOf(fallen, look(300, true))).toBeUndefined();
    expect(newsOf(fallen, look(300, false))).toBe('the generator has recovered at step 300');
    expect(newsOf(spread, look(200, false))).toBeUndefined();
  });

  it('are not that it has not begun yet, unless it should have', () => {
    expect(newsOf(undefined, look(100, true))).toBeUndefined();
    expect(newsOf({ last: look(100, true) }, look(200, false))).toBeUndefined();
    expect(newsOf({ last: look(400, true) }, look(500, true))).toMatch(/collapsed/);
  });
});

describe('a run', () => {
  const linesOf = <T>(run: string, log: string): T[] =>
    readFileSync(join(run, log), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const curveOf = (run: string) =>
    linesOf<GanMetrics>(run, 'metrics.jsonl').map(({ batchMs, stepMs, ...numbers }) => numbers);
  const options = (): GanOptions => ({
    settings: { ...small, discriminatorSteps: 2 },
    corpus,
    lookEvery: 4,
    lookWindows: 16,
    workers: 0,
  });
  const whole = join(scratch, 'whole');

  it('keeps its files, and weights that others begin with', async () => {
    const said: string[] = [];
    const end = await trainGan(whole, { ...options(), warn: (line) => said.push(line) });
    expect(end.step).toBe(8);
    for (const file of ['last.safetensors', 'samples.png', 'plot.svg'])
      expect(existsSync(join(whole, file)), file).toBe(true);
    const looks = linesOf<GanLook>(whole, 'looks.jsonl');
    expect(looks.map(({ step }) => step)).toEqual([4, 8]);
    // Eight steps from faint windows: nothing there yet.
    expect(looks[0].collapsed).toBe(true);
    expect(said).toEqual([]); // too early to speak of a collapse
    const { networks, kind } = readWeights(whole);
    expect(kind).toBe('gan');
    expect([...networks.keys()]).toEqual(['generator', 'discriminator']);
    expect(networks.get('discriminator')!.get('down0.first.kernel')!.shape).toEqual([3, 5, 16, 6]);
  });

  it('stopped and resumed, it follows the same curve to the last digit', async () => {
    const parts = join(scratch, 'parts');
    const stop = new AbortController();
    const half = await trainGan(parts, {
      ...options(),
      signal: stop.signal,
      onStep: ({ step }) => step === 5 && stop.abort(),
    });
    expect(half.step).toBe(5);
    const end = await trainGan(parts, { ...options(), resume: true });
    expect(end.step).toBe(8);
    expect(curveOf(parts)).toEqual(curveOf(whole));
    expect(linesOf(parts, 'looks.jsonl')).toEqual(linesOf(whole, 'looks.jsonl'));
    const [a, b] = [whole, parts].map((run) => readWeights(run).networks);
    expect(b).toEqual(a);
  });

  it('goes on with its own gathers only', async () => {
    const others = { ...corpus, record: { ...corpus.record, gathers: corpus.record.gathers.slice(1) } };
    await expect(trainGan(whole, { ...options(), corpus: others, resume: true })).rejects.toThrow(
      /gathers it began with/,
    );
  });
});

describe('the command', () => {
  const run = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const listen = (to: 'out' | 'err') => (text: string | Uint8Array) => {
      said[to] += text;
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(listen('out'));
    vi.spyOn(process.stderr, 'write').mockImplementation(listen('err'));
    const code = await main(['pretrain', 'gan', ...args]);
    return { code, ...said };
  };
  const tiny = [
    '--steps',
    '2',
    '--windows',
    '2',
    '--traces',
    '8',
    '--widths',
    '4,4,4,4',
    '--latent',
    '4',
    '--synthetic',
    '0',
  ];

  it('trains', async () => {
    const out = join(scratch, 'commanded');
    const { code, err } = await run(
      site,
      '--out',
      out,
      ...tiny,
      '--look-every',
      '2',
      '--backend',
      'wasm',
      '--workers',
      '0',
    );
    expect(code, err).toBe(0);
    expect(err).toMatch(/site: 4 gathers, \d+ traces/);
    expect(err).toMatch(/step 2\/2 {2}losses .* D\(x\) .* spectrum .* moveout/);
    expect(existsSync(join(out, 'samples.png'))).toBe(true);
  });

  it.each([
    {
      what: 'an empty folder',
      make: () => mkdirSync(join(scratch, 'empty')),
      at: 'empty',
      says: /at least 2 gathers.*found none/,
    },
    {
      what: 'one gather',
      make() {
        mkdirSync(join(scratch, 'one'));
        for (const { file, shot } of madeShots('one', [1])) writeFileSync(join(scratch, 'one', file), writeSeg2(shot));
      },
      at: 'one',
      says: /at least 2 gathers.*found 1/,
    },
  ])('says in one line what is wrong with $what', async ({ make, at, says }) => {
    make();
    const { code, err } = await run(join(scratch, at), '--out', join(scratch, 'none'));
    expect(code).toBe(1);
    expect(err).toMatch(says);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['--traces', '9', /multiple of 4/],
    ['--loss', 'wasserstein', /non-saturating, minimax/],
    ['--label-smoothing', '0.9', /to 0.5/],
    ['--windows', '1', /from 2/],
  ])('refuses %s %s', async (option, value, says) => {
    const { code, err } = await run(site, '--out', join(scratch, 'none'), option, value);
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });
});
