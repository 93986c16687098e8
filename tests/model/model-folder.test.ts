/** Model folders: what is refused, how a runtime checks itself, and that the shipped ones are whole. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelFolder } from '#edge/models.ts';
import { isRecordError } from '#shared/errors.ts';
import { checkGolden, GOLDEN_TOLERANCE, goldenAmplitudes, goldenShot, readGolden } from '#shared/model/golden.ts';
import { checkArtefact, type Manifest, readManifest, sha256 } from '#shared/model/manifest.ts';
import type { OpenedModel } from '#shared/model/open-model.ts';
import type { Runtime } from '#shared/model/runtime.ts';
import { SAMPLES } from '#shared/model/window.ts';
import { cardOf } from '../../training/export/card.ts';
import { madeModel } from './made-model.ts';
import { tfliteRuntime } from './tflite-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-model-'));
const folder = join(scratch, 'random');
const textIn = (name: string, from = folder) => readFileSync(join(from, name), 'utf8');
const goldenIn = (from: string) => readGolden(textIn('golden.json', from), 'golden.json');

let opened: OpenedModel;
beforeAll(async () => {
  await madeModel(folder, 'random');
  opened = await openModelFolder(folder);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The code and message of what `run` throws. */
async function failureOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!isRecordError(error)) throw error;
    expect(error.message).not.toContain('\n');
    return `${error.code}: ${error.message}`;
  }
  return 'none';
}

describe('manifest', () => {
  type Change = (manifest: Manifest) => unknown;
  const of = (change: Change) => JSON.stringify(change(JSON.parse(textIn('manifest.json'))));
  const artefact =
    (change: object): Change =>
    (m) => ({ ...m, artefacts: [{ ...m.artefacts[0], ...change }] });
  const training =
    (change: object): Change =>
    (m) => ({ ...m, training: { ...m.training, ...change } });

  it('as exported is read', () => {
    const manifest = readManifest(textIn('manifest.json'), 'manifest.json');
    expect(manifest).toEqual(JSON.parse(textIn('manifest.json')));
    expect(manifest).toMatchObject({ name: 'random', calibration: [], training: { sites: [], seed: 1 } });
  });

  it('with all that may be added is read', () => {
    const calibration = [
      { raw: 0.1, chance: 0.05 },
      { raw: 0.9, chance: 0.97 },
    ];
    const whole: Change = (m) => ({
      ...m,
      calibration,
      calibratedOn: ['a-site'],
      outputs: ['onset', 'none', 'dominant'],
      limits: ['Fails here.'],
      training: { ...m.training, sites: ['b-site'], hours: 2.5, machine: 'two cores, wasm' },
    });
    expect(readManifest(of(whole), 'manifest.json').calibration).toEqual(calibration);
  });

  it.each<[string, string | Change, RegExp]>([
    ['nothing', '', /^malformed: m: expected a JSON object, found something else$/],
    ['null', 'null', /^malformed: m: expected a JSON object/],
    ['a list', '[]', /^unsupported: m: schema: expected firstbreak\.model\/3, found nothing$/],
    ['another schema', (m) => ({ ...m, schema: 'firstbreak.model/2' }), /found "firstbreak.model\/2"$/],
    [
      'another window',
      (m) => ({ ...m, input: { ...m.input, windowVersion: 0 } }),
      /^unsupported: m: input\.windowVersion/,
    ],
    ['other channels', (m) => ({ ...m, input: { ...m.input, channels: ['x'] } }), /input\.channels: expected \["x",/],
    ['no input', (m) => ({ ...m, input: null }), /input\.windowVersion: expected \d+, found nothing/],
    ['a score missing', (m) => ({ ...m, outputs: ['onset'] }), /outputs: expected onset and none, found \["onset"\]/],
    [
      'no multiple',
      (m) => ({ ...m, input: { ...m.input, traceMultiple: 0 } }),
      /traceMultiple: expected a whole number above 0/,
    ],
    ['a name that is none', (m) => ({ ...m, name: 'a,b' }), /^malformed: m: name/],
    ['no intervals', (m) => ({ ...m, sampleIntervalMs: {} }), /sampleIntervalMs\.least: expected a number above 0/],
    ['shares beyond 1', (m) => ({ ...m, calibration: [{ raw: 0, chance: 2 }] }), /calibration: expected a list of/],
    [
      'knots that fall',
      (m) => ({
        ...m,
        calibration: [
          { raw: 0.2, chance: 0.5 },
          { raw: 0.3, chance: 0.4 },
        ],
      }),
      /knots that rise/,
    ],
    [
      'a metric of nothing',
      (m) => ({ ...m, metrics: [{ name: 'loss', value: null, data: 'x' }] }),
      /metrics: expected/,
    ],
    ['sites that are no list', training({ sites: 'here' }), /training\.sites: expected a list of names, found "here"/],
    ['hours that are none', training({ hours: -1 }), /training\.hours/],
    ['no training', (m) => ({ ...m, training: undefined }), /training\.data: expected a text, found nothing/],
    ['no artefact', (m) => ({ ...m, artefacts: [] }), /artefacts\.0: expected at least one/],
    ['a path in place of a file', artefact({ file: '../model.onnx' }), /artefacts: expected a list of/],
    ['no digest', artefact({ sha256: '' }), /artefacts: expected a list of/],
    ['no tolerance', artefact({ goldenTolerance: 0 }), /artefacts: expected a goldenTolerance above 0/],
    [
      'traces of a window that is of ONNX',
      artefact({ windowTraces: 64 }),
      /artefacts: expected windowTraces for TFLite/,
    ],
    ['an agreement of nothing', artefact({ agreement: [{ data: 'x' }] }), /expected a list of \{data, withinOneMs\}/],
    ['integers first', artefact({ precision: 'int8' }), /artefacts\.0\.precision: expected fp32, found "int8"$/],
    [
      'the same file twice',
      (m) => ({ ...m, artefacts: [m.artefacts[0], { ...m.artefacts[0], precision: 'int8' }] }),
      /expected files that differ/,
    ],
    [
      'two of a kind',
      (m) => ({ ...m, artefacts: [m.artefacts[0], { ...m.artefacts[0], file: 'other.onnx' }] }),
      /expected one of each kind and precision/,
    ],
    ['another kind of artefact', artefact({ kind: 'coreml' }), /artefacts: expected a list of/],
  ])('with %s is refused', async (_, change, expected) => {
    const text = typeof change === 'string' ? change : of(change);
    expect(await failureOf(() => readManifest(text, 'm'))).toMatch(expected);
  });

  it('digest of the standard’s example', async () => {
    // FIPS 180-4, "abc"
    expect(await sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('a folder', () => {
  const damaged = (name: string, damage: (copy: string) => void) => {
    const copy = join(scratch, name);
    cpSync(folder, copy, { recursive: true });
    damage(copy);
    return failureOf(() => openModelFolder(copy));
  };

  it('opens with its manifest, its weights and a runtime', () => {
    expect(opened.manifest.name).toBe('random');
    expect(opened.artefact.sha256).toBe(opened.manifest.artefacts[0].sha256);
    expect(opened.runtime.name).toBe('onnx-web');
  });

  it('that is none, that lacks its weights, or has others, is refused', async () => {
    expect(await failureOf(() => openModelFolder(join(scratch, 'gone')))).toMatch(
      /^unreadable: .*gone.manifest\.json: expected a file of a model, found no such file$/,
    );
    expect(await damaged('without', (copy) => rmSync(join(copy, 'model.onnx')))).toMatch(
      /^unreadable: .*without.model\.onnx: /,
    );
    const change = (copy: string) => {
      const bytes = readFileSync(join(copy, 'model.onnx'));
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(join(copy, 'model.onnx'), bytes);
    };
    expect(await damaged('other', change)).toMatch(/^malformed: .*other.model\.onnx: expected SHA-256 \w+, found \w+$/);
  });

  it('with weights that no runtime takes is refused in one line', async () => {
    const nonsense = new TextEncoder().encode('no model');
    const digest = await sha256(nonsense);
    const exchange = (copy: string) => {
      const manifest = JSON.parse(textIn('manifest.json'));
      Object.assign(manifest.artefacts[0], { sha256: digest, bytes: nonsense.length });
      writeFileSync(join(copy, 'manifest.json'), JSON.stringify(manifest));
      writeFileSync(join(copy, 'model.onnx'), nonsense);
    };
    expect(await damaged('nonsense', exchange)).toMatch(
      /^unsupported: .*model\.onnx: expected a model that runs, found /,
    );
  });
});

describe('golden scores', () => {
  it('come out again', async () => {
    expect(await checkGolden(goldenIn(folder), opened.runtime)).toBeLessThan(GOLDEN_TOLERANCE);
  });

  it('do not come out of other weights, nor of scores in other places', async () => {
    await madeModel(join(scratch, 'second'), 'second', 2);
    const second = await openModelFolder(join(scratch, 'second'));
    expect(await checkGolden(goldenIn(folder), second.runtime)).toBeGreaterThan(10 * GOLDEN_TOLERANCE);
    const shifted: Runtime = {
      ...opened.runtime,
      async run(...input) {
        const { onset, none } = await opened.runtime.run(...input);
        return { onset: onset.map((_, i) => onset[i - (i % SAMPLES) + ((i + 1) % SAMPLES)]), none };
      },
    };
    expect(await checkGolden(goldenIn(folder), shifted)).toBeGreaterThan(10 * GOLDEN_TOLERANCE);
    const silent: Runtime = {
      ...opened.runtime,
      run: async (features, windows, traces) => ({
        onset: new Float32Array(features.length / 4).fill(Number.NaN),
        none: new Float32Array(windows * traces),
      }),
    };
    expect(await checkGolden(goldenIn(folder), silent)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are of traces with waves in them, interpolated and averaged', () => {
    const { gathers } = goldenIn(folder);
    expect(gathers.map(({ window, sampleIntervalMs }) => window.intervalMs / sampleIntervalMs)).toEqual([1.25, 5]);
    for (const gather of gathers) {
      const { amplitudes, traces, samples } = goldenShot(gather, 'golden.json');
      expect(traces.length).toBe(8);
      expect(new Set(amplitudes.subarray(0, samples)).size).toBeGreaterThan(50);
    }
  });

  it('keep amplitudes to a sixteenth bit', () => {
    const rows = [Float32Array.of(0.5, -2, 1, 0), Float32Array.of(0, 0, 0, 0)];
    const gather = {
      samples: 4,
      firstSampleMs: 0,
      sampleIntervalMs: 1,
      amplitudes: goldenAmplitudes(rows),
      window: { startMs: [0, 0], intervalMs: 1 },
    };
    expect([...goldenShot(gather, 'g').amplitudes]).toEqual([8192, -32767, 16384, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['', /^unsupported: g: expected schema firstbreak\.golden\/1, found something else$/],
    ['null', /^unsupported/],
    ['{"schema":"firstbreak.golden/1"}', /^malformed: g: expected gathers, found none$/],
    ['{"schema":"firstbreak.golden/1","gathers":[{}]}', /^malformed: g: expected a score for each trace/],
  ])('%s is refused', async (text, expected) => {
    expect(await failureOf(() => readGolden(text, 'g'))).toMatch(expected);
  });

  it('of which samples are missing are refused', async () => {
    const [gather] = goldenIn(folder).gathers;
    const short = { ...gather, amplitudes: gather.amplitudes.slice(0, 400) };
    expect(await failureOf(() => goldenShot(short, 'g'))).toMatch(
      /^malformed: g: expected \d+ bytes of amplitudes, found 300$/,
    );
  });
});

const SHIPPED = resolve(import.meta.dirname, '../../shared/models');
const shipped = existsSync(SHIPPED) ? readdirSync(SHIPPED) : [];

describe.skipIf(shipped.length === 0)('shipped models (skipped while shared/models holds none)', () => {
  it.each(shipped)('%s is whole: digests, golden scores, card', async (name) => {
    const place = join(SHIPPED, name);
    const { manifest } = await openModelFolder(place);
    expect(manifest.name).toBe(name);
    for (const artefact of manifest.artefacts) {
      const { file, kind, precision, goldenTolerance } = artefact;
      const bytes = new Uint8Array(readFileSync(join(place, file)));
      expect(bytes.length).toBe(artefact.bytes);
      await checkArtefact(bytes, artefact);
      const runtime =
        kind === 'tflite'
          ? tfliteRuntime(bytes)
          : (await openModelFolder(place, { precision, runtime: 'onnx-web' })).runtime;
      expect(await checkGolden(goldenIn(place), runtime), file).toBeLessThan(goldenTolerance);
    }
    expect(manifest.artefacts[0].goldenTolerance).toBe(GOLDEN_TOLERANCE);
    expect(textIn('CARD.md', place)).toBe(cardOf(manifest));
    expect(textIn('CARD.md', place)).not.toMatch(/Not (measured|noted)\.|not noted/);
  });
});
