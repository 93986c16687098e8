/** Faults of single traces, and of their order. */
import { row, type TimedShot } from '#shared/gather.ts';
import type { Dice } from '../../../training/synthetic/dice.ts';
import type { Base, Fault, Planted } from './fault.ts';
import {
  clearRows,
  dB,
  LINE,
  likeness,
  lineAt,
  middleOf,
  mostlyClear,
  seenIn,
  spectrumOf,
  spreadNoise,
  standsOut,
  wellPicked,
} from './seen.ts';

/** The shot with some of its rows changed. */
export function changed(
  shot: TimedShot,
  rows: readonly number[],
  change: (x: Float32Array, i: number) => void,
): TimedShot {
  const copy = { ...shot, amplitudes: shot.amplitudes.slice() };
  for (const i of rows) {
    const { start, count } = shot.traces[i];
    change(row(copy, i).subarray(start, start + count), i);
  }
  return copy;
}

/** Rows drawn without repetition from those given, as many as the share says and one at least. */
export function someRows(from: readonly number[], share: number, dice: Dice): readonly number[] {
  const rows = [...from];
  const count = Math.max(1, Math.ceil(share * rows.length));
  return Array.from({ length: count }, () => rows.splice(dice.integer(0, rows.length - 1), 1)[0]).sort((a, b) => a - b);
}

const indices = ({ shot }: Base, rows: readonly number[]) => rows.map((i) => shot.traces[i].index);
const ratio = (level: number) => 10 ** (level / 20);
const everywhere = () => true;

/** Noise in the band of the signal: an average over a quarter of the period, of mean square one. */
function noiseLike(base: Base, count: number, dice: Dice): Float32Array {
  const width = Math.max(1, Math.round(seenIn(base).period / 4));
  const y = new Float32Array(count);
  let sum = 0;
  const ring = new Float64Array(width);
  for (let k = -width; k < count; k++) {
    const at = ((k % width) + width) % width;
    sum -= ring[at];
    ring[at] = dice.normal();
    sum += ring[at];
    if (k >= 0) y[k] = sum / Math.sqrt(width);
  }
  return y;
}

/** What follows from any fault that hides first breaks from the picker. */
const PICKS_SUFFER = ['unpicked-traces', 'suspect-picks', 'low-confidence'];

/** A fault of some rows, each changed by itself; the picker looks again. */
interface RowFault extends Omit<Fault, 'plant'> {
  readonly share: number;
  /** Rows to draw from. @default all live ones */
  readonly from?: (base: Base) => readonly number[];
  readonly change: (x: Float32Array, at: { base: Base; i: number; strength: number; dice: Dice }) => void;
}

const rowFault = ({ share, from, change, ...fault }: RowFault): Fault => ({
  ...fault,
  plant(base, strength, dice): Planted {
    const { live } = seenIn(base);
    const possible = from?.(base) ?? live;
    const rows = someRows(possible, Math.min(1, (share * live.length) / possible.length), dice);
    const shot = changed(base.shot, rows, (x, i) => change(x, { base, i, strength, dice }));
    return { shot, picks: 'again', traces: indices(base, rows) };
  },
});

/** Of the first break of a row; of the whole trace where the break is not known. */
const signalOf = (base: Base, i: number): number => seenIn(base).signal[i] ?? seenIn(base).record[i];

/** dB by which a hum that is planted must rise over what the record itself holds at its frequency; louder waves hide it. */
const HEARD = LINE;

/** Traces on which a tone of half the signal would be a spectral line, and none is. */
function quietRows(base: Base, frequency: number): readonly number[] {
  const { shot } = base;
  return seenIn(base).live.filter((i) => {
    const { start, count } = shot.traces[i];
    const line = lineAt(base, i, frequency);
    if (line === undefined || line > 10) return false;
    const own = spectrumOf(row(shot, i).subarray(start, start + count), shot.sampleInterval)(frequency);
    return dB((0.5 * signalOf(base, i) * Math.SQRT2) / own) > HEARD;
  });
}

/** Kept: the Fourier sums take their time. */
const quietKept = new WeakMap<Base['shot'], Map<number, readonly number[]>>();
function quietFor(base: Base, frequency: number): readonly number[] {
  const kept = quietKept.get(base.shot) ?? new Map<number, readonly number[]>();
  quietKept.set(base.shot, kept);
  const rows = kept.get(frequency) ?? quietRows(base, frequency);
  kept.set(frequency, rows);
  return rows;
}

const hum = (name: string, fundamental: number): Fault =>
  rowFault({
    name: `hum of ${name}`,
    code: 'mains-traces',
    cause: new RegExp(`hum of ${name}`),
    also: ['noisy-traces', 'low-signal-to-noise', 'weak-traces', ...PICKS_SUFFER],
    strengths: [-12, -6, 0, 6].map((value) => ({ label: `${value} dB`, value })),
    stated: -6,
    fits: (base) => quietFor(base, fundamental).length > 0.5 * seenIn(base).live.length,
    share: 0.2,
    from: (base) => quietFor(base, fundamental),
    change(x, { base, i, strength, dice }) {
      const { sampleInterval } = base.shot;
      const size = signalOf(base, i) * ratio(strength) * Math.SQRT2;
      const phase = dice.uniform(0, 2 * Math.PI);
      for (let k = 0; k < x.length; k++) {
        const turn = (2 * Math.PI * fundamental * k * sampleInterval) / 1000 + phase;
        x[k] += size * (Math.sin(turn) + 0.3 * Math.sin(3 * turn + 1));
      }
    },
  });

const noisyShot = (base: Base, rows: readonly number[], level: (i: number) => number, dice: Dice) =>
  changed(base.shot, rows, (x, i) => {
    const noise = noiseLike(base, x.length, dice);
    for (let k = 0; k < x.length; k++) x[k] += level(i) * noise[k];
  });

/** Of the traces. */
const SHARES = [
  { label: 'one', value: 0 },
  { label: '10 %', value: 0.1 },
  { label: '30 %', value: 0.3 },
];

export const TRACE_FAULTS: readonly Fault[] = [
  {
    name: 'dead channels',
    code: 'dead-traces',
    also: PICKS_SUFFER,
    strengths: SHARES,
    stated: 0.1,
    fits: everywhere,
    plant(base, strength, dice) {
      const rows = someRows(seenIn(base).live, strength, dice);
      const constant = dice.chance(0.5) ? 0 : 17;
      const shot = changed(base.shot, rows, (x) => x.fill(constant));
      return { shot, picks: 'again', traces: indices(base, rows) };
    },
  },
  {
    name: 'channels marked by the recorder',
    code: 'flagged-traces',
    also: ['dead-traces', ...PICKS_SUFFER],
    strengths: SHARES,
    stated: 0.1,
    fits: everywhere,
    plant(base, strength, dice) {
      const rows = someRows(seenIn(base).live, strength, dice);
      const traces = base.shot.traces.map((trace, i) =>
        rows.includes(i) ? { ...trace, kind: 'dead' as const } : trace,
      );
      return { shot: { ...base.shot, traces }, picks: 'again', traces: indices(base, rows) };
    },
  },
  rowFault({
    name: 'samples that are not numbers',
    code: 'non-finite-traces',
    strengths: [1, 10, 100].map((value) => ({ label: `${value}`, value })),
    stated: 1,
    fits: everywhere,
    share: 0.05,
    change(x, { strength, dice }) {
      for (let n = 0; n < strength; n++) x[dice.integer(0, x.length - 1)] = Number.NaN;
    },
  }),
  rowFault({
    name: 'steady noise on channels',
    code: 'noisy-traces',
    also: ['weak-traces', 'low-signal-to-noise', ...PICKS_SUFFER],
    strengths: [12, 18, 24].map((value) => ({ label: `${value} dB over the spread`, value })),
    stated: 18,
    fits: (base) => spreadNoise(base) > 0 && heardBefore(base).length >= 0.5 * seenIn(base).live.length,
    share: 0.15,
    from: heardBefore,
    change(x, { base, i, strength, dice }) {
      const noise = noiseLike(base, x.length, dice);
      // and loud enough beside a strong first break to matter
      const level = Math.max(ratio(strength) * spreadNoise(base), signalOf(base, i) * ratio(strength - 24));
      for (let k = 0; k < x.length; k++) x[k] += level * noise[k];
    },
  }),
  {
    name: 'bursts of something passing',
    code: 'burst-traces',
    cause: /traffic/,
    also: ['noisy-traces', 'weak-traces', 'low-signal-to-noise', ...PICKS_SUFFER],
    strengths: [0, 6, 12].map((value) => ({ label: `${value} dB over the signal`, value })),
    stated: 6,
    fits: (base) => blocksBefore(base).length > 0,
    plant(base, strength, dice) {
      const { live, at, period } = seenIn(base);
      const { shot } = base;
      const first = dice.pick(blocksBefore(base));
      const rows = live.slice(first, first + blockOf(base));
      const start = Math.min(...rows.map((i) => at[i]! - shot.traces[i].start));
      const middle = dice.uniform(2 * period, start - 6 * period);
      const planted = changed(shot, rows, (x, i) => {
        const noise = noiseLike(base, x.length, dice);
        const size = signalOf(base, i) * ratio(strength);
        for (let k = 0; k < x.length; k++) {
          const away = (k - middle - 0.1 * period * rows.indexOf(i)) / period;
          if (Math.abs(away) < 4) x[k] += size * noise[k] * Math.exp(-(away ** 2));
        }
      });
      return { shot: planted, picks: 'again', traces: indices(base, rows) };
    },
  },
  hum('50 Hz', 50),
  hum('60 Hz', 60),
  hum('16.7 Hz', 50 / 3),
  {
    name: 'noise over the far half of the spread',
    code: 'low-signal-to-noise',
    also: ['weak-traces', 'noisy-traces', ...PICKS_SUFFER],
    strengths: [9, 3, 0].map((value) => ({ label: `${value} dB left`, value })),
    stated: 3,
    fits: (base) => mostlyClear(base, 9),
    plant(base, strength, dice) {
      const rows = clearRows(base, 9).toSorted((a, b) => base.breaks[b]! - base.breaks[a]!);
      const far = rows.slice(0, Math.ceil(0.5 * rows.length)).sort((a, b) => a - b);
      const shot = noisyShot(base, far, (i) => signalOf(base, i) * ratio(-strength), dice);
      return { shot, picks: base.picks, traces: [] };
    },
  },
  {
    name: 'signal lost on channels',
    code: 'weak-traces',
    also: ['low-signal-to-noise', 'gain-traces', ...PICKS_SUFFER],
    strengths: [6, 0].map((value) => ({ label: `${value} dB left`, value })),
    stated: 0,
    fits: (base) => mostlyClear(base) && spreadNoise(base) > 0,
    plant(base, strength, dice) {
      const rows = someRows(clearRows(base, 12), 0.5, dice);
      const shot = changed(base.shot, rows, (x, i) => {
        const noise = noiseLike(base, x.length, dice);
        const level = seenIn(base).noise[i] || spreadNoise(base);
        const loudest = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        for (let k = 0; k < x.length; k++) x[k] = level * noise[k] + (x[k] * level * ratio(strength)) / loudest;
      });
      return { shot, picks: 'again', traces: [] };
    },
  },
  rowFault({
    name: 'clipping',
    code: 'clipped-traces',
    also: ['offset-traces', ...PICKS_SUFFER],
    strengths: [0.5, 0.25, 0.1].map((value) => ({ label: `at ${100 * value} % of the peak`, value })),
    stated: 0.5,
    fits: (base) => loudRows(base).length > 0.5 * seenIn(base).live.length,
    share: 0.2,
    from: loudRows,
    change(x, { strength }) {
      const most = strength * x.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
      for (let k = 0; k < x.length; k++) x[k] = Math.max(-most, Math.min(most, x[k]));
    },
  }),
  rowFault({
    name: 'spikes',
    code: 'spiky-traces',
    also: ['burst-traces', 'noisy-traces', ...PICKS_SUFFER],
    strengths: [
      { label: '3 of half the peak', value: 0.5 },
      { label: '6 of the peak', value: 1 },
      { label: '12 of twice the peak', value: 2 },
    ],
    stated: 1,
    fits: everywhere,
    share: 0.1,
    change(x, { strength, dice }) {
      const most = x.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
      for (let n = 0; n < 6 * strength; n++)
        x[dice.integer(20, x.length - 20)] += (dice.chance(0.5) ? 1 : -1) * strength * most;
    },
  }),
  rowFault({
    name: 'shift from zero',
    code: 'offset-traces',
    strengths: [0.7, 1.5, 5].map((value) => ({ label: `${value} × rms`, value })),
    stated: 1.5,
    fits: everywhere,
    share: 0.3,
    change(x, { base, i, strength }) {
      const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
      for (let k = 0; k < x.length; k++) x[k] += strength * seenIn(base).record[i] - mean;
    },
  }),
  rowFault({
    name: 'another gain',
    code: 'gain-traces',
    also: PICKS_SUFFER,
    strengths: [12, 18, 24, 30].map((value) => ({ label: `${value} dB`, value })),
    stated: 18,
    fits: (base) => mostlyClear(base) && evenRows(base).length >= 0.25 * seenIn(base).live.length,
    share: 0.08,
    from: evenRows,
    change(x, { strength, dice }) {
      const factor = ratio(dice.chance(0.5) ? strength : -strength);
      for (let k = 0; k < x.length; k++) x[k] *= factor;
    },
  }),
  {
    name: 'reversed polarity',
    code: 'reversed-traces',
    also: PICKS_SUFFER,
    // of fewer a warning is not wanted: one plug in a cable
    strengths: [
      { label: 'one in 48', value: 1 / 48 },
      { label: '10 %', value: 0.1 },
      { label: '25 %', value: 0.25 },
    ],
    stated: 1 / 48,
    fits: (base) => wellPicked(base) && mostlyClear(base) && alikeRows(base).length > 0.5 * seenIn(base).live.length,
    plant(base, strength, dice) {
      const possible = alikeRows(base);
      const rows = someRows(possible, Math.min(1, (strength * seenIn(base).live.length) / possible.length), dice);
      const shot = changed(base.shot, rows, (x) => {
        for (let k = 0; k < x.length; k++) x[k] = -x[k];
      });
      return { shot, picks: 'again', traces: indices(base, rows) };
    },
  },
  {
    name: 'a channel recorded twice',
    code: 'duplicate-traces',
    also: ['gain-traces', 'reversed-traces', ...PICKS_SUFFER],
    strengths: [-40, -60, -80, -200].map((value) => ({
      label: value > -200 ? `${value} dB of other noise` : 'exact',
      value,
    })),
    // Two inputs of a recorder differ by 80 dB and more; at 40 a copy is no more alike than receivers at equal distance in quiet ground.
    stated: -60,
    fits: everywhere,
    plant(base, strength, dice) {
      const { live, record } = seenIn(base);
      const [from, to] = someRows(live, 2 / live.length, dice);
      const gain = dice.pick([1, -1, 0.5, 4]);
      const shot = changed(base.shot, [to], (x) => {
        const y = row(base.shot, from).subarray(base.shot.traces[from].start);
        const noise = record[from] * ratio(strength);
        for (let k = 0; k < x.length; k++) x[k] = gain * (y[k] + noise * dice.normal());
      });
      return { shot, picks: 'again', traces: indices(base, [from, to]) };
    },
  },
  {
    name: 'cross-talk from the loudest channel',
    code: 'cross-talk-traces',
    also: ['noisy-traces', 'low-signal-to-noise', 'weak-traces', ...PICKS_SUFFER, 'burst-traces'],
    strengths: [-20, -10, 0].map((value) => ({ label: `${value} dB of the signal`, value })),
    stated: -10,
    fits: (base) => leakRows(base).length >= 0.2 * seenIn(base).live.length,
    plant(base, strength, dice) {
      const loud = loudest(base);
      const rows = someRows(leakRows(base), 0.25, dice);
      const y = row(base.shot, loud);
      const shot = changed(base.shot, rows, (x, i) => {
        const factor = (signalOf(base, i) / signalOf(base, loud)) * ratio(strength);
        for (let k = 0; k < x.length; k++) x[k] += factor * y[base.shot.traces[i].start + k];
      });
      return { shot, picks: base.picks, traces: indices(base, rows) };
    },
  },
  {
    name: 'two channels swapped',
    code: 'swapped-traces',
    also: ['gain-traces', ...PICKS_SUFFER],
    strengths: [1, 2, 4, 8].map((value) => ({ label: `${value} periods apart`, value })),
    stated: 2,
    fits: (base, apart) => wellPicked(base) && pairsApart(base, apart).length > 0,
    plant(base, strength, dice) {
      const pair = dice.pick(pairsApart(base, strength));
      return { ...reordered(base, exchanged(base, pair)), picks: 'again', traces: indices(base, pair) };
    },
  },
  {
    name: 'cables exchanged',
    code: 'shifted-traces',
    also: ['gain-traces', 'spread-order', ...PICKS_SUFFER],
    strengths: [
      { label: 'by a quarter', value: 0.25 },
      { label: 'by half', value: 0.5 },
    ],
    stated: 0.25,
    fits: (base, by) => wellPicked(base) && mostlyClear(base) && tells(base, by),
    plant(base, strength) {
      const seismic = seismicOf(base);
      const by = Math.round(strength * seismic.length);
      return {
        ...reordered(
          base,
          seismic.map((_, k) => seismic[(k + by) % seismic.length]),
        ),
        picks: 'again',
        traces: indices(base, seismic),
      };
    },
  },
];

/** Traces with enough before their break to hear noise in. */
function heardBefore(base: Base): readonly number[] {
  return seenIn(base).live.filter((i) => standsOut(base, i) !== undefined);
}

/** A clip that cuts no more than a lobe harms nothing: so much of the trace must be louder. */
const CUT = 0.005;

function loudRows(base: Base): readonly number[] {
  return seenIn(base).live.filter((i) => {
    const { start, count } = base.shot.traces[i];
    const x = row(base.shot, i).subarray(start, start + count);
    const most = x.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
    return x.reduce((sum, v) => sum + (Math.abs(v) > most / 2 ? 1 : 0), 0) > CUT * x.length;
  });
}

/** Levels within half of the mildest stated change of the traces to either side. */
const EVEN = 6;

/** Clear traces whose signal, noise and whole record are about as loud as on the traces around, so that another gain stands apart. */
function evenRows(base: Base): readonly number[] {
  const { live, signal, noise, record } = seenIn(base);
  return clearRows(base, 12).filter((i) => {
    const place = live.indexOf(i);
    const around = [...live.slice(Math.max(0, place - 3), place), ...live.slice(place + 1, place + 4)];
    return [signal, noise, record].every((levels) => {
      const usual = middleOf(around.map((j) => levels[j]));
      return usual !== undefined && usual > 0 && levels[i]! > 0 && Math.abs(dB(levels[i]! / usual)) < EVEN;
    });
  });
}

/** Aligned on their breaks, this like the traces around: what is turned round then is plainly so. */
const ALIKE = 0.7;
const AROUND = 3;

function alikeRows(base: Base): readonly number[] {
  const rows = clearRows(base, 15);
  return rows.filter((i, k) => {
    const around = [...rows.slice(Math.max(0, k - AROUND), k), ...rows.slice(k + 1, k + 1 + AROUND)];
    return around.length >= AROUND && middleOf(around.map((j) => likeness(base, i, j)))! > ALIKE;
  });
}

const seismicOf = ({ shot }: Base): readonly number[] =>
  shot.traces.flatMap(({ kind }, i) => (kind === 'auxiliary' ? [] : [i]));

/** The amplitudes of other rows in the place of these; headers stay. */
function reordered(base: Base, order: readonly number[]): { readonly shot: TimedShot } {
  const shot = { ...base.shot, amplitudes: base.shot.amplitudes.slice() };
  seismicOf(base).forEach((i, k) => {
    row(shot, i).set(row(base.shot, order[k]));
  });
  return { shot };
}

const exchanged = (base: Base, [a, b]: readonly number[]) =>
  seismicOf(base).map((i) => (i === a ? b : i === b ? a : i));

/** Clear traces among clear ones whose breaks lie so many periods apart, about. */
function pairsApart(base: Base, apart: number): readonly (readonly [number, number])[] {
  const { at, live, period } = seenIn(base);
  const clear = new Set(clearRows(base, 15));
  const rows = live.filter(
    (_, k) => k > 1 && k < live.length - 2 && live.slice(k - 2, k + 3).every((i) => clear.has(i)),
  );
  return rows.flatMap((a) =>
    rows.flatMap((b): (readonly [number, number])[] => {
      const between = Math.abs(at[a]! - at[b]!) / period;
      return b > a && between >= apart && between < 1.5 * apart ? [[a, b]] : [];
    }),
  );
}

/** A source off an end, and both parts of the spread run over a period: exchanged, the times go up and down twice. */
function tells(base: Base, by: number): boolean {
  const { at, live, period } = seenIn(base);
  const t = live.flatMap((i) => (at[i] === undefined ? [] : [at[i]]));
  if (t.length < 20) return false;
  const way = t.slice(1).reduce((sum, time, k) => sum + Math.abs(time - t[k]), 0);
  const k = Math.round(by * t.length);
  const parts = [t[k] - t[0], t[t.length - 1] - t[k]].map(Math.abs);
  return Math.abs(t[t.length - 1] - t[0]) > 0.8 * way && Math.min(...parts) > period;
}

const loudest = (base: Base): number =>
  seenIn(base).live.reduce((best, i) => (signalOf(base, i) > signalOf(base, best) ? i : best));

/** Clear traces, above whose noise a leak at a third of the signal stands by 8 dB, and on which the loudest one is long over before their own break. */
function leakRows(base: Base): readonly number[] {
  const { at, period } = seenIn(base);
  const loud = at[loudest(base)];
  return loud === undefined ? [] : clearRows(base, 18).filter((i) => at[i]! - loud > 5 * period);
}

/** Traces in a burst. */
const blockOf = (base: Base) => Math.ceil(0.3 * seenIn(base).live.length);

/** Places among the live rows where all of a block have twelve periods before their break, quieter than it by 10 dB. */
function blocksBefore(base: Base): readonly number[] {
  const { live, at, period } = seenIn(base);
  const clear = new Set(clearRows(base, 10));
  const room = (i: number) => clear.has(i) && at[i]! - base.shot.traces[i].start > 12 * period;
  const size = blockOf(base);
  return live.flatMap((_, k) => (k + size <= live.length && live.slice(k, k + size).every(room) ? [k] : []));
}
