/** Picks with both ends in space: what tomography programs want. Shots without geometry get a line of one metre a channel. */
import type { Position, Trace } from '../gather.ts';
import type { PickedShot } from '../picks.ts';
import { type Milliseconds, metres } from '../units.ts';
import { uncertainty } from './uncertainty.ts';

export interface Ray {
  readonly picked: PickedShot;
  readonly trace: Trace;
  readonly source: Position;
  readonly receiver: Position;
  readonly time: Milliseconds;
  readonly uncertainty: Milliseconds;
}

export interface Rays {
  readonly rays: readonly Ray[];
  /** What a reader of the file must know: positions made up, picks left out. One line, or empty. */
  readonly note: string;
}

/** The picks of all shots. Where some shots have geometry, those without are left out: two coordinate systems do not mix. */
export function raysOf(shots: readonly PickedShot[]): Rays {
  const surveyed = shots.filter(isSurveyed);
  if (surveyed.length === 0)
    return {
      rays: shots.flatMap((picked) => rays(onChannelLine(picked))),
      note: 'no geometry in the files: x is the channel number, the shot is at the channel of its earliest pick',
    };
  const without = shots.length - surveyed.length;
  return {
    rays: surveyed.flatMap(rays),
    note: without > 0 ? `${without} of ${shots.length} shots have no geometry and are left out` : '',
  };
}

const isSurveyed = ({ shot }: PickedShot) =>
  shot.source !== undefined && shot.traces.some(({ receiver }) => receiver !== undefined);

function rays(picked: PickedShot): Ray[] {
  const { shot, picks } = picked;
  return shot.traces.flatMap((trace, i) => {
    const pick = picks[i];
    if (pick.kind !== 'picked' || !trace.receiver || !shot.source) return [];
    return [
      {
        picked,
        trace,
        source: shot.source,
        receiver: trace.receiver,
        time: pick.time,
        uncertainty: uncertainty(pick.confidence, shot.sampleInterval),
      },
    ];
  });
}

const onLine = (x: number): Position => ({ x: metres(x), y: metres(0), z: metres(0) });

function onChannelLine(picked: PickedShot): PickedShot {
  const { shot, picks } = picked;
  let earliest: { time: number; channel: number } | undefined;
  for (const [i, pick] of picks.entries())
    if (pick.kind === 'picked' && (earliest === undefined || pick.time < earliest.time))
      earliest = { time: pick.time, channel: shot.traces[i].channel };
  return {
    ...picked,
    shot: {
      ...shot,
      source: onLine(earliest?.channel ?? 0),
      traces: shot.traces.map((trace) => ({ ...trace, receiver: onLine(trace.channel) })),
    },
  };
}
