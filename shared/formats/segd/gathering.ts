/**
 * Traces gathered into shots: those that share length, interval and time of the first sample. Amplitudes go straight into
 * the shot they belong to; a shot that would outgrow `MAX_SHOT_SAMPLES` is delivered in parts.
 */
import { type Problem, RecordError } from '../../errors.ts';
import { type FirstSample, MAX_SHOT_SAMPLES, type Shot, type Trace } from '../../gather.ts';
import { type Milliseconds, samples } from '../../units.ts';

/** What the traces of one shot share. */
export interface ShotKey {
  readonly samples: number;
  readonly interval: Milliseconds | undefined;
  readonly firstSample: FirstSample;
  /** Keeps traces of different shots apart that agree in all else. */
  readonly apart?: number;
}

export type GatheredTrace = Omit<Trace, 'start' | 'count'> & {
  /** Said of this trace; traces of which the same is said are listed together. */
  readonly problem?: Problem;
};

/** The shot but for what its traces say. */
export type ShotFrame = Omit<Shot, 'amplitudes' | 'samples' | 'sampleInterval' | 'firstSample' | 'traces'>;

export interface Gathering {
  /**
   * Makes room for a trace, of which `expected` more like it are likely to come: its samples go to `amplitudes[at …]`.
   * `full` are the parts that had to be delivered first.
   * @throws RecordError `too-large` for a single trace that cannot be held
   */
  add(key: ShotKey, trace: GatheredTrace, expected: number): { amplitudes: Float32Array; at: number; full: Shot[] };
  /** The shots gathered, in the order of their first traces; `problems` go to the first. */
  finish(problems: readonly Problem[]): Shot[];
}

/** Most traces of a shot, so that a file of countless tiny traces stays bounded too. */
const MOST_TRACES = 1 << 20;

interface Growing {
  readonly key: ShotKey;
  amplitudes: Float32Array;
  traces: Trace[];
  notes: Map<string, { readonly problem: Problem; readonly channels: number[] }>;
  parts: number;
}

export function gather(file: string, frame: (key: ShotKey) => ShotFrame, withAmplitudes: boolean): Gathering {
  const growing = new Map<string, Growing>();
  let held = 0;

  const deliver = (shot: Growing, problems: readonly Problem[] = []): Shot => {
    const { key, traces, notes, amplitudes } = shot;
    const base = frame(key);
    held -= amplitudes.length;
    if (shot.parts > 0)
      problems = [
        ...problems,
        { code: 'shot-in-parts', message: `part ${shot.parts} of a shot too large to be held at once` },
      ];
    Object.assign(shot, { amplitudes: new Float32Array(0), traces: [], notes: new Map() });
    return {
      ...base,
      amplitudes: withAmplitudes ? amplitudes.subarray(0, traces.length * key.samples) : amplitudes,
      samples: samples(key.samples),
      sampleInterval: key.interval,
      firstSample: key.firstSample,
      traces,
      problems: [...base.problems, ...problems, ...[...notes.values()].map(noteOf)],
    };
  };
  const deliverPart = (shot: Growing): Shot => {
    shot.parts++;
    return deliver(shot);
  };

  return {
    add(key, { problem, ...trace }, expected) {
      if (withAmplitudes && key.samples > MAX_SHOT_SAMPLES)
        throw new RecordError(
          'too-large',
          file,
          `expected traces of at most ${MAX_SHOT_SAMPLES} samples, found one of ${key.samples}`,
        );
      const name = `${key.samples} ${key.interval} ${key.firstSample.time} ${key.apart ?? ''}`;
      let shot = growing.get(name);
      if (!shot) {
        shot = { key, amplitudes: new Float32Array(0), traces: [], notes: new Map(), parts: 0 };
        growing.set(name, shot);
      }
      const full: Shot[] = [];
      if (shot.traces.length >= MOST_TRACES) full.push(deliverPart(shot));
      if (withAmplitudes && (shot.traces.length + 1) * key.samples > shot.amplitudes.length) {
        while (held - shot.amplitudes.length + (shot.traces.length + 1) * key.samples > MAX_SHOT_SAMPLES)
          full.push(deliverPart(largest(growing.values())));
        const traces = Math.max(shot.traces.length + 1, expected, Math.ceil(shot.traces.length * 1.5));
        const room = MAX_SHOT_SAMPLES - held + shot.amplitudes.length;
        const larger = new Float32Array(Math.min(traces, Math.floor(room / key.samples)) * key.samples);
        larger.set(shot.amplitudes.subarray(0, shot.traces.length * key.samples));
        held += larger.length - shot.amplitudes.length;
        shot.amplitudes = larger;
      }
      const at = withAmplitudes ? shot.traces.length * key.samples : 0;
      shot.traces.push({ ...trace, start: samples(0), count: samples(key.samples) });
      if (problem) {
        const note = shot.notes.get(problem.message);
        if (note) note.channels.push(trace.channel);
        else shot.notes.set(problem.message, { problem, channels: [trace.channel] });
      }
      return { amplitudes: shot.amplitudes, at, full };
    },
    finish(problems) {
      const left = [...growing.values()].filter((shot) => shot.traces.length > 0);
      growing.clear();
      return left.map((shot, i) => {
        if (shot.parts > 0) shot.parts++;
        return deliver(shot, i === 0 ? problems : []);
      });
    },
  };
}

const largest = (shots: Iterable<Growing>): Growing =>
  [...shots].reduce((a, b) => (b.amplitudes.length > a.amplitudes.length ? b : a));

const LISTED = 10;

function noteOf({ problem, channels }: { problem: Problem; channels: readonly number[] }): Problem {
  const more = channels.length > LISTED ? ` and ${channels.length - LISTED} more` : '';
  return { code: problem.code, message: `${problem.message}: ${channels.slice(0, LISTED).join(', ')}${more}` };
}
