/** A fault that can be planted in a shot, and what the quality control must then say. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import type { LineContext } from '#shared/qc/line/summary.ts';
import type { Milliseconds } from '#shared/units.ts';
import type { Dice } from '../../../training/synthetic/dice.ts';

/** An untouched shot and its picks. */
export interface Base {
  readonly set: string;
  readonly file: string;
  readonly shot: TimedShot;
  readonly picks: readonly Pick[];
  /** Where the first breaks are, whatever the picker of `picks` says; undefined where people left the trace, or nobody knows. [row] */
  readonly breaks: readonly (Milliseconds | undefined)[];
  /** Who says so; `pickers`: two that agree. */
  readonly by: 'people' | 'generator' | 'pickers';
  /** The other shots of the set, in the order in which they were taken: what a line context can be made of. */
  readonly others: readonly Base[];
}

export interface Planted {
  readonly shot: TimedShot;
  /** The quality control sees these; 'again': the picker looks at the changed shot. */
  readonly picks: readonly Pick[] | 'again';
  readonly line?: LineContext;
  /** `Trace.index` of the traces that were harmed; empty: the whole shot. */
  readonly traces: readonly number[];
  /** What `Fault.estimate` should come to. */
  readonly truth?: number;
}

export interface Fault {
  /** As the table shows it. */
  readonly name: string;
  /** Of the finding that must name it. */
  readonly code: string;
  /** Must be found in the finding's cause; for codes with one cause for all. */
  readonly cause?: RegExp;
  /** Other codes that rightly speak up beside it. */
  readonly also?: readonly string[];
  /** Mild to gross, with what they mean: '6 dB', '2 ms'. */
  readonly strengths: readonly { readonly label: string; readonly value: number }[];
  /** At this strength the bars must be reached: a `value` of `strengths`. */
  readonly stated: number;
  /**
   * false: a fault of this strength cannot be seen in the shot, as its samples and `breaks` say by plain measures (`seen.ts`) and not
   * by the judge's own; or the shot has the fault itself.
   */
  fits(base: Base, strength: number): boolean;
  plant(base: Base, strength: number, dice: Dice): Planted;
  /** How near `value` of the finding must come to `truth`. */
  readonly estimate?: { readonly unit: string; within(base: Base): number };
}
