/** Gathers of a survey, each with how doubtful it is and where it stands among the others, and which to label next. */
import type { TimedShot } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { type Doubt, doubtOf } from './doubt.ts';
import { type Candidate, ranked } from './rank.ts';

export interface Gather {
  readonly site: string;
  readonly file: string;
  readonly shot: TimedShot;
  readonly labelled: boolean;
}

export interface Suggestion extends Doubt {
  readonly rank: number;
  readonly site: string;
  readonly file: string;
  readonly ffid: number | undefined;
  /** Gathers nearer to it than to any that is labelled or stands before it. */
  readonly stands: number;
  /** To the nearest of those, where 1 is the mean distance of two gathers; undefined: there is none. */
  readonly distance: number | undefined;
  readonly reason: string;
}

export interface Means {
  readonly picker: Picker;
  /** Undefined for a gather that shows nothing. */
  readonly codeOf: (shot: TimedShot) => Promise<Float32Array | undefined>;
  readonly onGather?: (done: number, all: number) => void;
}

export async function suggest(
  gathers: readonly Gather[],
  count: number,
  { picker, codeOf, onGather }: Means,
): Promise<readonly Suggestion[]> {
  const candidates: Candidate[] = [];
  for (const { shot, labelled } of gathers) {
    candidates.push({ code: await codeOf(shot), doubt: await doubtOf(shot, picker), labelled });
    onGather?.(candidates.length, gathers.length);
  }
  return ranked(candidates, count).map(({ at, stands, distance }, i) => {
    const { site, file, shot } = gathers[at];
    const { doubt } = candidates[at];
    const rank = i + 1;
    const known = { ...doubt, rank, site, file, ffid: shot.ffid, stands, distance };
    return { ...known, reason: reasonOf(known, gathers.length) };
  });
}

/** Above these a gather is called doubtful, and far from all others. */
const DOUBTFUL = { uncertainty: 0.5, disagreement: 0.25 } as const;
const FAR = 1.3;

function reasonOf(
  { uncertainty, disagreement, stands, distance }: Omit<Suggestion, 'reason'>,
  gathers: number,
): string {
  const others = `${stands} other gather${stands === 1 ? '' : 's'}`;
  const place =
    distance === undefined
      ? `lies in the middle of all ${gathers} gathers`
      : stands > 0
        ? `${others} resemble${stands === 1 ? 's' : ''} it more than any that is labelled or stands above`
        : distance > FAR
          ? 'resembles no other gather'
          : 'the next that is unlike those labelled or above';
  const sure = `median confidence ${(1 - uncertainty).toFixed(2)}`;
  const unsure = uncertainty > DOUBTFUL.uncertainty ? [`the picker is unsure (${sure})`] : [sure];
  const apart = disagreement > DOUBTFUL.disagreement ? ['neighbouring picks disagree or are missing'] : [];
  return [place, ...unsure, ...apart].join('; ');
}
