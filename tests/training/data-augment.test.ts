/** Augmentations keep what is true: labels stay on their waves, the given shot is not touched, the same numbers give the same shot. */
import { describe, expect, it } from 'vitest';
import { row } from '#shared/gather.ts';
import { metres, ms, samples } from '#shared/units.ts';
import {
  type Augmentation,
  addNoise,
  chain,
  decimate,
  dropTraces,
  mirror,
  polarity,
  thin,
  timeShift,
  USUAL,
} from '../../training/data/augment.ts';
import type { Label, LabelledShot } from '../../training/data/labelled.ts';
import { diceOf } from '../../training/synthetic/dice.ts';

const TRACES = 12;
const SAMPLES = 800;
const INTERVAL = 0.5;

/** Breaks 10 ms apart, a cosine bell of 20 ms around 10 ms after each; one trace is dead, one unknown. */
function made(): LabelledShot {
  const amplitudes = new Float32Array(TRACES * SAMPLES); // [trace, sample]
  const labels: Label[] = [];
  for (let i = 0; i < TRACES; i++) {
    const time = 40 + 10 * i;
    labels.push(i === 3 ? { kind: 'dead' } : i === 5 ? { kind: 'unknown' } : { kind: 'onset', time: ms(time) });
    if (i === 3) continue;
    for (let k = 0; k < SAMPLES; k++) {
      const u = (k * INTERVAL - time - 10) / 10;
      if (Math.abs(u) < 1) amplitudes[i * SAMPLES + k] = (1 + i) * Math.cos((Math.PI * u) / 2) ** 2;
    }
  }
  return {
    site: 'made',
    file: '1.sgy',
    labels,
    shot: {
      ffid: 1,
      amplitudes,
      samples: samples(SAMPLES),
      sampleInterval: ms(INTERVAL),
      firstSample: { time: ms(0), from: 'made for a test' },
      traces: Array.from({ length: TRACES }, (_, i) => ({
        index: i,
        channel: i + 1,
        kind: 'seismic' as const,
        offset: metres(i),
        start: samples(0),
        count: samples(SAMPLES),
      })),
      problems: [],
    },
  };
}

/** Time of the largest absolute sample. */
function crest({ shot }: LabelledShot, i: number): number {
  const x = row(shot, i);
  let best = 0;
  for (let k = 1; k < x.length; k++) if (Math.abs(x[k]) > Math.abs(x[best])) best = k;
  return shot.firstSample.time + best * shot.sampleInterval;
}

/** Each onset lies 10 ms before the crest of its own trace. */
function holds(labelled: LabelledShot, within: number): void {
  expect(labelled.labels.length).toBe(labelled.shot.traces.length);
  expect(labelled.shot.amplitudes.length).toBe(labelled.shot.traces.length * labelled.shot.samples);
  labelled.labels.forEach((label, i) => {
    const dead = labelled.shot.traces[i].index === 3;
    expect(label.kind === 'dead').toBe(dead);
    if (label.kind === 'onset') expect(Math.abs(crest(labelled, i) - label.time - 10)).toBeLessThanOrEqual(within);
  });
}

const every: Readonly<Record<string, Augmentation>> = {
  polarity,
  mirror,
  timeShift: timeShift(ms(5)),
  decimate: decimate([2, 4]),
  thin: thin([2, 3]),
  dropTraces: dropTraces(0.5),
  addNoise: addNoise([20, 30]),
  usual: USUAL,
};

describe.each(Object.entries(every))('%s', (_, augment) => {
  it('keeps labels on their waves', () => {
    for (let seed = 0; seed < 12; seed++) {
      const labelled =
        augment === USUAL
          ? chain([
              [1, polarity],
              [1, mirror],
              [1, decimate([2])],
              [1, thin([2])],
            ])(made(), diceOf(seed))
          : augment(made(), diceOf(seed));
      holds(labelled, augment === every.addNoise ? 4 : 2.01);
    }
  });

  it('repeats for the same seed and leaves the given shot as it was', () => {
    const given = made();
    expect(augment(given, diceOf(5))).toEqual(augment(made(), diceOf(5)));
    expect(given).toEqual(made());
  });
});

describe('what each does', () => {
  it('polarity turns every sample over', () => {
    const turned = polarity(made(), diceOf(1));
    expect(Array.from(turned.shot.amplitudes)).toEqual(Array.from(made().shot.amplitudes, (value) => -value));
  });

  it('mirror turns the order of the traces, which keep number and label', () => {
    const turned = mirror(made(), diceOf(1));
    expect(turned.shot.traces.map(({ index }) => index)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(turned.labels[0]).toEqual({ kind: 'onset', time: 150 });
    expect(mirror(turned, diceOf(1))).toEqual(made());
  });

  it('timeShift moves axis and labels alike, and never a break before the shot', () => {
    const shifts = Array.from({ length: 40 }, (_, seed) => {
      const { shot, labels } = timeShift(ms(60))(made(), diceOf(seed));
      const first = labels[0];
      if (first.kind !== 'onset') throw new Error('expected a label');
      expect(first.time - 40).toBeCloseTo(shot.firstSample.time, 9);
      expect(first.time).toBeGreaterThanOrEqual(0);
      return shot.firstSample.time;
    });
    expect(Math.min(...shifts)).toBeLessThan(-10);
    expect(Math.max(...shifts)).toBeGreaterThan(10);
  });

  it('decimate keeps times, and short records as they are', () => {
    const { shot } = decimate([4])(made(), diceOf(1));
    expect(shot.sampleInterval).toBe(2);
    expect(shot.samples).toBe(200);
    expect(decimate([16])(made(), diceOf(1))).toEqual(made());
  });

  it('thin takes every second or third trace', () => {
    const kept = thin([3])(made(), diceOf(2)).shot.traces.map(({ index }) => index);
    expect(kept.length).toBe(4);
    expect(kept[1] - kept[0]).toBe(3);
  });

  it('dropTraces loses some and never all', () => {
    const counts = Array.from({ length: 60 }, (_, seed) => dropTraces(1)(made(), diceOf(seed)).shot.traces.length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.min(...counts)).toBeLessThan(8);
  });

  it('addNoise reaches the ratio it was asked for, and spares padding', () => {
    const padded = made();
    const given: LabelledShot = {
      ...padded,
      shot: { ...padded.shot, traces: padded.shot.traces.map((trace) => ({ ...trace, count: samples(700) })) },
    };
    const noisy = addNoise([6, 6], { window: ms(20) })(given, diceOf(3));
    let noise = 0;
    let signal = 0;
    noisy.labels.forEach((label, i) => {
      if (label.kind !== 'onset') return;
      const from = Math.round(label.time / INTERVAL);
      for (let k = 0; k < SAMPLES; k++) {
        const added = row(noisy.shot, i)[k] - row(given.shot, i)[k];
        noise += (added / (1 + i)) ** 2 / 700;
        if (k >= 700) expect(added).toBe(0);
        if (k >= from && k < from + 40) signal += (row(given.shot, i)[k] / (1 + i)) ** 2 / 40;
      }
    });
    expect(10 * Math.log10(signal / noise)).toBeCloseTo(6, 0);
  });

  it('chain applies steps as often as their shares say', () => {
    let [turned, mirrored] = [0, 0];
    const count: (add: () => void) => Augmentation = (add) => (labelled) => {
      add();
      return labelled;
    };
    const both = chain([
      [0.25, count(() => turned++)],
      [1, count(() => mirrored++)],
      [0, count(() => expect.unreachable())],
    ]);
    const dice = diceOf(9);
    for (let i = 0; i < 800; i++) both(made(), dice);
    expect(turned / 800).toBeCloseTo(0.25, 1);
    expect(mirrored).toBe(800);
  });
});
