/** `firstbreak train dream`: a walk through the shots that a network makes, as pictures that move, and the generator as ONNX. */
import { dirname, join, parse as parsePath } from 'node:path';
import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { defineCommand, EXIT } from '../command.ts';
import { writeWhole } from '../files.ts';
import { traceMultiple } from '../network/unet.ts';
import { windowOf } from './between.ts';
import { type GanMaker, type Maker, makerOf } from './makers.ts';
import { PALETTE_NAMES, paletteOf } from './palettes.ts';
import { type Frame, gifOf, pngOf, sheetOf } from './pictures.ts';
import { loop, type Point, randomPoint } from './walk.ts';

const USUAL = { points: 6, frames: 96, seed: 1, palette: 'grey', delay: 80 } as const;
/** Frames that a window is ahead of its left neighbour in a wide picture. */
const LAG = 6;
/** Frames of which pictures are made together. */
const TOGETHER = 32;

export const command = defineCommand({
  summary: 'walks through the shots a network makes, as an animation; its generator as ONNX',
  usage: '--from RUN (--out FILE.gif|DIR | --onnx FILE) [--between SHOT SHOT] [--points N] [--frames N] [--traces N]',
  about:
    'Walks on great circles between random points of a GAN, or between two shots and back with a GAN or an autoencoder, and\n' +
    'writes what is made on the way, looped: as an animated GIF or as a folder of PNGs, and as one sheet beside it. A SHOT is\n' +
    'FILE or FILE#FFID; the window in its middle is looked for: by the encoder, or by descent on the numbers a GAN makes windows\n' +
    'from, and what is left of it is told. --onnx writes the generator (z, Gaussian → y, companded) and checks it against tfjs.',
  options: {
    from: {
      type: 'string',
      value: 'RUN',
      help: 'folder of a run of pretrain gan, or pretrain autoencoder with --between',
    },
    out: { type: 'string', value: 'FILE.gif|DIR', help: 'the animation, or a folder for frames as PNG' },
    between: { type: 'boolean', help: 'walk from one SHOT to the other and back' },
    points: { type: 'string', value: 'N', help: `random points on the way (default ${USUAL.points})` },
    frames: {
      type: 'string',
      value: 'N',
      help: `of the whole way, a multiple of the points (default ${USUAL.frames})`,
    },
    seed: { type: 'string', value: 'S', help: `of the points (default ${USUAL.seed})` },
    traces: {
      type: 'string',
      value: 'N',
      help: 'of a frame, more than the network learnt: several shots that go over into each other (GAN only)',
    },
    palette: { type: 'string', value: 'NAME', help: `${PALETTE_NAMES.join(', ')} (default ${USUAL.palette})` },
    delay: { type: 'string', value: 'MS', help: `a frame is shown (default ${USUAL.delay})` },
    sheet: { type: 'string', value: 'FILE', help: 'all on one PNG (default: beside the animation, or in the folder)' },
    onnx: { type: 'string', value: 'FILE', help: 'the generator of a GAN' },
    backend: { type: 'string', value: 'NAME', help: `${BACKEND_NAMES.join(', ')} (default wasm)` },
  },
  async run({ values, positionals }) {
    const { from, out, onnx } = values;
    if (from === undefined || (out === undefined && onnx === undefined))
      throw new UsageError('expected --from RUN, and --out FILE.gif or DIR, or --onnx FILE');
    if (values.between ? positionals.length !== 2 : positionals.length > 0)
      throw new UsageError(
        values.between
          ? `--between: expected two shots, found ${positionals.length}`
          : `expected no argument without --between, found '${positionals[0]}'`,
      );
    const whole = (name: 'points' | 'frames' | 'seed' | 'traces' | 'delay', min: number, max: number) =>
      numberOption(name, values[name], { min, max, whole: true });
    if (values.between && values.points !== undefined) throw new UsageError('--points: the two shots are the points');
    const points = values.between ? 2 : (whole('points', 2, 1000) ?? USUAL.points);
    const frames = whole('frames', points, 10_000) ?? USUAL.frames;
    if (frames % points) throw new UsageError(`--frames: expected a multiple of ${points} points, found '${frames}'`);
    const seed = whole('seed', 0, 2 ** 31 - 1) ?? USUAL.seed;
    const delay = whole('delay', 10, 60_000) ?? USUAL.delay;
    const traces = whole('traces', 1, 4096);
    const palette = paletteOf(choiceOption('palette', values.palette ?? USUAL.palette, PALETTE_NAMES));
    const backend = choiceOption('backend', values.backend ?? 'wasm', BACKEND_NAMES);

    const maker = makerOf(from);
    const draw = drawnBy(maker, traces, values.between === true);
    if (maker.kind !== 'gan' && (onnx !== undefined || !values.between)) throw notGan(from, onnx === undefined);
    await startBackend(backend);
    if (onnx !== undefined) await writeOnnx(onnx, maker as GanMaker);
    if (out === undefined) return EXIT.fine;

    const way = values.between
      ? await pointsOf(positionals, maker)
      : Array.from({ length: points }, (_, i) => randomPoint((maker as GanMaker).dimensions, seed, i));
    const walk = loop(way, frames);
    const shown: Frame[] = [];
    for (let first = 0; first < frames; first += TOGETHER)
      shown.push(...(await draw(walk, first, Math.min(TOGETHER, frames - first))));

    const animated = parsePath(out).ext.toLowerCase() === '.gif';
    if (animated) writeWhole(out, await gifOf(shown, palette, { delay }));
    else
      for (const [f, frame] of shown.entries())
        writeWhole(join(out, `frame-${`${f}`.padStart(4, '0')}.png`), await pngOf(frame, palette));
    const beside = animated ? join(dirname(out), `${parsePath(out).name}.png`) : join(out, 'sheet.png');
    const sheet = values.sheet ?? beside;
    writeWhole(sheet, await sheetOf(shown, palette));
    process.stdout.write(`${frames} frames: ${out}\none sheet of them: ${sheet}\n`);
    return EXIT.fine;
  },
});

const notGan = (from: string, random: boolean): Error =>
  new Error(
    `${from}: expected a run of a GAN, found one of an autoencoder` +
      (random ? ', which walks between two shots only: --between SHOT SHOT' : ''),
  );

type Draw = (walk: readonly Point[], first: number, count: number) => Promise<readonly Frame[]>;

/**
 * Frames of a walk: of the width learnt, or wider: then the walk is laid out from left to right as well, one window a leg
 * behind the next.
 * @throws UsageError when the network cannot make so many traces
 */
function drawnBy(maker: Maker, traces: number | undefined, between: boolean): Draw {
  if (traces === undefined || traces === maker.traces)
    return (walk, first, count) => maker.make(walk.slice(first, first + count));
  if (maker.kind !== 'gan' || between)
    throw new UsageError(
      `--traces: expected ${maker.traces} ${between ? 'between shots' : 'of an autoencoder'}, found '${traces}'`,
    );
  const multiple = traceMultiple(maker.state.settings.unet);
  if (traces < maker.traces || traces % multiple)
    throw new UsageError(`--traces: expected a multiple of ${multiple} from ${maker.traces} on, found '${traces}'`);
  const across = maker.across(traces);
  return (walk, first, count) => {
    const rows = Array.from({ length: count }, (_, f) =>
      Array.from({ length: across }, (_, w) => walk[(first + f + w * LAG) % walk.length]),
    );
    return maker.makeWide(rows, traces);
  };
}

async function pointsOf(shots: readonly string[], maker: Maker): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const shot of shots) {
    const { point, error } = await maker.encode(await windowOf(shot, maker.traces));
    const ofWhat = maker.kind === 'gan' ? 'its loudness and what the discriminator sees' : 'its power';
    process.stdout.write(`${shot}: what is made at its point differs by ${(100 * error).toFixed(0)} % of ${ofWhat}\n`);
    points.push(point);
  }
  return points;
}

async function writeOnnx(path: string, maker: GanMaker): Promise<void> {
  const { generatorOnnx } = await import('./onnx.ts');
  const { bytes, apart } = await generatorOnnx(maker.state);
  writeWhole(path, bytes);
  process.stdout.write(
    `${path}: ${bytes.length} bytes; ONNX Runtime and tfjs differ by ${apart.toExponential(1)} at most\n`,
  );
}
