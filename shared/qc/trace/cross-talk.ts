/**
 * Channels that leak into others: before its own first break a trace then shows the wave form of a trace nearer to the source, at
 * the same instant, where a wave in the ground would come later.
 */

import { coarsePlace, swing } from '../coarse.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judge } from '../judges.ts';
import { type ShareRule, shareRemark } from './share.ts';

const RULE: ShareRule = {
  code: 'cross-talk-traces',
  of: 'live traces',
  what: 'carry the signal of another channel',
  cause: 'cross-talk in a wet or damaged cable or plug, or between inputs of the recorder',
  advice: 'dry and clean the plugs, change the cable; distrust breaks there that are as early as those near the source',
};

/** Periods that must lie between the two breaks, and are looked at at most; left out before the later one. */
const LEAST = 3;
const MOST = 20;
const GUARD = 0.5;
/** A wave with moveout fits better shifted by this share of a period; a leak does not. */
const SHIFT = 0.2;
/** What leaks must stand this far (ratio) out of what was there before. */
const RISE = 1.3;
/** A leak is like the other at once alone: shifted, less so by this. Two waves of the ground that are alike by chance seldom are. */
const SHARP = 0.45;
/** A channel that plainly leaks into so many is looked for on all others, where noise leaves less of the likeness. */
const SURE = 2;
const LESS_ALIKE = 0.75;
/** Loudest channels that may leak into any; channels on either side that may leak into their neighbour. */
const LOUDEST = 2;
const BESIDE = 2;

export const crossTalkTraces: Judge = (facts, profile) => {
  const likeness = profile.limits['cross-talk-traces.likeness'];
  const loud = loudestOf(facts);
  const from = new Map(facts.live.flatMap((_, place) => leakInto(facts, place, loud, likeness) ?? []));
  if (from.size === 0) return [];
  const leaking = loud.filter((j) => [...from.values()].filter((other) => other === j).length >= SURE);
  for (const i of facts.live)
    for (const j of leaking)
      if (i !== j && !from.has(i) && isAtOnce(facts, j, i, LESS_ALIKE * likeness)) from.set(i, j);
  const channel = (i: number) => facts.shot.traces[i].channel;
  const sources = [...new Set([...from.values()].map(channel))];
  const cause = `the wave form of channel ${sources.slice(0, 3).join(', ')}${sources.length > 3 ? ', …' : ''} appears on others at once: ${RULE.cause}`;
  const remark = shareRemark({ ...RULE, cause }, [...from.keys()], facts, profile);
  return remark ? [remark] : [];
};

/** @param place among the live rows */
function leakInto(
  facts: ShotFacts,
  place: number,
  loud: readonly number[],
  likeness: number,
): readonly [readonly [number, number]] | undefined {
  const { live } = facts;
  const i = live[place];
  const near = live.slice(Math.max(0, place - BESIDE), place + BESIDE + 1);
  const beside = near.filter((j) => Math.abs(j - i) <= BESIDE);
  const from = [...loud, ...beside].find((j) => j !== i && leaks(facts, j, i, likeness));
  return from === undefined ? undefined : [[i, from]];
}

function loudestOf({ live, breakLevels }: ShotFacts): readonly number[] {
  const level = (i: number) => breakLevels[i]?.signal ?? 0;
  return live.toSorted((a, b) => level(b) - level(a)).slice(0, LOUDEST);
}

/** Does trace `j` appear on trace `i` between the breaks of the two, and is it more than what was there before? */
function leaks(facts: ShotFacts, j: number, i: number, likeness: number): boolean {
  const { coarse, period } = facts;
  const part = between(facts, j, i);
  if (part === undefined || !isAtOnce(facts, j, i, likeness)) return false;
  const wave = period! / coarse.interval;
  const before = Math.max(coarse.from[i], Math.floor(part.from - MOST * wave));
  if (part.from - before < wave) return true;
  const x = coarse.rows[i]!;
  return swing(x, part.from, part.to) > RISE * swing(x, before, part.from);
}

/** Is trace `i` like trace `j` between their breaks, and that at once only? */
function isAtOnce(facts: ShotFacts, j: number, i: number, likeness: number): boolean {
  const { coarse, period } = facts;
  const part = between(facts, j, i);
  if (part === undefined) return false;
  const [x, y] = [coarse.rows[i]!, coarse.rows[j]!];
  const shift = Math.max(1, Math.round((SHIFT * period!) / coarse.interval));
  const at = (lag: number) => likenessOf(x, y, part.from + shift, part.to - shift, lag);
  const together = at(0);
  if (Math.abs(together) < likeness) return false;
  return Math.abs(together) >= SHARP + Math.max(...[-shift, shift].map((lag) => at(lag) * Math.sign(together)));
}

/** From the break of trace `j` to shortly before that of trace `i`; undefined where there is too little of it. */
function between({ coarse, breaks, period }: ShotFacts, j: number, i: number) {
  if (breaks[i] === undefined || breaks[j] === undefined) return undefined;
  const wave = period! / coarse.interval;
  const from = Math.max(Math.ceil(coarsePlace(coarse, breaks[j])), coarse.from[i], coarse.from[j]);
  const end = Math.floor(coarsePlace(coarse, breaks[i]) - GUARD * wave);
  if (end - from < LEAST * wave) return undefined;
  return { from, to: Math.min(end, Math.ceil(from + MOST * wave), coarse.to[i], coarse.to[j]) };
}

function likenessOf(x: Float32Array, y: Float32Array, from: number, to: number, lag: number): number {
  let [xy, xx, yy] = [0, 0, 0];
  for (let k = from; k < to; k++) {
    xy += x[k] * y[k + lag];
    xx += x[k] * x[k];
    yy += y[k + lag] * y[k + lag];
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
