/** Dreams: walks that close, shots found again, pictures that any viewer reads, and the generator as ONNX. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import * as ort from 'onnxruntime-web';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { SAMPLES } from '#shared/model/window.ts';
import { startBackend } from '../../training/backend.ts';
import { main } from '../../training/cli.ts';
import { windowOf } from '../../training/dream/between.ts';
import { makerOf } from '../../training/dream/makers.ts';
import { generatorOnnx } from '../../training/dream/onnx.ts';
import { paletteOf } from '../../training/dream/palettes.ts';
import { CELL, gifOf, pngOf } from '../../training/dream/pictures.ts';
import { project } from '../../training/dream/project.ts';
import { between, lengthOf, loop, placeOn, randomPoint } from '../../training/dream/walk.ts';
import { fading, windowsAcross } from '../../training/dream/wide.ts';
import { autoencoderLayout } from '../../training/pretrain/autoencoder.ts';
import { AUTOENCODER, type AutoencoderState } from '../../training/pretrain/autoencoder-run.ts';
import { startNetwork, writePretrain } from '../../training/pretrain/checkpoint.ts';
import { NO_CORPUS } from '../../training/pretrain/corpus.ts';
import { windowsOf } from '../../training/pretrain/gan/gradients.ts';
import { GAN, type GanSettings, ganSpecs } from '../../training/pretrain/gan/settings.ts';
import { iterate } from '../../training/pretrain/gan/spectral.ts';
import type { GanState } from '../../training/pretrain/gan.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { madeShots } from './made-site.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-dream-'));
const settings: GanSettings = { ...GAN, unet: { ...GAN.unet, widths: [6, 6, 8, 8] }, latent: 8, traces: 8 };
const effort = { hours: 0, backends: [] };

/** Not trained, but with statistics and amplitudes as of one that is. */
function madeGan(): GanState {
  const specs = ganSpecs(settings);
  const networks = { generator: startNetwork(specs.generator, 1), discriminator: startNetwork(specs.discriminator, 2) };
  const { byName } = networks.generator.parameters;
  const dice = diceOf(3);
  for (const [name, values] of byName) {
    if (/(mean|offset)$/.test(name)) for (let i = 0; i < values.length; i++) values[i] = dice.normal(0.2);
    if (/(variance|scale)$/.test(name)) for (let i = 0; i < values.length; i++) values[i] = dice.uniform(0.5, 2);
    if (name === 'output.kernel') for (let i = 0; i < values.length; i++) values[i] = dice.normal(0.3);
  }
  iterate(networks.discriminator.parameters, 30);
  return { kind: 'gan', settings, step: 1, networks, corpus: NO_CORPUS.record, effort };
}

const autoencoder = { ...AUTOENCODER.autoencoder, unet: settings.unet, traces: 8, code: 6 };
const madeAutoencoder = (): AutoencoderState => {
  const network = startNetwork(autoencoderLayout(autoencoder).parameters, 4);
  const kernel = network.parameters.byName.get('output.kernel')!;
  const dice = diceOf(5);
  for (let i = 0; i < kernel.length; i++) kernel[i] = dice.normal(0.3);
  return {
    kind: 'autoencoder',
    settings: { ...AUTOENCODER, autoencoder },
    step: 1,
    networks: { autoencoder: network },
    corpus: NO_CORPUS.record,
    effort,
  };
};

const [gan, rebuilder] = [join(scratch, 'gan'), join(scratch, 'rebuilder')];
const shots = ['1.sg2', '2.sg2'].map((file) => join(scratch, file));
beforeAll(async () => {
  await startBackend('wasm');
  for (const folder of [gan, rebuilder]) mkdirSync(folder);
  writePretrain(join(gan, 'last.safetensors'), madeGan());
  writePretrain(join(rebuilder, 'last.safetensors'), madeAutoencoder());
  for (const { file, shot } of madeShots('site', [1, 2])) writeFileSync(join(scratch, file), writeSeg2(shot));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

describe('a walk', () => {
  it('stays on the shell, at an even pace', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100 }),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (d, seed, share) => {
          const [a, b] = [0, 1].map((i) => randomPoint(d, seed, i));
          expect(lengthOf(a)).toBeCloseTo(Math.sqrt(d), 3);
          expect(lengthOf(between(a, b, share))).toBeCloseTo(Math.sqrt(d), 2);
        },
      ),
    );
    const [a, b] = [Float32Array.of(2, 0), Float32Array.of(0, 2)];
    expect([...between(a, b, 1 / 3)].map((v) => v.toFixed(4))).toEqual(['1.7321', '1.0000']); // 30°
    expect([...between(a, a, 0.4)]).toEqual([2, 0]);
  });

  it('closes: one after the last frame is the first, and every point is a frame', () => {
    const points = [0, 1, 2].map((i) => randomPoint(16, 7, i));
    const frames = loop(points, 12);
    expect(frames).toHaveLength(12);
    expect(placeOn(points, 1)).toEqual(frames[0]);
    points.forEach((point, i) => {
      for (const [k, value] of point.entries()) expect(frames[4 * i][k]).toBeCloseTo(value, 5);
    });
    // The step over the seam is as long as any other of its leg.
    const step = (a: Float32Array, b: Float32Array) => lengthOf(a.map((value, i) => value - b[i]));
    expect(step(frames[11], frames[0])).toBeCloseTo(step(frames[8], frames[9]), 4);
  });
});

describe('wide shots', () => {
  it('are laid out from windows whose shares add up to one', () => {
    for (const [from, to] of [
      [6, 6],
      [6, 9],
      [6, 15],
      [2, 12],
      [6, 25],
    ]) {
      const windows = windowsAcross(from, to);
      const weights = fading(from, windows, to);
      for (let column = 0; column < to; column++) {
        const row = weights.subarray(column * windows * from, (column + 1) * windows * from);
        expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
        expect(row.every((w) => w >= 0)).toBe(true);
      }
    }
  });

  it('are the window itself where they are no wider', async () => {
    const maker = makerOf(gan);
    if (maker.kind !== 'gan') throw new Error('expected a GAN');
    const z = randomPoint(settings.latent, 1);
    expect(maker.across(settings.traces)).toBe(1);
    const [[narrow], [wide]] = [await maker.make([z]), await maker.makeWide([[z]], settings.traces)];
    for (const [i, value] of wide.entries()) expect(value).toBeCloseTo(narrow[i], 5);
  });
});

/** Blocks of a GIF (GIF89a): size, pictures, times each is shown in hundredths, and whether it begins again. */
function gifFacts(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = String.fromCharCode(...bytes.subarray(0, 6));
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10]);
  const delays: number[] = [];
  let [pictures, loops] = [0, false];
  const skipBlocks = () => {
    while (bytes[at] !== 0) at += 1 + bytes[at];
    at++;
  };
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      if (bytes[at + 1] === 0xf9) delays.push(view.getUint16(at + 4, true));
      if (bytes[at + 1] === 0xff) loops = String.fromCharCode(...bytes.subarray(at + 3, at + 14)) === 'NETSCAPE2.0';
      at += 2;
      skipBlocks();
    } else if (bytes[at] === 0x2c) {
      pictures++;
      at += 10 + table(bytes[at + 9]) + 1;
      skipBlocks();
    } else throw new Error(`expected a block, found ${bytes[at]} at ${at}`);
  }
  return { header, width: view.getUint16(6, true), height: view.getUint16(8, true), pictures, delays, loops };
}

describe('pictures', () => {
  const ramp = (k: number) => Float32Array.from({ length: 8 * SAMPLES }, (_, i) => Math.sin(i / 9 + k));

  it('are a GIF of so many frames that begins again', async () => {
    const gif = await gifOf([0, 1, 2, 3, 4].map(ramp), paletteOf('blue-orange'), { delay: 50 });
    expect(gifFacts(gif)).toEqual({
      header: 'GIF89a',
      width: 8 * CELL.trace,
      height: SAMPLES * CELL.sample,
      pictures: 5,
      delays: [5, 5, 5, 5, 5],
      loops: true,
    });
  });

  it('show peaks dark in grey, and both signs apart in colour', async () => {
    const [low, high] = [paletteOf('grey')[0], paletteOf('grey').at(-1)];
    expect([low, high]).toEqual([
      [255, 255, 255],
      [0, 0, 0],
    ]);
    const colours = paletteOf('blue-orange');
    expect(colours[10][2]).toBeGreaterThan(colours[10][0]); // blue
    expect(colours.at(-11)![0]).toBeGreaterThan(colours.at(-11)![2]); // orange
    const { width, height } = await loadImage(await pngOf(ramp(0), colours));
    expect([width, height]).toEqual([8 * CELL.trace, SAMPLES * CELL.sample]);
  });
});

describe('a shot found again', () => {
  it('by a GAN is a window that it can make', async () => {
    const state = madeGan();
    const { parameters } = state.networks.generator;
    const known = await windowsOf(randomPoint(settings.latent, 99), parameters, settings);
    const few = await project(known, state, { tried: 8, starts: 4, steps: 0 });
    const { point, error } = await project(known, state, { tried: 8, starts: 4, steps: 100 });
    expect(lengthOf(point)).toBeCloseTo(Math.sqrt(settings.latent), 3);
    expect(error).toBeLessThan(0.6 * few.error);
  });

  it('by an autoencoder is what it rebuilds', async () => {
    const maker = makerOf(rebuilder);
    const codes = await Promise.all(shots.map(async (shot) => maker.encode(await windowOf(shot, maker.traces))));
    const [a, b] = codes.map(({ point }) => point);
    const frames = loop([a, b], 6);
    expect(frames[0]).toEqual(a);
    for (const [i, value] of frames[3].entries()) expect(value).toBeCloseTo(b[i], 4);
    const [made] = await maker.make([frames[0]]);
    const features = await windowOf(shots[0], maker.traces);
    let [left, power] = [0, 0];
    made.forEach((value, i) => {
      left += (value - features[4 * i + 1]) ** 2;
      power += features[4 * i + 1] ** 2;
    });
    expect(codes[0].error).toBeCloseTo(left / power, 4);
  });

  it('is asked for by file and FFID', async () => {
    await expect(windowOf(`${shots[0]}#99999`, 8)).rejects.toThrow(/expected FFID 99999, found/);
  });
});

describe('the generator as ONNX', () => {
  it('computes what the trained one does', async () => {
    const state = madeGan();
    const { bytes, apart } = await generatorOnnx(state);
    expect(apart).toBeLessThan(1e-4);
    const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
    expect(session.inputNames).toEqual(['z']);
    const z = Float32Array.from([1, 2, 3].flatMap((i) => [...randomPoint(settings.latent, i)]));
    const { y } = await session.run({ z: new ort.Tensor('float32', z, [3, settings.latent]) });
    expect(y.dims).toEqual([3, settings.traces, SAMPLES]);
    const here = await windowsOf(z, state.networks.generator.parameters, settings);
    const there = y.data as Float32Array;
    expect(Math.max(...here.map(Math.abs))).toBeGreaterThan(0.3); // there is something to compare
    expect(Math.max(...here.map((value, i) => Math.abs(value - there[i])))).toBeLessThan(1e-4);
    await session.release();
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
    const code = await main(['dream', ...args]);
    return { code, ...said };
  };

  it('writes a GIF with a sheet beside it, and the generator', async () => {
    const [gif, onnx] = ['walk.gif', 'generator.onnx'].map((name) => join(scratch, name));
    const { code, err } = await run('--from', gan, '--out', gif, '--points', '3', '--frames', '6', '--onnx', onnx);
    expect(code, err).toBe(0);
    expect(gifFacts(readFileSync(gif)).pictures).toBe(6);
    expect((await loadImage(readFileSync(join(scratch, 'walk.png')))).width).toBeGreaterThan(100);
    expect(readFileSync(onnx).length).toBeGreaterThan(1000);
  });

  it('writes wide frames as PNGs', async () => {
    const out = join(scratch, 'frames');
    const { code, err } = await run('--from', gan, '--out', out, '--frames', '6', '--traces', '20');
    expect(code, err).toBe(0);
    expect(readdirSync(out).sort()).toEqual([...[0, 1, 2, 3, 4, 5].map((f) => `frame-000${f}.png`), 'sheet.png']);
    expect((await loadImage(readFileSync(join(out, 'frame-0000.png')))).width).toBe(20 * CELL.trace);
  });

  it('walks between two shots and says how well it found them', async () => {
    const { code, out, err } = await run(
      '--from',
      rebuilder,
      '--between',
      ...shots,
      '--out',
      join(scratch, 'b.gif'),
      '--frames',
      '4',
    );
    expect(code, err).toBe(0);
    expect(out).toMatch(/1\.sg2: what is made at its point differs by \d+ % of its power/);
    expect(gifFacts(readFileSync(join(scratch, 'b.gif'))).pictures).toBe(4);
  });

  it.each([
    {
      args: () => ['--from', rebuilder, '--out', join(scratch, 'x.gif')],
      code: 1,
      says: /expected a run of a GAN, found one of an autoencoder.*--between/,
    },
    { args: () => ['--from', rebuilder, '--onnx', join(scratch, 'x.onnx')], code: 1, says: /expected a run of a GAN/ },
    { args: () => ['--from', scratch, '--out', 'x.gif'], code: 1, says: /expected the folder of a run/ },
    {
      args: () => ['--from', gan, '--out', 'x.gif', '--between', shots[0]],
      code: 2,
      says: /expected two shots, found 1/,
    },
    { args: () => ['--from', gan, '--out', 'x.gif', '--frames', '7'], code: 2, says: /multiple of 6 points/ },
    { args: () => ['--from', gan, '--out', 'x.gif', '--traces', '10'], code: 2, says: /multiple of 4 from 8 on/ },
    {
      args: () => ['--from', gan, '--between', 'none.sg2', shots[1], '--out', 'x.gif'],
      code: 1,
      says: /none\.sg2: expected a readable file/,
    },
  ])('says in one line: $says', async ({ args, code, says }) => {
    const found = await run(...args());
    expect(found.code).toBe(code);
    expect(found.err).toMatch(says);
    expect(found.err.trim().split('\n')).toHaveLength(1);
  });
});
