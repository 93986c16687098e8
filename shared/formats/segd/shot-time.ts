/**
 * When the samples of a SEG-D trace were taken: what the file says, unless the user knows better. The start of a set is
 * recorded in steps of 2 ms up to revision 2.1, the timing word in 1/256 ms; it is taken from the first trace of each set.
 */
import type { FirstSample, OpenOptions } from '../../gather.ts';
import { type Milliseconds, ms } from '../../units.ts';
import type { ShotKey } from './gathering.ts';
import type { ChannelSet, RecordHead } from './record.ts';
import type { TraceHead } from './traces.ts';

/** How far a trace's own time zero may lie from the record's to belong to the same shot. */
const SAME_SHOT_US = 60e6;

/** The shot that a trace belongs to, and how many traces like it the record announces. */
export function shotTimes(head: RecordHead, { sampleInterval, timeZero }: OpenOptions) {
  const startOf = (set: ChannelSet, timing: Milliseconds | undefined): FirstSample => {
    const delay = head.sercel?.refractionDelay ?? 0;
    if (timing !== undefined && head.major < 3 && Math.abs(timing - set.start) < 2)
      return { time: timing, from: 'timing word of the trace header' };
    if (set.start === 0 && delay > 0) return { time: ms(delay), from: 'refraction delay of the extended header' };
    if (set.start === 0 && head.geospace)
      return { time: head.geospace.start, from: 'start of the record in the extended header' };
    return { time: set.start, from: 'start time of the channel set' };
  };
  const alike = (set: ChannelSet) => `${set.interval} ${set.start} ${set.samples}`;
  const declared = new Map<string, number>();
  for (const set of head.sets) declared.set(alike(set), (declared.get(alike(set)) ?? 0) + set.channels);
  const sets = new Map<ChannelSet, { start: FirstSample; expected: number; interval: Milliseconds | undefined }>();

  return (trace: TraceHead): { key: ShotKey; expected: number } => {
    const { set } = trace;
    let known = sets.get(set);
    if (!known) {
      const start =
        timeZero === undefined ? startOf(set, trace.timing) : { time: ms(-timeZero), from: 'given by the user' };
      known = { start, expected: declared.get(alike(set)) ?? set.channels, interval: sampleInterval ?? set.interval };
      sets.set(set, known);
    }
    const { start, interval } = known;
    const lag = trace.timeZero !== undefined && head.timeZero ? trace.timeZero - head.timeZero : 0; // µs
    const elsewhere = Math.abs(lag) > SAME_SHOT_US;
    const late = !elsewhere && timeZero === undefined && Math.abs(lag) >= (interval ?? 1) * 1000;
    return {
      key: {
        samples: trace.samples,
        interval,
        firstSample: late
          ? { time: ms(start.time + lag / 1000), from: `${start.from}, time stamps of record and trace` }
          : start,
        ...(elsewhere && { apart: trace.timeZero }),
      },
      expected: known.expected,
    };
  };
}
