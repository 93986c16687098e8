/** `firstbreak train dream`: a walk through the shots that a network makes, as pictures that move, and the generator as ONNX. */
import { dirname, join, parse as parsePath } from 'node:path';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { choiceOption, defineCommand, EXIT, numberOption, UsageError } from '../command.ts';
import { writeWhole } from '../files.ts';
import { traceMultiple } from '../network/unet.ts';
import { windowOf } from './between.ts';
import { type GanMaker, type Maker, makerOf } from './makers.ts';
import { PALETTE_NAMES, paletteOf } from './palettes.ts';
import { type Frame, gifOf, pngOf, sheetOf } from './pictures.ts';
import { loop, type Point, randomPoint } from './walk.ts';

const USUAL = { points: 6, frames: 96, seed: 1, palette: 'grey', delay: 80 } as const;
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
      help: 'of a frame, more than the network learnt: stretched over them (GAN only)',
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
    const made = madeBy(maker, traces);
    if (maker.kind !== 'gan' && (onnx !== undefined || !values.between)) throw notGan(from, onnx === undefined);
    await startBackend(backend);
    if (onnx !== undefined) await writeOnnx(onnx, maker as GanMaker);
    if (out === undefined) return EXIT.fine;

    const way = values.between
      ? await pointsOf(positionals, maker)
      : Array.from({ length: points }, (_, i) => randomPoint((maker as GanMaker).dimensions, seed, i));
    const shown: Frame[] = [];
    const places = loop(way, frames);
    for (let first = 0; first < frames; first += TOGETHER)
      shown.push(...(await made(places.slice(first, first + TOGETHER))));

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

/** @throws UsageError when the network cannot make so many traces */
function madeBy(maker: Maker, traces: number | undefined): (points: readonly Point[]) => Promise<readonly Frame[]> {
  if (traces === undefined || traces === maker.traces) return maker.make;
  if (maker.kind !== 'gan') throw new UsageError(`--traces: this network makes ${maker.traces}, found '${traces}'`);
  const multiple = traceMultiple(maker.state.settings.unet);
  if (traces < maker.traces || traces % multiple)
    throw new UsageError(`--traces: expected a multiple of ${multiple} from ${maker.traces} on, found '${traces}'`);
  return (points) => maker.makeWide(points, traces);
}

async function pointsOf(shots: readonly string[], maker: Maker): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const shot of shots) {
    const { point, error } = await maker.encode(await windowOf(shot, maker.traces));
    process.stdout.write(`${shot}: ${(100 * error).toFixed(0)} % of its power is not in what is made at its point\n`);
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
