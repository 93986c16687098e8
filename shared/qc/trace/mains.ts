/** Hum of the mains: 50 Hz, 60 Hz, or the 16⅔ Hz of railways, with harmonics. */
import { type ToneListener, toneListener } from '../../signal/tone.ts';
import { decibels, hertz, type Milliseconds, ms } from '../../units.ts';
import type { Coarse } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { middle } from '../middle.ts';
import type { Profile } from '../profile.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'mains-traces',
  of: 'live traces',
  what: 'carry hum of the mains',
  cause: 'a power line, transformer or railway nearby, a damaged cable, moisture in a plug, or a ground loop',
  advice: 'check cables and plugs of these channels, take the recorder off shared grounds, else filter the tone out',
};

/** `heard`: what gives it away (rectifiers and transformers hum at twice the mains); `tones`: what it is made of. */
const MAINS = [
  { name: '50 Hz', heard: [50, 100], tones: [50, 100, 150, 200, 250] },
  { name: '60 Hz', heard: [60, 120], tones: [60, 120, 180, 240, 300] },
  { name: '16.7 Hz', heard: [50 / 3], tones: [50 / 3, 100 / 3, 50, 250 / 3] },
] as const;

/** The mains wander by a twentieth of a hertz: longer than this they do not keep their phase. Milliseconds. */
const LONGEST = 2000;

interface Hum {
  /** Hertz. */
  readonly tones: readonly number[];
  /** Root mean square of all tones, in stored units. */
  readonly level: number;
}

export const mainsTraces: Judge = (facts, profile) => {
  const sure = humsOf(facts, profile, MAINS, facts.live, UNKNOWN);
  const most = sure.reduce((best, next) => (next.hums.size > best.hums.size ? next : best));
  // 50 Hz is a harmonic of 16⅔ Hz, and not the other way round
  const there = sure[2].hums.size >= most.hums.size / 2 ? sure[2] : most;
  const remarkOf = (hums: ReadonlyMap<number, Hum>) => {
    const cause = `${wordsOf(there.name, facts, hums)}: ${RULE.cause}`;
    return shareRemark(
      { ...RULE, cause },
      [...hums.keys()].sort((a, b) => a - b),
      facts,
      profile,
    );
  };
  if (there.hums.size === 0) return [];
  const remark = remarkOf(there.hums);
  if (remark === undefined || remark.severity === 'info') return remark ? [remark] : [];
  const others = facts.live.filter((i) => !there.hums.has(i));
  const [more] = humsOf(facts, profile, [there], others, KNOWN);
  return [remarkOf(new Map([...there.hums, ...more.hums])) ?? remark];
};

/**
 * Parts of the sureness and of the level that are asked for. Of mains that by themselves warn it is known that they are there, and not on
 * which other traces: one frequency is listened for, and chance reaches 2.4 deviations on one trace in twenty.
 */
interface Asked {
  readonly sureness: number;
  readonly level: number;
  /** How much nearer to it thinned traces must come. */
  readonly hint: number;
}
const UNKNOWN: Asked = { sureness: 1, level: 1, hint: 1 };
const KNOWN: Asked = { sureness: 0.4, level: 0.5, hint: 1.5 };

type Mains = Pick<(typeof MAINS)[number], 'name' | 'heard' | 'tones'>;

/** Of each of the mains, what hums on which row. */
function humsOf(facts: ShotFacts, profile: Profile, mains: readonly Mains[], rows: readonly number[], asked: Asked) {
  const ears = earsOf(facts.coarse);
  const room = new Map<number, Float32Array>();
  const limits = {
    sure: asked.sureness * profile.limits['mains-traces.sureness'],
    hint: asked.hint,
    least: asked.level * 10 ** (profile.limits['mains-traces.level'] / 20),
  };
  const found = mains.map((one) => ({ ...one, hums: new Map<number, Hum>() }));
  for (const i of rows) {
    const loud = found.filter(({ tones }) => !isQuiet(facts, i, tones[0], limits.least));
    if (loud.length === 0) continue;
    const thin = thinned(facts.coarse, i, room);
    for (const { heard, tones, hums } of loud) {
      const hum = humOf(facts, { i, heard, tones, ears, thin, ...limits });
      if (hum) hums.set(i, hum);
    }
  }
  return found;
}

/** Hum that matters is there before the break too; a part of it may hide by chance. */
const QUIET = 0.75;
/** Cycles of a tone that show how strong it is. */
const SHOWING = 2;

/** Whether so little is there before the break that no hum of this lowest tone can matter. */
function isQuiet(
  { shot, breaks, levels, breakLevels, conditions }: ShotFacts,
  i: number,
  tone: number,
  least: number,
): boolean {
  const level = levels[i];
  if (level === undefined || breaks[i] === undefined) return false;
  const before = (breaks[i] - shot.traces[i].start) * shot.sampleInterval;
  if (before < (SHOWING * 1000) / tone) return false;
  const signal = breakLevels[i]?.signal ?? conditions[i].rms;
  return level.noise / (QUIET * signal) < least;
}

type Ears = (tone: number, step: number) => ToneListener | undefined;

/** Listeners, made when first asked for; by tone and step. Those for the interval of the last shot are kept: the next one has the same. */
function earsOf({ interval }: Coarse): Ears {
  if (kept?.interval === interval) return kept.ears;
  const made = new Map<number, ToneListener | undefined>();
  const ears: Ears = (tone, step) => {
    const key = tone * THINNEST * 2 + step;
    if (!made.has(key)) made.set(key, toneListener(hertz(tone), ms(step * interval)));
    return made.get(key);
  };
  kept = { interval, ears };
  return ears;
}

let kept: { readonly interval: Milliseconds; readonly ears: Ears } | undefined;

/** A thinned trace need not hold more samples a cycle of a tone, nor be thinned more, to tell that the tone is not there. */
const A_CYCLE = 4;
const THINNEST = 16;
/** Of the sureness that is asked for: a tone less sure than this on the thinned trace is not looked at further, by half of it, then by all. */
const HINTS = [
  { every: 2, hint: 0.3 },
  { every: 1, hint: 0.5 },
] as const;
/** Of the tones that give mains away. */
const HIGHEST = 120;

/** The first samples of an array. */
interface Part {
  readonly x: Float32Array;
  readonly length: number;
}

/** The trace averaged over 1, 2, 4 … samples, as far as they are listened to; `room` is used again for the next. [power of two] */
function thinned({ rows, from, to, interval }: Coarse, i: number, room: Map<number, Float32Array>): readonly Part[] {
  const length = Math.min(to[i] - from[i], Math.floor(LONGEST / interval));
  const whole = { x: from[i] === 0 ? rows[i]! : rows[i]!.subarray(from[i]), length };
  const levels: Part[] = [whole];
  for (let level = Math.max(1, levelFor(HIGHEST, interval)); 2 ** level <= THINNEST; level++) {
    const step = levels[level - 1] ? 2 : 2 ** level;
    levels[level] = averaged(levels[level - 1] ?? whole, step, roomAt(room, level, length));
  }
  return levels;
}

function roomAt(room: Map<number, Float32Array>, level: number, length: number): Float32Array {
  const known = room.get(level);
  if (known !== undefined && known.length >= length >> level) return known;
  const made = new Float32Array(length >> level);
  room.set(level, made);
  return made;
}

function averaged({ x, length }: Part, step: number, y: Float32Array): Part {
  const count = Math.floor(length / step);
  if (step === 2) for (let k = 0; k < count; k++) y[k] = (x[2 * k] + x[2 * k + 1]) / 2;
  else if (step === 4)
    for (let k = 0; k < count; k++) y[k] = (x[4 * k] + x[4 * k + 1] + x[4 * k + 2] + x[4 * k + 3]) / 4;
  else
    for (let k = 0, n = 0; k < count; k++) {
      let sum = 0;
      for (const end = n + step; n < end; n++) sum += x[n];
      y[k] = sum / step;
    }
  return { x: y, length: count };
}

/** Power of two by which a trace may be thinned for a tone. */
const levelFor = (tone: number, interval: Milliseconds): number =>
  Math.floor(Math.log2(Math.max(1, Math.min(THINNEST, 1000 / (A_CYCLE * tone * interval)))));

interface Listening {
  readonly i: number;
  readonly heard: readonly number[];
  readonly tones: readonly number[];
  readonly ears: Ears;
  readonly thin: readonly Part[];
  readonly sure: number;
  readonly hint: number;
  /** Of the signal. */
  readonly least: number;
}

function humOf(
  { coarse, breakLevels, conditions }: ShotFacts,
  { i, heard, tones, ears, thin, sure, hint: nearer, least }: Listening,
): Hum | undefined {
  const [whole] = thin;
  const hear = (tone: number): readonly { tone: number; amplitude: number }[] => {
    const found = ears(tone, 1)?.(whole.x, 0, whole.length);
    return found && found.sureness > sure ? [{ tone, amplitude: found.amplitude }] : [];
  };
  const mayHum = (tone: number): boolean => {
    const level = levelFor(tone, coarse.interval);
    const ear = level === 0 ? undefined : ears(tone, 2 ** level);
    if (ear === undefined) return true;
    const { x, length } = thin[level];
    return HINTS.every(({ every, hint }) => {
      const enough = nearer * hint * sure;
      const found = ear(x, 0, length, enough, every);
      return found === undefined || found.sureness > enough;
    });
  };
  if (!heard.some((tone) => mayHum(tone) && hear(tone).length > 0)) return undefined;
  const sounding = tones.flatMap(hear);
  const level = Math.sqrt(sounding.reduce((sum, { amplitude }) => sum + amplitude ** 2 / 2, 0));
  const signal = breakLevels[i]?.signal ?? conditions[i].rms;
  if (level < least * signal) return undefined;
  return { tones: sounding.map(({ tone }) => tone), level };
}

/** "50 Hz with 100 and 150 Hz, 8 dB below the signal". */
function wordsOf(name: string, { breakLevels, conditions }: ShotFacts, hums: ReadonlyMap<number, Hum>): string {
  const heard = [...hums.values()].flatMap(({ tones }) => tones);
  const often = [...new Set(heard)].filter((tone) => 2 * heard.filter((other) => other === tone).length >= hums.size);
  const others = often.map((tone) => `${Math.round(10 * tone) / 10} Hz`).filter((words) => words !== name);
  const levels = [...hums].map(([i, { level }]) => decibels(level / (breakLevels[i]?.signal ?? conditions[i].rms)));
  const level = Math.round(middle(levels)!);
  return `hum of ${name}${others.length > 0 ? ` with ${others.join(', ')}` : ''}, ${Math.abs(level)} dB ${level < 0 ? 'below' : 'above'} the signal at the first break`;
}
