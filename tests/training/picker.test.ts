/** The picker's size, its loss, its normalisation, and the windows it learns from. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TimedShot } from '#shared/gather.ts';
import { CHANNELS, SAMPLES } from '#shared/model/window.ts';
import { ms, samples } from '#shared/units.ts';
import { type Tensor1D, type Tensor2D, type Tensor3D, tf } from '../../training/backend/tf.ts';
import { startBackend } from '../../training/backend.ts';
import type { Label } from '../../training/data/labelled.ts';
import { NORM_EPSILON, normRelu } from '../../training/network/norm-relu.ts';
import { startParameters } from '../../training/network/parameters.ts';
import { traceMultiple } from '../../training/network/unet.ts';
import { syntheticBatch } from '../../training/picker/synthetic-batches.ts';
import { emptyBatch, fillWindow } from '../../training/picker/windows.ts';
import { PICKER, pickerLayout, pickerLoss } from '../../training/picker.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

beforeAll(() => startBackend('cpu'));

describe('size', () => {
  it('249 thousand weights, 1.7 million multiplications a trace', () => {
    const layout = pickerLayout(PICKER);
    expect(layout.weights).toBe(249_085);
    expect(layout.multiplicationsPerTrace / 1e6).toBeCloseTo(1.69, 2);
    expect(traceMultiple(PICKER)).toBe(4);
  });

  it('sizes that do not fit together are refused', () => {
    expect(() => pickerLayout({ ...PICKER, pools: [[2, 2]] })).toThrow(/expected 3 pools between 4 levels, found 1/);
    expect(() => pickerLayout({ ...PICKER, fold: 3 })).toThrow(/divide 128 samples, found 24/);
  });

  it('the same seed gives the same start, another seed another', () => {
    const { parameters } = pickerLayout(PICKER);
    const start = startParameters(parameters, 4).learnt;
    expect(startParameters(parameters, 4).learnt).toEqual(start);
    expect(startParameters(parameters, 5).learnt).not.toEqual(start);
    const kernel = startParameters(parameters, 4).byName.get('down1.first.kernel')!;
    const variance = kernel.reduce((sum, v) => sum + v * v, 0) / kernel.length;
    expect(variance).toBeCloseTo(2 / (9 * PICKER.widths[0]), 3);
  });
});

describe('loss', () => {
  const losses = (onset: Float32Array, none: number[], position: number[], seen: number[], known: number[]) => {
    const row = (values: number[]) => tf.tensor2d(values, [1, values.length]) as Tensor2D;
    const {
      total,
      onset: where,
      none: whether,
    } = pickerLoss(
      { onset: tf.tensor3d(onset, [1, none.length, SAMPLES]) as Tensor3D, none: row(none) },
      { position: row(position), seen: row(seen), known: row(known) },
    );
    return { total: total.dataSync()[0], where: where.dataSync()[0], whether: whether.dataSync()[0] };
  };
  /** Logits of a Gaussian of one sample around a place. */
  const sure = (...places: number[]) =>
    Float32Array.from(
      { length: places.length * SAMPLES },
      (_, i) => -0.5 * ((i % SAMPLES) - places[Math.floor(i / SAMPLES)]) ** 2,
    );

  it('knowing nothing costs ln of all samples and ln 2', () => {
    const { where, whether, total } = losses(new Float32Array(SAMPLES), [0], [77.3], [1], [1]);
    expect(where).toBeCloseTo(Math.log(SAMPLES), 4);
    expect(whether).toBeCloseTo(Math.log(2), 5);
    expect(total).toBeCloseTo(Math.log(SAMPLES) + 0.3 * Math.log(2), 4);
  });

  it('the right place costs the entropy of the label, a wrong one more', () => {
    const entropy = 0.5 * Math.log(2 * Math.PI * Math.E);
    expect(losses(sure(77.3), [-9], [77.3], [1], [1]).where).toBeCloseTo(entropy, 3);
    expect(losses(sure(79.3), [-9], [77.3], [1], [1]).where).toBeCloseTo(entropy + 2, 3);
  });

  it('traces without a visible break do not count for the place, unknown ones not at all', () => {
    const { where, whether } = losses(sure(60, 110, 90), [-9, 9, 5], [60, 0, 0], [1, 0, 0], [1, 1, 0]);
    expect(where).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E), 2);
    expect(whether).toBeCloseTo(Math.log(1 + Math.exp(-9)), 6);
  });
});

it('normalisation and its gradient agree with differences', () => {
  const dice = diceOf(2);
  const [x, weight] = [0, 1].map(() => Float32Array.from({ length: 2 * 3 * 4 * 2 }, () => dice.normal()));
  const value = (input: Float32Array, scale: number[], offset: number[]) => {
    const met: number[] = [];
    const f = (y: unknown, s: unknown, o: unknown) =>
      normRelu(y as never, s as Tensor1D, o as Tensor1D, (mean, variance) =>
        met.push(...mean.dataSync(), ...variance.dataSync()),
      )
        .mul(tf.tensor4d(weight, [2, 3, 4, 2]))
        .sum();
    const inputs = [tf.tensor4d(input, [2, 3, 4, 2]), tf.tensor1d(scale), tf.tensor1d(offset)];
    const { value: y, grads } = tf.valueAndGrads(f as never)(inputs);
    return { y: y.dataSync()[0], grads: grads.map((grad) => grad.dataSync()), met };
  };
  const { grads, met } = value(x, [1.3, 0.6], [0.4, 0.7]);
  const first = x.filter((_, i) => i % 2 === 0);
  const mean = first.reduce((sum, v) => sum + v, 0) / first.length;
  const variance = first.reduce((sum, v) => sum + (v - mean) ** 2, 0) / first.length;
  expect(met[0]).toBeCloseTo(mean, 5);
  expect(met[2]).toBeCloseTo(variance, 5);
  expect(NORM_EPSILON).toBe(1e-5);

  const h = 1e-2;
  const slope = (at: (shift: number) => number) => (at(h) - at(-h)) / (2 * h);
  for (const i of [0, 5, 17, 30, 47])
    expect(
      slope(
        (shift) =>
          value(
            x.map((v, k) => (k === i ? v + shift : v)),
            [1.3, 0.6],
            [0.4, 0.7],
          ).y,
      ),
    ).toBeCloseTo(grads[0][i], 1);
  expect(slope((shift) => value(x, [1.3 + shift, 0.6], [0.4, 0.7]).y)).toBeCloseTo(grads[1][0], 1);
  expect(slope((shift) => value(x, [1.3, 0.6], [0.4, 0.7 + shift]).y)).toBeCloseTo(grads[2][1], 1);
});

describe('windows to learn from', () => {
  /** Silent but for a wave of 80 ms from the break on. */
  function quietShot(times: readonly number[], interval: number, length: number): TimedShot {
    const amplitudes = new Float32Array(times.length * length); // [trace, sample]
    times.forEach((time, i) => {
      for (let k = Math.ceil(time / interval); k < (time + 80) / interval; k++)
        amplitudes[i * length + k] = Math.cos((k - time / interval) * 0.35);
    });
    return {
      ffid: 1,
      amplitudes,
      samples: samples(length),
      sampleInterval: ms(interval),
      firstSample: { time: ms(0), from: 'test' },
      traces: times.map((_, index) => ({
        index,
        channel: index + 1,
        kind: 'seismic',
        start: samples(0),
        count: samples(length),
      })),
      problems: [],
    };
  }

  const times = Array.from({ length: 20 }, (_, i) => 60 + 3.3 * Math.abs(i - 7));
  const shot = quietShot(times, 0.5, 1600);
  const labels = times.map(
    (time, i): Label =>
      i === 3 ? { kind: 'dead' } : i === 11 ? { kind: 'unknown' } : { kind: 'onset', time: ms(time) },
  );

  it('targets stand where the record begins to move, at every zoom', () => {
    const dice = diceOf(9);
    let asked = 0;
    let [early, late] = [0, 0];
    for (let k = 0; k < 200; k++) {
      const batch = emptyBatch(1, 12);
      expect(fillWindow(batch, 0, { site: 's', file: 'f', shot, labels }, dice)).toBe(true);
      const { position, seen } = batch.targets;
      for (let t = 0; t < 12; t++) {
        if (!seen[t] || position[t] < 5 || position[t] > SAMPLES - 6) continue;
        const top = (bin: number) => batch.features[(t * SAMPLES + bin) * CHANNELS.length + 3];
        // A sample that is not zero shows up to one recorded interval before itself, which is two or three of the finest bins.
        if (top(Math.floor(position[t]) - 4) > -0.999) early++;
        let first = 0;
        while (first < SAMPLES && top(first) <= -0.999) first++;
        if (Math.abs(first - position[t]) > 4) late++;
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(1000);
    expect(early).toBe(0);
    expect(late).toBe(0);
  });

  it('dead, unknown and repeated traces are asked what is known of them', () => {
    const batch = emptyBatch(1, 24);
    fillWindow(batch, 0, { site: 's', file: 'f', shot, labels }, diceOf(1));
    const { seen, known } = batch.targets;
    const sum = (values: Float32Array) => values.reduce((total, v) => total + v, 0);
    expect(sum(known)).toBe(19); // twenty traces, one of them unknown, four rows repeated
    expect(sum(seen)).toBeLessThanOrEqual(18);
    expect(batch.features.every(Number.isFinite)).toBe(true);
  });

  it('a shot without a label teaches nothing', () => {
    const unknown = labels.map((): Label => ({ kind: 'unknown' }));
    expect(fillWindow(emptyBatch(1, 12), 0, { site: 's', file: 'f', shot, labels: unknown }, diceOf(1))).toBe(false);
  });

  it('batch k of a seed is always the same; purposes and seeds differ', () => {
    const size = { windows: 2, traces: 8, windowsPerShot: 2 };
    const batch = syntheticBatch(3, 'learning', 12, size);
    expect(syntheticBatch(3, 'learning', 12, size)).toEqual(batch);
    expect(syntheticBatch(3, 'validation', 12, size).features).not.toEqual(batch.features);
    expect(syntheticBatch(4, 'learning', 12, size).features).not.toEqual(batch.features);
    expect(batch.features.every((v) => Math.abs(v) <= 1 + 1e-5)).toBe(true);
  });
});
