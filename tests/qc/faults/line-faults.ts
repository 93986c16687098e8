/**
 * A channel that is late by the same time wherever it is laid, planted in made lines whose spread moves with the source: none of the
 * open lines does. Counted as faults of shots are; here an untouched line stands for an untouched shot.
 */
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { row, type TimedShot } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { judgeLine } from '#shared/qc/line/judge-line.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { LineFinding, ShotSummary } from '#shared/qc/line/summary.ts';
import { metres, ms } from '#shared/units.ts';
import { diceOf } from '../../../training/synthetic/dice.ts';
import type { Base } from './fault.ts';

export interface LineScore {
  readonly rates: readonly { readonly label: string; readonly lines: number; readonly found: number }[];
  readonly stated: string;
  readonly planted: number;
  readonly detection: number;
  readonly named: number;
  /** Within 1 ms of what was planted. */
  readonly within: number;
  readonly alarms: readonly string[];
  readonly untouched: number;
}

export const CODE = 'channel-delay';
const DELAYS = [1, 2.5, 4, 8] as const;
/** Twice what two people who pick a clean trace differ by. */
const STATED = 4;
const NEAR = 1;
const [LINES, SHOTS, CHANNELS, SPACING, ROLL] = [16, 10, 24, 2, 4];

const shotsOf = (line: number): readonly TimedShot[] =>
  Array.from({ length: SHOTS }, (_, i) => {
    const { shot } = syntheticShot({
      ffid: 100 + i,
      source: metres(8 * SPACING),
      channels: CHANNELS,
      spacing: metres(SPACING),
      firstSample: ms(-40),
      length: ms(200),
      seed: 1000 * line + i,
    });
    const to = <P extends { readonly x: number }>(place: P) => ({ ...place, x: metres(place.x + i * ROLL) });
    return {
      ...shot,
      source: to(shot.source!),
      traces: shot.traces.map((trace) => ({ ...trace, receiver: to(trace.receiver!) })),
    };
  });

/** The samples of one channel later by so much, between samples on the straight line. */
function delayed(shot: TimedShot, channel: number, by: number): TimedShot {
  const copy = { ...shot, amplitudes: shot.amplitudes.slice() };
  const [x, y] = [row(shot, channel), row(copy, channel)];
  const lag = by / shot.sampleInterval;
  for (let k = 0; k < y.length; k++) {
    const place = Math.min(Math.max(k - lag, 0), x.length - 2);
    const floor = Math.floor(place);
    y[k] = x[floor] + (place - floor) * (x[floor + 1] - x[floor]);
  }
  return copy;
}

async function summaries(shots: readonly TimedShot[], picker: Picker): Promise<readonly ShotSummary[]> {
  const found: ShotSummary[] = [];
  for (const [i, shot] of shots.entries()) {
    const facts = factsOf(shot, await picker.pick(shot));
    found.push(summarise(facts, judgeFacts(facts), `line/${i}.sg2`));
  }
  return found;
}

/** @param bases open field shots, set for set a line that is not to be blamed */
export async function channelDelayScore(picker: Picker, bases: readonly Base[]): Promise<LineScore> {
  const outcomes: { delay: number; finding: LineFinding | undefined; others: boolean; late: number }[] = [];
  const alarms: string[] = [];
  for (let line = 1; line <= LINES; line++) {
    const shots = shotsOf(line);
    const clean = await summaries(shots, picker);
    const before = new Set(judgeLine(clean).findings.map(({ code }) => code));
    if (before.has(CODE)) alarms.push(`made line ${line}`);
    for (const [k, delay] of DELAYS.entries()) {
      const dice = diceOf(line, k);
      const channel = dice.integer(0, CHANNELS - 1);
      const late = dice.chance(0.5) ? delay : -delay;
      const after = judgeLine(
        await summaries(
          shots.map((shot) => delayed(shot, channel, late)),
          picker,
        ),
      ).findings;
      const finding = after.find(
        ({ code, receivers }) => code === CODE && receivers.some((receiver) => receiver.channel === channel + 1),
      );
      const others = after.some(({ code, receivers }) =>
        code === CODE ? receivers.every((receiver) => receiver.channel !== channel + 1) : !before.has(code),
      );
      outcomes.push({ delay, finding, others, late });
    }
  }
  const sets = Map.groupBy(bases, ({ set }) => set);
  for (const [set, shots] of sets) {
    const line = shots.map(({ shot, picks, file }) => {
      const facts = factsOf(shot, picks);
      return summarise(facts, judgeFacts(facts), file);
    });
    if (judgeLine(line).findings.some(({ code }) => code === CODE)) alarms.push(set);
  }
  const stated = outcomes.filter(({ delay }) => delay === STATED);
  const found = stated.filter(({ finding }) => finding !== undefined);
  return {
    rates: DELAYS.map((delay) => {
      const these = outcomes.filter((outcome) => outcome.delay === delay);
      return { label: `${delay} ms`, lines: these.length, found: these.filter(({ finding }) => finding).length };
    }),
    stated: `${STATED} ms`,
    planted: stated.length,
    detection: found.length / stated.length,
    named: found.filter(({ others }) => !others).length / found.length,
    within: found.filter(({ finding, late }) => Math.abs(finding!.value - late) <= NEAR).length / found.length,
    alarms,
    untouched: LINES + sets.size,
  };
}
