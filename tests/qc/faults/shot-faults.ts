/** Faults of a shot as a whole: its time, its place, its source, its recorder, its number. */
import { row, type TimedShot, type Trace } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { LineContext, ShotSummary } from '#shared/qc/line/summary.ts';
import { moveoutOf } from '#shared/qc/moveout/of-shot.ts';
import { timeAt } from '#shared/qc/moveout.ts';
import { FOOT, metres, ms, samples } from '#shared/units.ts';
import type { Dice } from '../../../training/synthetic/dice.ts';
import type { Base, Fault, Planted } from './fault.ts';
import { mostlyClear, seenIn, standsOut, wellPicked } from './seen.ts';
import { changed } from './trace-faults.ts';

const whole = (planted: Omit<Planted, 'traces'>): Planted => ({ traces: [], ...planted });

const kept = new WeakMap<Base, ShotSummary>();

function summaryOf(base: Base): ShotSummary {
  const known = kept.get(base);
  if (known) return known;
  const facts = factsOf(base.shot, base.picks);
  const summary = summarise(facts, judgeFacts(facts), base.file);
  kept.set(base, summary);
  return summary;
}

/** The other shots as those that came before, without numbers and clocks: the open sets are not in the order of either. */
const lineOf = ({ others }: Base): LineContext => ({
  shots: others.map((other) => {
    const { ffid: _, recordedAt: __, ...summary } = summaryOf(other);
    return summary;
  }),
});

const later = (picks: readonly Pick[], by: number): readonly Pick[] =>
  picks.map((pick) => (pick.kind === 'picked' ? { ...pick, time: ms(pick.time + by) } : pick));

/** The same samples, stated to have begun later. */
const restarted = (shot: TimedShot, by: number): TimedShot => ({
  ...shot,
  firstSample: { time: ms(shot.firstSample.time + by), from: 'planted' },
});

interface Place {
  readonly spacing: number;
  /** Receivers before and behind the source. */
  readonly before: number;
  readonly behind: number;
  readonly nearest: number;
  readonly length: number;
}

/** Of shots on a line along x; undefined without geometry. */
function placeOf({ shot }: Base): Place | undefined {
  const { source, traces } = shot;
  if (!source || traces.some(({ receiver }) => !receiver)) return undefined;
  const at = traces.map(({ receiver }) => receiver!.x - source.x).sort((a, b) => a - b);
  if (traces.some(({ receiver }) => Math.abs(receiver!.y - source.y) > 0.5)) return undefined;
  const gaps = at
    .slice(1)
    .map((x, k) => x - at[k])
    .sort((a, b) => a - b);
  return {
    spacing: gaps[gaps.length >> 1],
    before: at.filter((x) => x < 0).length,
    behind: at.filter((x) => x >= 0).length,
    nearest: Math.min(...at.map(Math.abs)),
    length: at.at(-1)! - at[0],
  };
}

const surveyed = (base: Base): boolean => placeOf(base) !== undefined;
/** … and picked where the breaks are: from wrong picks nothing can be told of times and places. */
const timedWell = (base: Base): boolean => surveyed(base) && wellPicked(base);
/** Shots of one spread, enough of them to tell which is off; drawn shots have each their own ground, older graphSEG2 ones three. */
const inLine = (base: Base): boolean =>
  surveyed(base) && base.others.length >= 4 && base.set !== 'synthetic field' && !mixed(base);
const mixed = ({ others, file }: Base): boolean => [file, ...others.map((other) => other.file)].includes('206.dat');
/** The source stands at the spread, so that its waves run to the other sources and back. */
const onSpread = (base: Base): boolean => {
  const place = placeOf(base);
  return place !== undefined && place.nearest < 1.5 * place.spacing;
};
/** At least two other sources on the spread, two receivers off. */
const reciprocal = (base: Base): boolean =>
  inLineWell(base) && onSpread(base) && base.others.filter((other) => onSpread(other) && wellPicked(other)).length >= 3;
/** … picked well, and so is most of the line. */
const inLineWell = (base: Base): boolean =>
  inLine(base) && wellPicked(base) && 2 * base.others.filter(wellPicked).length > base.others.length;

const signed = (strength: number, dice: Dice) => (dice.chance(0.5) ? strength : -strength);

const triggerInLine: Fault = {
  name: 'trigger early or late, in a line',
  code: 'trigger-time-error',
  strengths: [3, 6, 12, 25].map((value) => ({ label: `${value} ms`, value })),
  stated: 6,
  fits: reciprocal,
  plant(base, strength, dice) {
    const late = signed(strength, dice);
    const line = lineOf(base);
    return whole({ shot: restarted(base.shot, late), picks: later(base.picks, late), line, truth: late });
  },
  estimate: { unit: 'ms', within: () => 2 },
};

const triggerAlone: Fault = {
  name: 'trigger early or late, one shot by itself',
  code: 'trigger-time-error',
  strengths: [20, 40, 60].map((value) => ({ label: `${value} ms`, value })),
  stated: 40,
  // Slow ground over more than a few metres hides as much.
  fits: (base) => onSpread(base) && wellPicked(base) && placeOf(base)!.nearest <= 2,
  plant(base, strength, dice) {
    const late = signed(strength, dice);
    return whole({ shot: restarted(base.shot, late), picks: later(base.picks, late) });
  },
};

const timeBreak: Fault = {
  name: 'trigger late, a time break recorded',
  code: 'trigger-time-error',
  strengths: [8, 16, 32].map((value) => ({ label: `${value} ms`, value })),
  stated: 8,
  // That a pulse is the time break, and no other, the first breaks must say.
  fits: (base) => onSpread(base) && wellPicked(base) && base.shot.firstSample.time <= -10,
  plant(base, strength) {
    const { samples: n, sampleInterval, traces, firstSample } = base.shot;
    // The pulse stands where the shot was, before the instant that is stated.
    const at = Math.round(-firstSample.time / sampleInterval);
    const pulse = Float32Array.from({ length: n }, (_, k) => (k >= at && k < at + 8 ? 1000 : (k * 7) % 3));
    const amplitudes = new Float32Array(base.shot.amplitudes.length + n);
    amplitudes.set(base.shot.amplitudes);
    amplitudes.set(pulse, base.shot.amplitudes.length);
    const index = traces.length;
    const aux: Trace = { index, channel: index + 1, kind: 'auxiliary', start: samples(0), count: samples(n) };
    return whole({
      shot: { ...restarted(base.shot, -strength), amplitudes, traces: [...traces, aux] },
      picks: [...later(base.picks, -strength), { kind: 'skipped', reason: 'auxiliary' }],
      truth: -strength,
    });
  },
  estimate: { unit: 'ms', within: () => 2 },
};

const delayNotThere: Fault = {
  name: 'a delay that is not there',
  code: 'trigger-time-error',
  cause: /is not there/,
  strengths: [40, 100, 200].map((value) => ({ label: `${value} ms`, value })),
  stated: 100,
  fits: (base) => onSpread(base) && wellPicked(base) && base.shot.firstSample.time === 0,
  plant(base, strength, dice) {
    const late = signed(strength, dice);
    return whole({ shot: restarted(base.shot, late), picks: later(base.picks, late) });
  },
};

const delaySign: Fault = {
  name: 'a delay of the wrong sign',
  code: 'trigger-time-error',
  cause: /wrong sign/,
  strengths: [{ label: 'all of it', value: 1 }],
  stated: 1,
  fits: (base) => onSpread(base) && wellPicked(base) && base.shot.firstSample.time < -30,
  plant(base) {
    const by = -2 * base.shot.firstSample.time;
    return whole({ shot: restarted(base.shot, by), picks: later(base.picks, by) });
  },
};

/** The source stated so far up the line; offsets follow. */
function moved(shot: TimedShot, by: number): TimedShot {
  return {
    ...shot,
    source: { ...shot.source!, x: metres(shot.source!.x + by) },
    traces: shot.traces.map((trace) => ({
      ...trace,
      offset: metres(trace.receiver!.x - shot.source!.x - by),
    })),
  };
}

const positionAlong: Fault = {
  name: 'source stated along the line',
  code: 'source-position-error',
  // From the wrong place the picks in between rise the wrong way.
  also: ['suspect-picks'],
  strengths: [1.5, 2, 3, 5].map((value) => ({ label: `${value} stations`, value })),
  stated: 2,
  fits: (base) => {
    const place = placeOf(base);
    // Receivers closer than a metre are a millisecond apart, which picks are not sure of.
    return wellPicked(base) && place !== undefined && place.spacing >= 1 && Math.min(place.before, place.behind) >= 5;
  },
  plant(base, strength, dice) {
    const { spacing, before, behind } = placeOf(base)!;
    const way = behind - strength < 2 ? -1 : before - strength < 2 ? 1 : dice.chance(0.5) ? 1 : -1;
    const by = way * strength * spacing;
    return whole({ shot: moved(base.shot, by), picks: base.picks, truth: -by });
  },
  estimate: { unit: 'm', within: (base) => placeOf(base)!.spacing },
};

const positionBeside: Fault = {
  name: 'source beside the line',
  code: 'source-position-error',
  cause: /beside/,
  strengths: [2, 3].map((value) => ({ label: `${value} stations`, value })),
  stated: 2,
  fits: (base) => {
    const place = placeOf(base);
    // Where the direct wave is the first over several stations: that is what shows how far it came.
    return place !== undefined && base.set === 'synthetic line' && Math.min(place.before, place.behind) >= 8;
  },
  plant(base, strength) {
    const facts = factsOf(base.shot, base.picks);
    const { model, sides } = moveoutOf(facts);
    const beside = strength * placeOf(base)!.spacing;
    const after = base.shot.traces.map((_, i) => {
      const distance = facts.distances[i]!;
      const time = (d: number) => timeAt(model!, metres(d), sides[i]) ?? 0;
      const near = model!.branches.find(({ side }) => side === sides[i])?.intercept ?? 0;
      return time(Math.hypot(distance, beside)) - time(distance) - near;
    });
    return whole({
      shot: base.shot,
      picks: base.picks.map((pick, i) => (pick.kind === 'picked' ? { ...pick, time: ms(pick.time + after[i]) } : pick)),
      truth: beside,
    });
  },
  estimate: { unit: 'm', within: (base) => placeOf(base)!.spacing },
};

/** Lengths as a file with the wrong scalar gives them. */
function stretched(shot: TimedShot, by: number, what: 'all' | 'offsets' = 'all'): TimedShot {
  const place = (at: { x: number; y: number; z: number }) => ({
    x: metres(at.x * by),
    y: metres(at.y * by),
    z: metres(at.z),
  });
  return {
    ...shot,
    ...(what === 'all' && shot.source ? { source: place(shot.source) } : {}),
    traces: shot.traces.map((trace) => ({
      ...trace,
      ...(trace.offset === undefined ? {} : { offset: metres(trace.offset * by) }),
      ...(what === 'all' && trace.receiver ? { receiver: place(trace.receiver) } : {}),
    })),
  };
}

const FACTORS = [
  { label: 'feet', value: 1 / FOOT },
  { label: '× 10', value: 10 },
  { label: '× 100', value: 100 },
];

const lengthsInLine: Fault = {
  name: 'lengths off by a factor, in a line',
  code: 'geometry-error',
  strengths: FACTORS,
  stated: FACTORS[0].value,
  fits: inLineWell,
  plant: (base, factor) =>
    whole({ shot: stretched(base.shot, factor), picks: base.picks, line: lineOf(base), truth: factor }),
  estimate: { unit: '×', within: () => 0.1 },
};

const lengthsAlone: Fault = {
  name: 'lengths off by a factor, one shot by itself',
  code: 'geometry-error',
  strengths: FACTORS.slice(1),
  stated: 10,
  fits: timedWell,
  plant: (base, factor) => whole({ shot: stretched(base.shot, factor), picks: base.picks }),
};

const offsetsOff: Fault = {
  name: 'offsets not those of the positions',
  code: 'geometry-error',
  strengths: FACTORS,
  stated: FACTORS[0].value,
  fits: surveyed,
  plant: (base, factor) => whole({ shot: stretched(base.shot, factor, 'offsets'), picks: base.picks, truth: factor }),
  estimate: { unit: '×', within: () => 0.1 },
};

const geometryLost: Fault = {
  name: 'geometry missing, in a line',
  code: 'geometry-missing',
  strengths: [{ label: 'all traces', value: 1 }],
  stated: 1,
  fits: inLine,
  plant(base) {
    const { source: _, ...shot } = base.shot;
    const traces = shot.traces.map(({ receiver: __, offset: ___, ...trace }) => trace);
    return whole({ shot: { ...shot, traces }, picks: base.picks, line: lineOf(base) });
  },
};

const clockRate: Fault = {
  name: 'sample interval off by a factor, in a line',
  code: 'sample-interval-error',
  also: ['record-too-short', 'record-too-late'],
  strengths: [
    { label: '× 2', value: 2 },
    { label: '× 4', value: 4 },
    { label: '× 10', value: 10 },
  ],
  stated: 2,
  fits: inLineWell,
  plant(base, strength, dice) {
    const factor = dice.chance(0.5) ? strength : 1 / strength;
    const { shot } = base;
    return whole({
      shot: {
        ...shot,
        sampleInterval: ms(shot.sampleInterval * factor),
        firstSample: { ...shot.firstSample, time: ms(shot.firstSample.time * factor) },
      },
      picks: base.picks.map((pick) => (pick.kind === 'picked' ? { ...pick, time: ms(pick.time * factor) } : pick)),
      line: lineOf(base),
    });
  },
};

/** Positions given to other traces than their own. */
function reordered(shot: TimedShot, order: readonly number[]): TimedShot {
  return {
    ...shot,
    traces: shot.traces.map((trace, i) => ({
      ...trace,
      receiver: shot.traces[order[i]].receiver!,
      offset: shot.traces[order[i]].offset!,
    })),
  };
}

const ORDERS: readonly ((n: number, dice: Dice) => readonly number[])[] = [
  (n) => Array.from({ length: n }, (_, i) => n - 1 - i),
  (n) => Array.from({ length: n }, (_, i) => (i + (n >> 1)) % n),
  (n) => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? i >> 1 : ((n + 1) >> 1) + (i >> 1))),
  (n, dice) => {
    const rest = Array.from({ length: n }, (_, i) => i);
    return Array.from({ length: n }, () => rest.splice(dice.integer(0, rest.length - 1), 1)[0]);
  },
];

const mixedSpread: Fault = {
  name: 'spread turned round or mis-sorted',
  code: 'spread-order',
  also: ['suspect-picks', 'swapped-traces'],
  strengths: ['turned round', 'halves exchanged', 'odd and even apart', 'at random'].map((label, value) => ({
    label,
    value,
  })),
  stated: 0,
  fits: (base) => {
    const place = placeOf(base);
    // Within a spread turned round, the source is where a source in the mirror would be: that is a wrong position.
    return wellPicked(base) && place !== undefined && Math.min(place.before, place.behind) <= 1;
  },
  plant: (base, which, dice) =>
    whole({ shot: reordered(base.shot, ORDERS[which](base.shot.traces.length, dice)), picks: base.picks }),
};

/** Where there are no first breaks, what is said of traces is said of something else. */
const NO_BREAKS = [
  'weak-traces',
  'unpicked-traces',
  'low-confidence',
  'suspect-picks',
  'noisy-traces',
  'burst-traces',
  'low-signal-to-noise',
  'swapped-traces',
  'reversed-traces',
];

const backwards: Fault = {
  name: 'record backwards in time',
  code: 'time-reversed',
  also: NO_BREAKS,
  strengths: [{ label: 'all traces', value: 1 }],
  stated: 1,
  fits: (base) => surveyed(base) && mostlyClear(base) && base.shot.samples * base.shot.sampleInterval >= 250,
  plant: (base) => {
    const shot = changed(
      base.shot,
      base.shot.traces.map((_, i) => i),
      (x) => x.reverse(),
    );
    return whole({ shot, picks: 'again' });
  },
};

/** Noise that remembers a few samples, as loud as the trace before its first break. */
function noiseLike(base: Base, i: number, n: number, dice: Dice): Float64Array {
  const level = seenIn(base).noise[i] ?? 0;
  const x = row(base.shot, i);
  const loud = level > 0 ? level : 0.001 * Math.max(...x.map(Math.abs));
  let slow = 0;
  return Float64Array.from({ length: n }, () => {
    slow = 0.9 * slow + 0.44 * dice.normal();
    return loud * slow;
  });
}

const noShot: Fault = {
  name: 'misfire',
  code: 'misfire',
  also: NO_BREAKS,
  strengths: [{ label: 'noise only', value: 1 }],
  stated: 1,
  fits: ({ shot }) => shot.traces.every(({ kind }) => kind === 'seismic'),
  plant(base, _, dice) {
    const shot = changed(
      base.shot,
      base.shot.traces.map((_, i) => i),
      (x, i) => x.set(noiseLike(base, i, x.length, dice)),
    );
    // A picker finds nothing it would vouch for.
    const picks = base.picks.map((): Pick => ({ kind: 'skipped', reason: 'low-confidence' }));
    return whole({ shot, picks });
  },
};

const weakShot: Fault = {
  name: 'weak source, in a line',
  code: 'weak-source',
  also: ['weak-traces', 'unpicked-traces', 'low-confidence', 'low-signal-to-noise', 'suspect-picks'],
  strengths: [6, 12, 20].map((value) => ({ label: `${value} dB`, value })),
  stated: 12,
  // Most breaks stand so far out of the noise that all of it lost would show.
  fits: (base, strength) =>
    inLine(base) &&
    2 * seenIn(base).live.filter((i) => (standsOut(base, i) ?? 0) > strength).length > seenIn(base).live.length,
  plant(base, strength, dice) {
    const share = 10 ** (-strength / 20);
    const shot = changed(
      base.shot,
      base.shot.traces.map((_, i) => i),
      (x, i) => {
        const noise = noiseLike(base, i, x.length, dice);
        for (let k = 0; k < x.length; k++) x[k] = share * x[k] + Math.sqrt(1 - share * share) * noise[k];
      },
    );
    return whole({ shot, picks: 'again', line: lineOf(base) });
  },
};

const twice: Fault = {
  name: 'double shot',
  code: 'double-shot',
  strengths: [
    { label: '30 %', value: 0.3 },
    { label: '50 %', value: 0.5 },
    { label: '80 %', value: 0.8 },
  ],
  stated: 0.5,
  // A record of a few periods holds no second shot, and noise hides one.
  fits: (base) => mostlyClear(base) && base.shot.samples * base.shot.sampleInterval >= 250,
  plant(base, share, dice) {
    const { shot } = base;
    const record = shot.samples * shot.sampleInterval;
    const lag = Math.round(dice.uniform(Math.min(50, 0.15 * record), 0.4 * record) / shot.sampleInterval);
    const doubled = changed(
      shot,
      shot.traces.map((_, i) => i),
      (x) => {
        for (let k = x.length - 1; k >= lag; k--) x[k] += share * x[k - lag];
      },
    );
    return whole({ shot: doubled, picks: base.picks, truth: lag * shot.sampleInterval });
  },
  estimate: { unit: 'ms', within: ({ shot }) => Math.max(3, 0.01 * shot.samples * shot.sampleInterval) },
};

const air: Fault = {
  name: 'air wave picked',
  code: 'air-wave-picked',
  also: ['suspect-picks', 'burst-traces', 'noisy-traces', 'low-signal-to-noise', 'weak-traces'],
  strengths: [{ label: 'on all traces', value: 1 }],
  stated: 1,
  fits: (base) => {
    const place = placeOf(base);
    if (place === undefined || !mostlyClear(base)) return false;
    const { distances } = factsOf(base.shot, base.picks);
    // Where the first break comes well before it, so that it is one to be mistaken for the other.
    const ahead = base.breaks.filter(
      (time, i) => time !== undefined && time < (1000 * distances[i]!) / 335 - 25,
    ).length;
    return ahead > 0.6 * base.breaks.length;
  },
  plant(base) {
    const { distances } = factsOf(base.shot, base.picks);
    const { shot } = base;
    const arrival = (i: number) => (1000 * distances[i]!) / 335;
    const blasted = changed(
      shot,
      shot.traces.map((_, i) => i),
      (x, i) => {
        const loud = 0.5 * Math.max(...x.map(Math.abs));
        for (let k = 0; k < x.length; k++) {
          const t = (shot.firstSample.time + k * shot.sampleInterval - arrival(i)) / 1000;
          if (t > 0) x[k] += loud * Math.exp(-80 * t) * Math.sin(2 * Math.PI * 120 * t);
        }
      },
    );
    return whole({
      shot: blasted,
      picks: base.picks.map((pick, i) =>
        pick.kind === 'picked' ? { ...pick, time: ms(arrival(i)), confidence: 0.8 } : pick,
      ),
    });
  },
};

const hum: Fault = {
  name: 'mains hum picked',
  code: 'mains-picked',
  also: [
    'mains-traces',
    'suspect-picks',
    'weak-traces',
    'noisy-traces',
    'low-signal-to-noise',
    'swapped-traces',
    'reversed-traces',
    'cross-talk-traces',
  ],
  strengths: [50, 60].map((value) => ({ label: `${value} Hz`, value })),
  stated: 50,
  fits: ({ shot }) => shot.samples * shot.sampleInterval > 250,
  plant(base, frequency, dice) {
    const { shot } = base;
    const humming = changed(
      shot,
      shot.traces.map((_, i) => i),
      (x) => {
        const loud = 3 * Math.max(...x.map(Math.abs));
        const phase = dice.uniform(0, 2 * Math.PI);
        for (let k = 0; k < x.length; k++)
          x[k] += loud * Math.sin(phase + (2 * Math.PI * frequency * k * shot.sampleInterval) / 1000);
      },
    );
    const first = shot.firstSample.time;
    return whole({
      shot: humming,
      picks: base.picks.map((pick) =>
        pick.kind === 'picked' ? { ...pick, time: ms(first + dice.uniform(80, 150)), confidence: 0.7 } : pick,
      ),
    });
  },
};

/** Time before or behind which so many of the first breaks lie. */
function quantile(base: Base, share: number): number {
  const times = base.picks.flatMap((pick) => (pick.kind === 'picked' ? [pick.time] : [])).sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(share * times.length))];
}

/** Picks outside of the record are gone; the others stay. */
const within = (base: Base, from: number, to: number): readonly Pick[] =>
  base.picks.map((pick) =>
    pick.kind === 'picked' && (pick.time < from || pick.time > to)
      ? { kind: 'skipped', reason: 'low-confidence' }
      : pick,
  );

function cut(shot: TimedShot, from: number, to: number): TimedShot {
  const n = to - from;
  const amplitudes = new Float32Array(shot.traces.length * n);
  shot.traces.forEach((_, i) => {
    amplitudes.set(row(shot, i).subarray(from, to), i * n);
  });
  return {
    ...shot,
    amplitudes,
    samples: samples(n),
    firstSample: { ...shot.firstSample, time: ms(shot.firstSample.time + from * shot.sampleInterval) },
    traces: shot.traces.map((trace) => ({ ...trace, start: samples(0), count: samples(n) })),
  };
}

const LOST = ['unpicked-traces', 'weak-traces', 'low-confidence', 'suspect-picks', 'low-signal-to-noise'];

const tooShort: Fault = {
  name: 'record too short',
  code: 'record-too-short',
  also: LOST,
  strengths: [10, 25, 40].map((value) => ({ label: `${value} % of breaks lost`, value })),
  stated: 10,
  fits: timedWell,
  plant(base, strength) {
    const { shot } = base;
    const end = quantile(base, 1 - strength / 100);
    const to = Math.floor((end - shot.firstSample.time) / shot.sampleInterval);
    return whole({ shot: cut(shot, 0, to), picks: within(base, Number.NEGATIVE_INFINITY, end - shot.sampleInterval) });
  },
};

const tooLate: Fault = {
  name: 'record begins too late',
  code: 'record-too-late',
  also: LOST,
  strengths: [10, 25, 40].map((value) => ({ label: `${value} % of breaks lost`, value })),
  stated: 25,
  fits: timedWell,
  plant(base, strength) {
    const { shot } = base;
    const begin = quantile(base, strength / 100);
    const from = Math.ceil((begin - shot.firstSample.time) / shot.sampleInterval);
    return whole({ shot: cut(shot, from, shot.samples), picks: within(base, begin, Number.POSITIVE_INFINITY) });
  },
};

const wildPicks: Fault = {
  name: 'wild picks, a fifth of them',
  code: 'suspect-picks',
  also: ['swapped-traces', 'reversed-traces'],
  strengths: [1, 2, 4].map((value) => ({ label: `${value} periods off`, value })),
  stated: 2,
  fits: (base) => wellPicked(base) && base.picks.filter(({ kind }) => kind === 'picked').length >= 20,
  plant(base, strength, dice) {
    const period = Math.max(8, factsOf(base.shot, base.picks).period ?? 0);
    const rows = base.picks.flatMap(({ kind }, i) => (kind === 'picked' ? [i] : []));
    const wild = new Set(
      Array.from({ length: Math.round(rows.length / 5) }, () => rows.splice(dice.integer(0, rows.length - 1), 1)[0]),
    );
    return {
      shot: base.shot,
      picks: base.picks.map((pick, i) =>
        pick.kind === 'picked' && wild.has(i)
          ? { ...pick, time: ms(pick.time + (dice.chance(0.7) ? 1 : -1) * strength * period * dice.uniform(1, 1.5)) }
          : pick,
      ),
      traces: [...wild].map((i) => base.shot.traces[i].index),
    };
  },
};

const copied: Fault = {
  name: 'duplicate shot',
  code: 'duplicate-shot',
  also: ['ffid-order', 'clock-gap', 'weak-source'],
  strengths: [{ label: 'under another number', value: 1 }],
  stated: 1,
  fits: ({ others }) => others.length > 0,
  plant: (base) =>
    whole({
      shot: { ...base.shot, ffid: (base.shot.ffid ?? 0) + 1 },
      picks: base.picks,
      line: { shots: [...lineOf(base).shots, summaryOf(base)] },
    }),
};

/** Others as a line that was shot number after number, minute after minute. */
const counted = (base: Base): LineContext => ({
  shots: lineOf(base).shots.map((shot, k) => ({
    ...shot,
    ffid: 100 + k,
    recordedAt: `2024-05-14T09:${String(k % 60).padStart(2, '0')}:00`,
  })),
});

const NUMBERS: readonly ((next: number, dice: Dice) => number)[] = [
  (next, dice) => next - dice.integer(1, 4),
  (next, dice) => next + dice.integer(1, 20),
];

const misnumbered: Fault = {
  name: 'FFID used twice or skipped',
  code: 'ffid-order',
  strengths: ['used twice', 'skipped'].map((label, value) => ({ label, value })),
  stated: 0,
  fits: (base) => base.others.length >= 5 && base.others.length < 60 && base.set !== 'synthetic field' && !mixed(base),
  plant(base, which, dice) {
    const line = counted(base);
    const { length } = line.shots;
    return whole({
      shot: {
        ...base.shot,
        ffid: NUMBERS[which](100 + length, dice),
        recordedAt: `2024-05-14T09:${String(length).padStart(2, '0')}:00`,
      },
      picks: base.picks,
      line,
    });
  },
};

const clockJump: Fault = {
  name: 'clock back or days ahead',
  code: 'clock-gap',
  strengths: ['back by an hour', 'back to 1980', 'days ahead'].map((label, value) => ({ label, value })),
  stated: 0,
  fits: misnumbered.fits,
  plant(base, which) {
    const line = counted(base);
    const recordedAt = ['2024-05-14T08:30:00', '1980-01-06T00:00:10', '2024-05-19T10:00:00'][which];
    return whole({ shot: { ...base.shot, ffid: 100 + line.shots.length, recordedAt }, picks: base.picks, line });
  },
};

export const SHOT_FAULTS: readonly Fault[] = [
  triggerInLine,
  triggerAlone,
  timeBreak,
  delayNotThere,
  delaySign,
  positionAlong,
  positionBeside,
  lengthsInLine,
  lengthsAlone,
  offsetsOff,
  geometryLost,
  clockRate,
  mixedSpread,
  backwards,
  noShot,
  weakShot,
  twice,
  air,
  hum,
  tooShort,
  tooLate,
  wildPicks,
  copied,
  misnumbered,
  clockJump,
];
