/** A line of synthetic shots whose first breaks are known, with faults planted in some of them, as its summaries. */
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { row, type TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { type Metres, metres, ms } from '#shared/units.ts';

export interface MadeShot {
  readonly shot: TimedShot;
  readonly picks: readonly Pick[];
}

export interface LinePlan {
  readonly shots?: number;
  readonly channels?: number;
  /** Metres that source and spread move on from shot to shot; else the sources walk along a spread that lies still. */
  readonly roll?: number;
  /** Channels, from 1. */
  readonly dead?: (shot: number) => readonly number[];
  readonly change?: (made: MadeShot, shot: number) => MadeShot;
  readonly file?: (shot: number) => string;
}

const SPACING = metres(2);

/** Sources stand at every receiver place, so that times can be swapped. */
export function madeLine({
  shots = 16,
  channels = 24,
  roll,
  dead = () => [],
  change = (made) => made,
  file = (i) => `line/${i}.sg2`,
}: LinePlan = {}): readonly ShotSummary[] {
  return Array.from({ length: shots }, (_, i) => {
    const place = roll === undefined ? Math.floor((i * channels) / shots) : 8;
    const { shot, onsets } = syntheticShot({
      ffid: 100 + i,
      source: metres(place * SPACING),
      channels,
      spacing: SPACING,
      firstSample: ms(-40),
      length: ms(240),
      dead: dead(i),
      seed: 7 + i,
    });
    const picks = onsets.map(
      (time): Pick =>
        time === undefined ? { kind: 'skipped', reason: 'dead' } : { kind: 'picked', time, confidence: 0.9 },
    );
    const made = change({ shot: moved(shot, metres(i * (roll ?? 0))), picks }, i);
    const facts = factsOf(made.shot, made.picks);
    return summarise(facts, judgeFacts(facts), file(i));
  });
}

function moved(shot: TimedShot, by: Metres): TimedShot {
  const to = <P extends { readonly x: Metres }>(place: P): P => ({ ...place, x: metres(place.x + by) });
  return {
    ...shot,
    source: to(shot.source!),
    traces: shot.traces.map((trace) => ({ ...trace, receiver: to(trace.receiver!) })),
  };
}

/** Picks moved by what `shift` gives for a trace, ms. */
export const shifted = ({ shot, picks }: MadeShot, shift: (trace: number) => number): MadeShot => ({
  shot,
  picks: picks.map((pick, k) => (pick.kind === 'picked' ? { ...pick, time: ms(pick.time + shift(k)) } : pick)),
});

/** All times of the shot, picks and samples alike, moved by `error` ms: a trigger that came too early by as much. */
export function late(made: MadeShot, error: number): MadeShot {
  const { firstSample } = made.shot;
  const shot = { ...made.shot, firstSample: { ...firstSample, time: ms(firstSample.time + error) } };
  return shifted({ ...made, shot }, () => error);
}

/** Amplitudes after or before the first breaks multiplied. */
export function scaled({ shot, picks }: MadeShot, { before = 1, after = 1 }): MadeShot {
  const changed = { ...shot, amplitudes: shot.amplitudes.slice() };
  for (const [k, pick] of picks.entries()) {
    if (pick.kind !== 'picked') continue;
    const x = row(changed, k);
    const at = Math.round((pick.time - shot.firstSample.time) / shot.sampleInterval);
    for (let s = 0; s < x.length; s++) x[s] *= s < at ? before : after;
  }
  return { shot: changed, picks };
}
