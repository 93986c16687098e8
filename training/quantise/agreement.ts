/** Picks of one artefact beside those of another, on the same shots: how many stay where they were, and what becomes of the hits. */
import type { Agreement } from '#shared/model/manifest.ts';
import type { Runtime } from '#shared/model/runtime.ts';
import { guideAt, guideOf } from '#shared/picking/classical.ts';
import type { Guides, NeuralModel } from '#shared/picking/neural.ts';
import { neuralPicker } from '#shared/picking/neural.ts';
import { ms } from '#shared/units.ts';
import type { LabelledShot } from '../data/labelled.ts';
import { askedOf, isHit, type PickedGather, picked } from '../evaluate/outcomes.ts';
import type { SiteFacts } from '../evaluate/sites.ts';

/** Shots that are picked by every artefact. */
export interface Trial {
  readonly name: string;
  readonly convention: SiteFacts['convention'];
  readonly shots: readonly LabelledShot[];
}

/** By trial, in order. */
export type Picks = readonly (readonly PickedGather[])[];

/** Picks all trials with any runtime; what does not depend on the network is worked out once. */
export function trialPicker(manifest: NeuralModel['manifest'], trials: readonly Trial[]) {
  const guides = rememberedGuides();
  const one = async ({ shots, convention }: Trial, runtime: Runtime): Promise<readonly PickedGather[]> => {
    const picker = neuralPicker({ manifest, runtime }, { guides });
    const gathers: PickedGather[] = [];
    for (const shot of shots) gathers.push(await picked(shot, picker, convention));
    return gathers;
  };
  return {
    async pick(runtime: Runtime): Promise<Picks> {
      const picks: (readonly PickedGather[])[] = [];
      for (const trial of trials) picks.push(await one(trial, runtime));
      return picks;
    },
  };
}

function rememberedGuides(): Guides {
  const known = new WeakMap<object, Map<number, ReturnType<typeof guideOf>>>();
  const remember = (shot: object, factor: number, find: () => ReturnType<typeof guideOf>) => {
    const own = known.get(shot) ?? new Map<number, ReturnType<typeof guideOf>>();
    known.set(shot, own);
    const found = own.get(factor) ?? find();
    own.set(factor, found);
    return found;
  };
  return {
    guideOf: (shot, live) => remember(shot, 0, () => guideOf(shot, live)),
    guideAt: (shot, live, factor) => remember(shot, factor, () => guideAt(shot, live, factor)),
  };
}

export interface Compared extends Agreement {
  /** Traces that the first artefact picked. */
  readonly traces: number;
  readonly withinTenthMs: number;
  /** Shots in which more than one of five picks moved by 1 ms or more: their guide was taken another way. */
  readonly turned: number;
  readonly shots: number;
}

const TURNED = 0.2;

export function compared(trials: readonly Trial[], before: Picks, after: Picks): readonly Compared[] {
  return trials.map(({ name }, n) => {
    let [traces, near, tenth, turned] = [0, 0, 0, 0];
    before[n].forEach(({ onsets }, shot) => {
      let [own, moved] = [0, 0];
      onsets.forEach((pick, i) => {
        if (pick.kind !== 'picked') return;
        const other = after[n][shot].onsets[i];
        const away = other.kind === 'picked' ? Math.abs(other.time - pick.time) : Number.POSITIVE_INFINITY;
        own++;
        if (away >= 1) moved++;
        if (away < 0.1) tenth++;
      });
      traces += own;
      near += own - moved;
      if (moved > TURNED * own) turned++;
    });
    const [old, asked] = hits(before[n]);
    const [now] = hits(after[n]);
    return {
      data: name,
      traces,
      withinOneMs: near / Math.max(1, traces),
      withinTenthMs: tenth / Math.max(1, traces),
      ...(asked > 0 && { hitRateChange: (now - old) / asked }),
      turned,
      shots: before[n].length,
    };
  });
}

/** Within 5 ms of a person. */
function hits(gathers: readonly PickedGather[]): readonly [hits: number, asked: number] {
  const asked = askedOf(gathers);
  return [asked.filter((each) => isHit(each, ms(5))).length, asked.length];
}

/** What an artefact must hold on every trial. */
export const BAR = { withinOneMs: 0.99, hitRateChange: -0.01, size: 0.3 } as const;

export const holds = (found: readonly Agreement[]): boolean =>
  found.every(
    ({ withinOneMs, hitRateChange }) =>
      withinOneMs >= BAR.withinOneMs && (hitRateChange === undefined || hitRateChange >= BAR.hitRateChange),
  );
