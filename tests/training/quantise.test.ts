/** Integers of 8 bits: ranges, kernels, which values are rounded, and the files of a model folder that come of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelFolder } from '#edge/models.ts';
import { isRecordError } from '#shared/errors.ts';
import { checkGolden, GOLDEN_TOLERANCE, readGolden } from '#shared/model/golden.ts';
import { type Manifest, readManifest, sha256 } from '#shared/model/manifest.ts';
import { wordOf } from '#shared/model/open-model.ts';
import { main } from '../../training/cli.ts';
import { cardOf } from '../../training/export/card.ts';
import { type Graph, pickerGraph } from '../../training/export/graph.ts';
import { onnxModel } from '../../training/export/onnx.ts';
import { readOnnx } from '../../training/export/onnx-read.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { pickerLayout } from '../../training/picker.ts';
import { affineOf, RANGE_WAYS, rangeOf, rounded, squaredError } from '../../training/quantise/affine.ts';
import { BAR, compared, holds } from '../../training/quantise/agreement.ts';
import { inverseFactor } from '../../training/quantise/cholesky.ts';
import { momentsOf } from '../../training/quantise/moments.ts';
import { type Observed, observe } from '../../training/quantise/observe.ts';
import { CHOICES, type Choice, planOf } from '../../training/quantise/plan.ts';
import { kernelsOf, quantise } from '../../training/quantise/quantise.ts';
import { quantisationPage } from '../../training/quantise/report.ts';
import { floatKernel, int8Kernel } from '../../training/quantise/weights.ts';
import { diceOf } from '../../training/synthetic/dice.ts';
import { SETTINGS } from '../../training/train.ts';
import { madeModel } from '../model/made-model.ts';
import { tfliteRuntime } from '../model/tflite-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-quantise-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('ranges', () => {
  it('zero is met exactly, everything within the range to half a step', () => {
    const real = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(real, real, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
        const range = { least: Math.min(a, b), most: Math.max(a, b) };
        const affine = affineOf(range);
        expect(rounded(0, affine)).toBe(0);
        const [low, high] = [Math.min(0, range.least), Math.max(0, range.most)];
        const x = low + share * (high - low);
        expect(Math.abs(rounded(x, affine) - x)).toBeLessThanOrEqual(1.01 * affine.scale);
      }),
    );
    expect(affineOf({ least: 0, most: 25.5 })).toEqual({ scale: Math.fround(0.1), zero: -128 });
    expect(affineOf({ least: -1, most: 1 }).scale).toBe(Math.fround(2 / 255));
  });

  it('one stray number widens the extremes, not the others', () => {
    const dice = diceOf(1);
    const sorted = Float32Array.from({ length: 50_000 }, () => dice.normal(1)).sort();
    sorted[sorted.length - 1] = 400;
    const seen = { least: sorted[0], most: 400, sorted };
    const [extremes, percentile, squared] = RANGE_WAYS.map((way) => rangeOf(seen, way));
    expect(extremes.most).toBe(400);
    expect(percentile.most).toBeLessThan(6);
    const errors = [extremes, squared].map((range) => squaredError(sorted, affineOf(range)));
    expect(errors[1]).toBeLessThanOrEqual(errors[0]);
  });
});

describe('kernels', () => {
  const dice = diceOf(2);
  const shape = [3, 4, 3, 3];
  const kernel = { name: 'k', shape, values: Float32Array.from({ length: 108 }, () => dice.normal(0.2)) };
  /** Neighbours and channels alike, as in records, so that one weight can make good the error of another. */
  const input = (() => {
    const values = new Float32Array(4 * 12 * 16);
    for (let c = 0; c < 4; c++)
      for (let t = 0; t < 12; t++)
        for (let k = 0; k < 16; k++)
          values[(c * 12 + t) * 16 + k] = 2 + Math.sin(0.3 * k + 0.2 * t + 0.1 * c) + dice.normal(0.05);
    return { values, shape: [1, 4, 12, 16] };
  })();
  /** Σ (w − ŵ)ᵀ H (w − ŵ) */
  const outputError = (moments: Float64Array, integers: Float32Array) => {
    let sum = 0;
    for (let o = 0; o < 3; o++)
      for (let a = 0; a < 36; a++)
        for (let b = 0; b < 36; b++) {
          const [da, db] = [a, b].map((i) => kernel.values[o * 36 + i] - integers[o * 36 + i]);
          sum += da * db * moments[Math.min(a, b) * 36 + Math.max(a, b)];
        }
    return sum;
  };

  it('each output has a scale, and its largest weight fits', () => {
    const { values, scales } = int8Kernel(kernel);
    expect(scales).toHaveLength(3);
    expect(values.every((q) => q >= -127 && q <= 127)).toBe(true);
    const back = floatKernel({ shape, values, scales });
    back.forEach((w, i) => {
      expect(Math.abs(w - kernel.values[i])).toBeLessThan(0.3 * 127 * scales[Math.floor(i / 36)]);
    });
    const quiet = { ...kernel, values: kernel.values.map((w, i) => (i < 36 ? 1e-4 * w : w)) };
    expect(int8Kernel(quiet).scales[0]).toBeCloseTo(1e-4 * scales[0], 9);
    expect(int8Kernel({ ...kernel, values: new Float32Array(108) }).values.every((q) => q === 0)).toBe(true);
  });

  it('moments are those of what lies under the kernel', () => {
    const moments = momentsOf(shape);
    moments.add({ values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 2, 3] });
    const small = momentsOf([1, 1, 1, 3]);
    small.add({ values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 2, 3] });
    // Under the kernel, place by place: 012 123 230 045 456 560
    const under = [
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 0],
      [0, 4, 5],
      [4, 5, 6],
      [5, 6, 0],
    ];
    for (let a = 0; a < 3; a++)
      for (let b = a; b < 3; b++) expect(small.sums[3 * a + b]).toBe(under.reduce((sum, x) => sum + x[a] * x[b], 0));
  });

  it('the factor of the inverse is one', () => {
    const moments = momentsOf(shape);
    moments.add(input);
    const factor = inverseFactor(moments.sums, 36, 0.01);
    const added = (0.01 * Array.from({ length: 36 }, (_, i) => moments.sums[37 * i]).reduce((a, b) => a + b)) / 36;
    for (const [i, j] of [
      [0, 0],
      [3, 20],
      [35, 35],
      [17, 4],
    ]) {
      // (Uᵀ U) (H + added) = 1
      let sum = 0;
      for (let k = 0; k < 36; k++) {
        let inverse = 0;
        for (let m = 0; m <= Math.min(i, k); m++) inverse += factor[36 * m + i] * factor[36 * m + k];
        sum += inverse * (moments.sums[36 * Math.min(k, j) + Math.max(k, j)] + (k === j ? added : 0));
      }
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
    }
  });

  it('rounded knowing what they look at change less of it', () => {
    const moments = momentsOf(shape);
    moments.add(input);
    const nearest = outputError(moments.sums, floatKernel(int8Kernel(kernel)));
    const knowing = outputError(moments.sums, floatKernel(int8Kernel(kernel, moments.sums)));
    expect(knowing).toBeLessThan(0.8 * nearest);
  });
});

describe('the plan', () => {
  const config = { ...SETTINGS.picker, widths: [4, 6, 6, 8] };
  let graph: Graph;
  let observed: Observed;
  beforeAll(async () => {
    graph = pickerGraph(startParameters(pickerLayout(config).parameters, 4), config);
    observed = await observe(graph, [syntheticBatch(3, 'validation', 0, { windows: 1, traces: 8, windowsPerShot: 1 })]);
  });
  const plan = (choice: Choice) => planOf(graph, observed, kernelsOf(graph, observed.moments), choice, 'extremes');

  it('leaves as floats what the choice says', () => {
    const all = graph.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[1]);
    expect([...plan('weights only').kernels.keys()]).toEqual(all);
    expect(plan('weights only').values.size).toBe(0);
    expect([...plan('integers').kernels.keys()]).toEqual(all);
    const floats = (choice: Choice) => all.filter((name) => !plan(choice).kernels.has(name));
    expect(floats('float scores')).toEqual(['up0.second.kernel', 'onset.kernel', 'none.kernel']);
    expect(floats('float ends')).toEqual(floats('float scores'));
    expect(plan('float scores').values.has('window')).toBe(true);
    expect(plan('float ends').values.has('window')).toBe(false);
    for (const choice of ['integers', 'float scores', 'float ends'] as const) {
      // What is rectified next is not rounded before.
      for (const { op, inputs } of graph.nodes)
        if (op === 'Relu') expect(plan(choice).values.has(inputs[0])).toBe(false);
      for (const { name } of graph.outputs) expect(plan(choice).values.has(name)).toBe(false);
    }
  });

  it('gives one scale to what is joined, pooled or repeated', () => {
    const { values } = plan('integers');
    for (const { op, inputs, output } of graph.nodes) {
      if (op !== 'Concat' && op !== 'MaxPool' && op !== 'Resize') continue;
      for (const name of inputs) if (values.has(name)) expect(values.get(name)).toEqual(values.get(output));
    }
    expect(new Set([...values.values()].map(({ scale }) => scale)).size).toBeGreaterThan(5);
  });

  it('reads from ONNX what was written to it', () => {
    const facts = { producer: 'firstbreak', version: 'x', metadata: { a: 'b' } };
    const bytes = onnxModel(graph, facts);
    const read = readOnnx(bytes, 'm');
    expect(read).toEqual({ graph, facts });
    expect(onnxModel(read.graph, read.facts)).toEqual(bytes);
    expect(() => readOnnx(bytes.subarray(0, bytes.length >> 1), 'm')).toThrow(/^m: expected /);
    expect(() => readOnnx(new Uint8Array(0), 'm')).toThrow(/^m: expected an ONNX model with a graph, found none$/);
  });
});

describe('agreement', () => {
  const pick = (time: number) => ({ kind: 'picked' as const, time, confidence: 1 });
  const gather = (...times: (number | undefined)[]) => {
    const onsets = times.map((time) =>
      time === undefined ? { kind: 'skipped' as const, reason: 'low-confidence' as const } : pick(time),
    );
    const labels = times.map((_, i) => ({ kind: 'onset' as const, time: 10 * i }));
    return { labelled: { labels }, onsets, picks: onsets };
  };
  const of = (before: unknown, after: unknown) =>
    compared([{ name: 'a', convention: 'onset', shots: [] }], [[before]] as never, [[after]] as never)[0];

  it('counts what stays, what goes, what comes and what becomes of hits', () => {
    expect(of(gather(0, 10, 20, undefined), gather(0.05, 10.5, undefined, 30))).toEqual({
      data: 'a',
      traces: 3,
      withinOneMs: 2 / 3,
      withinTenthMs: 1 / 3,
      hitRateChange: 0, // one lost, one found
      turned: 1,
      shots: 1,
    });
    expect(of(gather(0, 10, 20), gather(0, 10, 40))).toMatchObject({ hitRateChange: -1 / 3 });
  });

  it('holds at the bar and not below', () => {
    const at = { data: 'a', withinOneMs: BAR.withinOneMs, hitRateChange: BAR.hitRateChange };
    expect(holds([at])).toBe(true);
    expect(holds([at, { ...at, withinOneMs: 0.9899 }])).toBe(false);
    expect(holds([{ ...at, hitRateChange: -0.0101 }])).toBe(false);
  });
});

describe('a model folder', () => {
  const folder = join(scratch, 'made');
  const manifestIn = (from = folder) =>
    readManifest(readFileSync(join(from, 'manifest.json'), 'utf8'), 'manifest.json');
  const golden = (from = folder) => readGolden(readFileSync(join(from, 'golden.json'), 'utf8'), 'golden.json');
  let before: Manifest;
  let page: string;
  beforeAll(async () => {
    before = await madeModel(folder, 'made');
    const found = await quantise({ folder, shots: [], trials: [], syntheticWindows: 8, size: 2 });
    page = quantisationPage(found, 'firstbreak train quantise made');
    expect(found.tried.map(({ choice }) => choice)).toEqual(Object.keys(CHOICES));
    expect(found.chosen?.tried.choice).toBe('integers');
  }, 60_000);

  it('gets two files, noted in its manifest and card', () => {
    const manifest = manifestIn();
    expect(manifest.artefacts[0]).toEqual(before.artefacts[0]);
    expect(manifest.artefacts.slice(1)).toMatchObject([
      { file: 'model.int8.onnx', kind: 'onnx', precision: 'int8' },
      { file: 'model.tflite', kind: 'tflite', precision: 'int8', windowTraces: 64 },
    ]);
    for (const { file, bytes } of manifest.artefacts) expect(readFileSync(join(folder, file)).length).toBe(bytes);
    expect(readFileSync(join(folder, 'CARD.md'), 'utf8')).toBe(cardOf(manifest));
    expect(cardOf(manifest)).toContain('`model.tflite`: TFLite, int8');
  });

  it('gives its golden scores from either, within what the manifest allows and not to the last digit', async () => {
    const [, onnx, lite] = manifestIn().artefacts;
    const { runtime } = await openModelFolder(folder, { precision: 'int8', runtime: 'onnx-web' });
    const byOnnx = await checkGolden(golden(), runtime);
    const byTflite = await checkGolden(golden(), tfliteRuntime(new Uint8Array(readFileSync(join(folder, lite.file)))));
    expect(byOnnx).toBeLessThan(onnx.goldenTolerance);
    expect(byTflite).toBeLessThan(lite.goldenTolerance);
    expect(byOnnx).toBeGreaterThan(GOLDEN_TOLERANCE);
  });

  it('is opened by precision, and says which', async () => {
    const open = (precision: 'fp32' | 'int8') => openModelFolder(folder, { precision, runtime: 'onnx-web' });
    const [floats, integers] = [await open('fp32'), await open('int8')];
    expect([floats, integers].map(({ artefact }) => artefact.file)).toEqual(['model.onnx', 'model.int8.onnx']);
    expect([floats, integers].map(wordOf)).toEqual(['made', 'made:int8']);
  });

  it('is told of on a page, layer by layer', () => {
    expect(page).toContain('# made in integers of 8 bits');
    for (const choice of Object.keys(CHOICES)) expect(page).toMatch(new RegExp(`\\| \\*{0,2}${choice}\\*{0,2} \\|`));
    expect(page).toMatch(/\| up0\.first \| [\d,]+ \| int8 \| \d/);
    expect(page).not.toContain('NaN');
  });

  describe('is refused in one line', () => {
    const copy = async (name: string, damage: (folder: string, manifest: Manifest) => unknown) => {
      const place = join(scratch, name);
      cpSync(folder, place, { recursive: true });
      const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'));
      await damage(place, manifest);
      writeFileSync(join(place, 'manifest.json'), JSON.stringify(manifest));
      const error = await openModelFolder(place, { precision: 'int8', runtime: 'onnx-web' }).catch((error) => error);
      if (!isRecordError(error)) throw error;
      expect(error.message).not.toContain('\n');
      return `${error.code}: ${error.message.slice(error.message.indexOf(name) + name.length + 1)}`;
    };
    const bytesIn = (place: string, file = 'model.int8.onnx') => new Uint8Array(readFileSync(join(place, file)));
    const put = (place: string, bytes: Uint8Array) => writeFileSync(join(place, 'model.int8.onnx'), bytes);
    const own = (manifest: Manifest) =>
      manifest.artefacts[1] as { -readonly [K in keyof Manifest['artefacts'][1]]: Manifest['artefacts'][1][K] };

    it('damaged', async () => {
      const found = await copy('damaged', (place) =>
        put(
          place,
          bytesIn(place).map((b, i) => (i === 900 ? b ^ 4 : b)),
        ),
      );
      expect(found).toMatch(/^malformed: model\.int8\.onnx: expected SHA-256 \w+, found \w+$/);
    });
    it('truncated', async () => {
      const found = await copy('truncated', (place) => put(place, bytesIn(place).subarray(0, 5000)));
      expect(found).toMatch(
        /^truncated: model\.int8\.onnx: expected SHA-256 \w+, found \w+ \(\d+ bytes, found 5000\)$/,
      );
    });
    it('swapped with another file of the folder', async () => {
      const found = await copy('swapped', (place) => put(place, bytesIn(place, 'model.onnx')));
      expect(found).toMatch(/^(malformed|truncated): model\.int8\.onnx: expected SHA-256/);
    });
    it('a TFLite file under the name and digest of ONNX', async () => {
      const found = await copy('other-kind', async (place, manifest) => {
        const bytes = bytesIn(place, 'model.tflite');
        put(place, bytes);
        Object.assign(own(manifest), { bytes: bytes.length, sha256: await sha256(bytes) });
      });
      expect(found).toMatch(/^unsupported: model\.int8\.onnx: expected a model that runs, found /);
    });
    it('of an operator set that nobody knows', async () => {
      const found = await copy('opset', async (place, manifest) => {
        const bytes = bytesIn(place);
        const { graph, facts } = readOnnx(bytes, 'm');
        // The operator set stands behind the graph: domain "" and version 17.
        const other = onnxModel(graph, facts);
        const at = other.findLastIndex((byte, i) => byte === 17 && other[i - 1] === 0x10);
        other[at] = 127;
        put(place, other);
        Object.assign(own(manifest), { bytes: other.length, sha256: await sha256(other) });
      });
      expect(found).toMatch(/^unsupported: model\.int8\.onnx: expected a model that runs, found .*(opset|127)/i);
    });
    it('that it does not have', async () => {
      const found = await copy('without', (_, manifest) => {
        (manifest as { artefacts: unknown }).artefacts = manifest.artefacts.slice(0, 1);
      });
      expect(found).toBe('unsupported: manifest.json: expected onnx int8, found onnx fp32');
    });
  });

  it.each([
    [[], 2],
    [['gone'], 1],
    [['made', '--windows', '1'], 2],
    [['made', '--report', 'page.html'], 2],
  ])('quantise %j ends with %d', async (args, code) => {
    expect(await main(['quantise', ...args.map((word) => (word === 'made' ? folder : word)), '--quiet'])).toBe(code);
  });
});
