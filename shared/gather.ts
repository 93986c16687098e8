/**
 * A shot as a reader delivers it: amplitudes of all its traces on one time axis, and what the file says about them.
 * Axis order everywhere: [trace, sample], row-major.
 */
import { type Problem, RecordError } from './errors.ts';
import type { Metres, Milliseconds, Samples } from './units.ts';

/** Local or map coordinates, already scaled and in metres; `z` up. */
export interface Position {
  readonly x: Metres;
  readonly y: Metres;
  readonly z: Metres;
}

/** `auxiliary`: time break, uphole, sweep, timing, gun signature …; `dead`: declared dead, dummy or muted by the recorder. */
export type TraceKind = 'seismic' | 'auxiliary' | 'dead';

export interface Trace {
  /** Place in the file, from 0, in file order. */
  readonly index: number;
  /** The recorder's number of the channel. */
  readonly channel: number;
  readonly kind: TraceKind;
  readonly receiver?: Position;
  /** Source to receiver, signed where the file gives a sign. */
  readonly offset?: Metres;
  /** Samples of the row before the first recorded one (zeros), when traces of a shot begin at different times. */
  readonly start: Samples;
  /** Recorded samples; the row holds zeros after them when traces of a shot differ in length. */
  readonly count: Samples;
  /** Factor from stored values to `unit`, where the file gives one; never applied by a reader. */
  readonly descale?: { readonly factor: number; readonly unit: string };
}

/** When the first sample was taken, after the shot instant (negative: before it), and how that was decided. */
export interface FirstSample {
  readonly time: Milliseconds;
  readonly from: string;
}

export interface Shot {
  /** Field file identification number; undefined where the file has none. */
  readonly ffid: number | undefined;
  readonly sourcePoint?: number;
  /** [trace, sample], as stored in the file; empty when only headers were asked for. */
  readonly amplitudes: Float32Array;
  /** Samples of a row. */
  readonly samples: Samples;
  /** undefined: the file does not say. */
  readonly sampleInterval: Milliseconds | undefined;
  readonly firstSample: FirstSample;
  readonly traces: readonly Trace[];
  readonly source?: Position;
  /** Maker, model or program that wrote the file. */
  readonly recorder?: string;
  /** Start of recording, ISO 8601, as far as the file tells. */
  readonly recordedAt?: string;
  /** Found while reading this shot. */
  readonly problems: readonly Problem[];
}

/** A shot whose sample interval is known: what picking needs. */
export type TimedShot = Shot & { readonly sampleInterval: Milliseconds };

/** @throws RecordError `no-sample-interval` */
export function timed(shot: Shot, file: string): TimedShot {
  if (shot.sampleInterval === undefined)
    throw new RecordError(
      'no-sample-interval',
      file,
      `expected a sample interval, found none in FFID ${shot.ffid ?? '?'}; give it with --sample-interval MS`,
    );
  return shot as TimedShot;
}

/** Row `trace` of the amplitudes, a view. */
export const row = (shot: Shot, trace: number): Float32Array =>
  shot.amplitudes.subarray(trace * shot.samples, (trace + 1) * shot.samples);

export type Format = 'segy' | 'su' | 'seg2' | 'segd' | 'rg16' | 'hdf5';
export type ByteOrder = 'big' | 'little';

export interface ShotOptions {
  /** false: headers only, `amplitudes` stay empty; much faster on large files. @default true */
  readonly amplitudes?: boolean;
  /** Only the shots of this part. @default all of the file */
  readonly part?: Part;
}

/** Consecutive whole shots of a file, which can be read without reading what stands before them. */
export interface Part {
  /** Place of its first trace in the file. */
  readonly trace: number;
  /** Its first byte, and the first byte behind it. */
  readonly at: number;
  readonly end: number;
}

/** A file that was recognised; its shots are read one at a time, so memory stays bounded whatever the file's size. */
export interface Recording {
  readonly name: string;
  readonly format: Format;
  readonly revision?: string;
  readonly byteOrder: ByteOrder | 'pair-swapped';
  /** Code as stored in the file: 1–16 in SEG-Y, 1–5 in SEG-2, 8015–9080 in SEG-D. */
  readonly sampleFormat: number;
  /** Lines of the text headers. */
  readonly text: readonly string[];
  /** Found while opening; those of single shots and of a damaged tail are on the shots. */
  readonly problems: readonly Problem[];
  /**
   * The shots in file order. Traces of one FFID that do not share an interval come as several shots.
   * A shot of more than `MAX_SHOT_SAMPLES` comes in parts, each with the problem `shot-in-parts`.
   * @throws RecordError when not one whole trace can be read
   */
  shots(options?: ShotOptions): AsyncGenerator<Shot, void, undefined>;
  /**
   * The file in parts of about `bytes`, found from headers alone; read one after the other they give the very
   * same shots. Absent where shots do not lie one behind the other, or cannot be found without reading the file.
   */
  parts?(bytes: number): AsyncGenerator<Part, void, undefined>;
}

/** Amplitudes held at once by a reader: 256 MiB of float32. */
export const MAX_SHOT_SAMPLES = 64 * 1024 * 1024;

export interface OpenOptions {
  /** The shot instant, in ms after the first sample: overrides what the file says about delay. */
  readonly timeZero?: Milliseconds;
  /** Overrides the sample interval of the file. */
  readonly sampleInterval?: Milliseconds;
  /** Overrides the sample format code of the file. */
  readonly sampleFormat?: number;
  /** Looks as closely as on a disk where each read is a round trip, so that the shots are the same ones. @default false */
  readonly asOnDisk?: boolean;
}
