/** Hum of the mains: 50 Hz, 60 Hz, or the 16⅔ Hz of railways, with harmonics. */
import { type ToneListener, toneListener } from '../../signal/tone.ts';
import { decibels, type Hertz, hertz } from '../../units.ts';
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
  const { coarse, live } = facts;
  const ears = earsOf(coarse);
  const found = MAINS.map((mains) => ({
    ...mains,
    hums: new Map(live.flatMap((i) => humOf(facts, profile, { i, mains, ears }) ?? [])),
  }));
  const most = found.reduce((best, next) => (next.hums.size > best.hums.size ? next : best));
  // 50 Hz is a harmonic of 16⅔ Hz, and not the other way round
  const railway = found[2].hums.size >= most.hums.size / 2 ? found[2] : most;
  if (railway.hums.size === 0) return [];
  const cause = `${wordsOf(railway.name, facts, railway.hums)}: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, [...railway.hums.keys()], facts, profile);
  return remark ? [remark] : [];
};

/** Listeners, made when first asked for. */
function earsOf({ interval }: Coarse): (tone: number) => ToneListener | undefined {
  const made = new Map<number, ToneListener | undefined>();
  return (tone) => {
    if (!made.has(tone)) made.set(tone, toneListener(hertz(tone) satisfies Hertz, interval));
    return made.get(tone);
  };
}

interface Listening {
  readonly i: number;
  readonly mains: (typeof MAINS)[number];
  readonly ears: (tone: number) => ToneListener | undefined;
}

function humOf(
  { coarse, breakLevels, conditions }: ShotFacts,
  { limits }: Profile,
  { i, mains, ears }: Listening,
): readonly [readonly [row: number, hum: Hum]] | undefined {
  const x = coarse.rows[i]!;
  const from = coarse.from[i];
  const to = Math.min(coarse.to[i], from + Math.floor(LONGEST / coarse.interval));
  const hear = (tone: number): readonly { tone: number; amplitude: number }[] => {
    const heard = ears(tone)?.(x, from, to);
    return heard && heard.sureness > limits['mains-traces.sureness'] ? [{ tone, amplitude: heard.amplitude }] : [];
  };
  if (!mains.heard.some((tone) => hear(tone).length > 0)) return undefined;
  const tones = mains.tones.flatMap(hear);
  const level = Math.sqrt(tones.reduce((sum, { amplitude }) => sum + amplitude ** 2 / 2, 0));
  const signal = breakLevels[i]?.signal ?? conditions[i].rms;
  if (decibels(level / signal) < limits['mains-traces.level']) return undefined;
  return [[i, { tones: tones.map(({ tone }) => tone), level }]];
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
