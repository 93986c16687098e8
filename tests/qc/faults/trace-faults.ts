/** Faults of single traces, and of their order. */
import { row, type TimedShot } from '#shared/gather.ts';
import { factsOf, type ShotFacts } from '#shared/qc/facts.ts';
import { firstSwing } from '#shared/qc/first-swing.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { middle } from '#shared/qc/middle.ts';
import { toneListener } from '#shared/signal/tone.ts';
import { decibels, hertz } from '#shared/units.ts';
import type { Dice } from '../../../training/synthetic/dice.ts';
import type { Base, Fault, Planted } from './fault.ts';

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

const known = new WeakMap<Base, ShotFacts>();
export function factsAbout(base: Base): ShotFacts {
  const facts = known.get(base) ?? factsOf(base.shot, base.picks);
  known.set(base, facts);
  return facts;
}

const indices = ({ shot }: Base, rows: readonly number[]) => rows.map((i) => shot.traces[i].index);
const ratio = (level: number) => 10 ** (level / 20);
const everywhere = () => true;

/** Traces whose first break stands so many dB out of the noise. */
function clearRows(base: Base, above = 12): readonly number[] {
  const { live, breakLevels, times } = factsAbout(base);
  return live.filter((i) => {
    const level = breakLevels[i];
    if (times[i] === undefined || level?.noise === undefined) return false;
    return level.noise === 0 || decibels(level.signal / level.noise) > above;
  });
}
/** … with so many traces between them and the one nearest to the source. */
function awayFromSource(base: Base, by: number): readonly number[] {
  const { times, live } = factsAbout(base);
  const nearest = live.reduce((best, i) => ((times[i] ?? Infinity) < (times[best] ?? Infinity) ? i : best), live[0]);
  return clearRows(base).filter((i) => Math.abs(i - nearest) > by);
}
/** … and away from the ends too: there, as near the source, levels fall too steeply to tell. */
function inside(base: Base): readonly number[] {
  const { live } = factsAbout(base);
  return awayFromSource(base, 4).filter((i) => i - live[0] > 2 && live[live.length - 1] - i > 2);
}
const mostlyClear = (base: Base, above?: number) =>
  clearRows(base, above).length > 0.75 * factsAbout(base).seismic.length;

/** Noise in the band of the signal: an average over a quarter of the period, of mean square one. */
function noiseLike({ period, shot }: ShotFacts, count: number, dice: Dice): Float32Array {
  const width = Math.max(1, Math.round(period! / shot.sampleInterval / 4));
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
    const { live } = factsAbout(base);
    const possible = from?.(base) ?? live;
    const rows = someRows(possible, Math.min(1, (share * live.length) / possible.length), dice);
    const shot = changed(base.shot, rows, (x, i) => change(x, { base, i, strength, dice }));
    return { shot, picks: 'again', traces: indices(base, rows) };
  },
});

/** Of the first break of a row. */
const signalOf = (base: Base, i: number): number =>
  factsAbout(base).breakLevels[i]?.signal ?? factsAbout(base).conditions[i].rms;
const usual = (base: Base, of: 'signal' | 'noise'): number =>
  middle(factsAbout(base).breakLevels.flatMap((level) => (level?.[of] ? [level[of]] : []))) ?? 0;
const quiet = (base: Base, code: string) => !judgedCodes(base).has(code);

/** Can a tone of half the signal be told in these records, most of which are full of other waves? */
function hears(base: Base, frequency: number): boolean {
  const { coarse, live } = factsAbout(base);
  const listen = toneListener(hertz(frequency), coarse.interval);
  const heard = live.filter((i) => {
    const tone = listen?.(coarse.rows[i]!, coarse.from[i], coarse.to[i]);
    return tone !== undefined && 10 * (tone.amplitude / tone.sureness) < 0.5 * signalOf(base, i) * Math.SQRT2;
  });
  return heard.length > 0.95 * live.length;
}

const hum = (name: string, fundamental: number): Fault =>
  rowFault({
    name: `hum of ${name}`,
    code: 'mains-traces',
    cause: new RegExp(`hum of ${name}`),
    also: ['noisy-traces', 'low-signal-to-noise', 'weak-traces', ...PICKS_SUFFER],
    strengths: [-12, -6, 0, 6].map((value) => ({ label: `${value} dB`, value })),
    stated: -6,
    fits: (base) => quiet(base, 'mains-traces') && hears(base, fundamental),
    share: 0.2,
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

const judged = new WeakMap<Base, ReadonlySet<string>>();
function judgedCodes(base: Base): ReadonlySet<string> {
  const codes = judged.get(base) ?? new Set(judgeFacts(factsAbout(base)).findings.map(({ code }) => code));
  judged.set(base, codes);
  return codes;
}

const noisyShot = (base: Base, rows: readonly number[], level: (i: number) => number, dice: Dice) =>
  changed(base.shot, rows, (x, i) => {
    const noise = noiseLike(factsAbout(base), x.length, dice);
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
      const rows = someRows(factsAbout(base).live, strength, dice);
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
      const rows = someRows(factsAbout(base).live, strength, dice);
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
    fits: (base) => usual(base, 'noise') > 0 && mostlyClear(base),
    share: 0.15,
    from: (base) => clearRows(base).filter((i) => factsAbout(base).levels[i] !== undefined),
    change(x, { base, i, strength, dice }) {
      const noise = noiseLike(factsAbout(base), x.length, dice);
      const { levels } = factsAbout(base);
      const spread = middle(levels.flatMap((of) => (of && of.noise > 0 ? [of.noise] : [])))!;
      const level = Math.max(ratio(strength + 3) * spread, (levels[i]?.signal ?? 0) * ratio(strength - 24));
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
    fits: (base) => roomBefore(base) && quiet(base, 'burst-traces'),
    plant(base, strength, dice) {
      const { live, breaks, period, shot } = factsAbout(base);
      const wave = period! / shot.sampleInterval;
      const first = dice.integer(0, Math.floor(0.6 * live.length));
      const rows = live.slice(first, first + Math.ceil(0.3 * live.length));
      const start = Math.min(...rows.map((i) => breaks[i]! - shot.traces[i].start));
      const at = dice.uniform(2 * wave, start - 6 * wave);
      const planted = changed(shot, rows, (x, i) => {
        const noise = noiseLike(factsAbout(base), x.length, dice);
        const size = signalOf(base, i) * ratio(strength);
        for (let k = 0; k < x.length; k++) {
          const away = (k - at - 0.1 * wave * (i - first)) / wave;
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
      const facts = factsAbout(base);
      const away = (i: number) => facts.distances[i] ?? facts.times[i] ?? Infinity;
      const rows = clearRows(base, 9).toSorted((a, b) => away(b) - away(a));
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
    fits: (base) => mostlyClear(base) && usual(base, 'noise') > 0,
    plant(base, strength, dice) {
      const facts = factsAbout(base);
      const rows = someRows(clearRows(base), 0.4, dice);
      const shot = changed(base.shot, rows, (x, i) => {
        const noise = noiseLike(facts, x.length, dice);
        const level = facts.breakLevels[i]!.noise || usual(base, 'noise');
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
    fits: everywhere,
    share: 0.2,
    from: (base) => factsAbout(base).live.filter((i) => factsAbout(base).conditions[i].spikes === 0),
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
      const { rms, dc } = factsAbout(base).conditions[i];
      for (let k = 0; k < x.length; k++) x[k] += strength * rms - dc;
    },
  }),
  rowFault({
    name: 'another gain',
    code: 'gain-traces',
    also: PICKS_SUFFER,
    strengths: [12, 18, 24, 30].map((value) => ({ label: `${value} dB`, value })),
    stated: 18,
    fits: (base) => mostlyClear(base) && quiet(base, 'gain-traces'),
    share: 0.08,
    from: inside,
    change(x, { strength, dice }) {
      const factor = ratio(dice.chance(0.5) ? strength : -strength);
      for (let k = 0; k < x.length; k++) x[k] *= factor;
    },
  }),
  {
    name: 'reversed polarity',
    code: 'reversed-traces',
    also: PICKS_SUFFER,
    strengths: SHARES.with(2, { label: '25 %', value: 0.25 }),
    stated: 0,
    fits: (base) => mostlyClear(base) && quiet(base, 'reversed-traces') && swingsOneWay(base),
    plant(base, strength, dice) {
      const rows = someRows(swingingAlike(base), strength, dice);
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
      const facts = factsAbout(base);
      const [from, to] = someRows(facts.live, 2 / facts.live.length, dice);
      const gain = dice.pick([1, -1, 0.5, 4]);
      const shot = changed(base.shot, [to], (x) => {
        const y = row(base.shot, from).subarray(base.shot.traces[from].start);
        const noise = facts.conditions[from].rms * ratio(strength);
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
    fits: (base) => leakRows(base).length >= 3,
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
    strengths: [1, 2, 4].map((value) => ({ label: `${value} periods apart`, value })),
    stated: 2,
    fits: (base) => mostlyClear(base, 15) && [1, 2, 4].every((apart) => pairsApart(base, apart).length > 0),
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
    fits: (base) => mostlyClear(base, 15) && endOn(base) && tells(base, 0.25) && tells(base, 0.5),
    plant(base, strength) {
      const { seismic } = factsAbout(base);
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

/** Traces whose wave form has settled behind the source, and that swing as the rest do: turned, others would be put right. */
function swingingAlike(base: Base): readonly number[] {
  const facts = factsAbout(base);
  const sign = (i: number) => Math.sign(firstSwing(facts, i));
  const usual = Math.sign(clearRows(base).reduce((total, i) => total + sign(i), 0));
  return awayFromSource(base, 3).filter((i) => sign(i) === usual);
}

/** As the picks are, nearly all first breaks of the untouched shot swing the same way. */
function swingsOneWay(base: Base): boolean {
  const facts = factsAbout(base);
  const rows = clearRows(base);
  const sum = rows.reduce((total, i) => total + Math.sign(firstSwing(facts, i)), 0);
  const smooth = rows.filter((i) => Math.abs(facts.offTrend[i]!) < 0.2 * facts.period!);
  return Math.abs(sum) > 0.8 * rows.length && smooth.length > 0.9 * rows.length;
}

/** The amplitudes of other rows in the place of these; headers stay. */
function reordered(base: Base, order: readonly number[]): { readonly shot: TimedShot } {
  const { seismic } = factsAbout(base);
  const shot = { ...base.shot, amplitudes: base.shot.amplitudes.slice() };
  seismic.forEach((i, k) => {
    row(shot, i).set(row(base.shot, order[k]));
  });
  return { shot };
}

const exchanged = (base: Base, [a, b]: readonly number[]) =>
  factsAbout(base).seismic.map((i) => (i === a ? b : i === b ? a : i));

/** Traces whose breaks lie so many periods apart, about. */
function pairsApart(base: Base, apart: number): readonly (readonly [number, number])[] {
  const { times, period } = factsAbout(base);
  const rows = clearRows(base, 15).filter((_, k, all) => k > 1 && k < all.length - 2);
  return rows.flatMap((a) =>
    rows.flatMap((b): (readonly [number, number])[] => {
      const between = Math.abs(times[a]! - times[b]!) / period!;
      return b > a && between >= apart && between < 1.5 * apart ? [[a, b]] : [];
    }),
  );
}

/** All breaks later towards one end, by enough to see where the spread begins. */
function endOn(base: Base): boolean {
  const { times, seismic, period } = factsAbout(base);
  const known = seismic.flatMap((i) => (times[i] === undefined ? [] : [times[i]]));
  const quarter = Math.floor(known.length / 4);
  const parts = [0, 1, 2, 3].map((k) => middle(known.slice(k * quarter, (k + 1) * quarter))!);
  const rises = parts.slice(1).map((part, k) => part - parts[k]);
  return (
    known.length >= 20 &&
    (rises.every((r) => r > period! / 4) || rises.every((r) => r < -period! / 4)) &&
    Math.abs(known.at(-1)! - known[0]) > 3 * period!
  );
}

/** Exchanged, the times would go up and down by two periods more; less looks like another source. */
function tells(base: Base, by: number): boolean {
  const { times, seismic, period } = factsAbout(base);
  const t = seismic.flatMap((i) => (times[i] === undefined ? [] : [times[i]]));
  const k = Math.round(by * t.length);
  const [low, high] = [t[0], t[t.length - 1]].sort((a, b) => a - b);
  const [beginning, end] = [Math.abs(t[k] - t[0]), Math.abs(t[t.length - 1] - t[k])];
  return high - low > 3 * period! && Math.min(beginning, end) > period!;
}

const loudest = (base: Base): number =>
  factsAbout(base).live.reduce((best, i) => (signalOf(base, i) > signalOf(base, best) ? i : best));

/** Clear traces on which the loudest one is long over before their own break. */
function leakRows(base: Base): readonly number[] {
  const { breaks, period, shot } = factsAbout(base);
  const loud = breaks[loudest(base)];
  if (loud === undefined || period === undefined) return [];
  return clearRows(base, 24).filter((i) => breaks[i]! - loud > (5 * period) / shot.sampleInterval);
}

/** Ten periods before the first of the breaks. */
function roomBefore(base: Base): boolean {
  const { breaks, period, live, shot } = factsAbout(base);
  return (
    period !== undefined &&
    mostlyClear(base) &&
    live.every((i) => breaks[i]! - shot.traces[i].start > (12 * period) / shot.sampleInterval)
  );
}
