/** All judgements of a line of shots, in the order in which their findings are listed; one subject a file. */
import type { Profile } from '../profile.ts';
import { badReceivers } from './bad-receivers.ts';
import { channelDelay } from './channel-delay.ts';
import { offsetCoverage } from './coverage.ts';
import type { LineFacts } from './facts.ts';
import { noiseChange, noisyShots, sourceEnergyChange, weakSources } from './levels.ts';
import { receiverResiduals } from './receiver-residuals.ts';
import { reciprocityErrors, reciprocityMisfit } from './reciprocal-times.ts';
import type { LineRemark } from './summary.ts';
import { triggerDrift } from './trigger-drift.ts';
import { velocityOutliers } from './velocities.ts';

/** Says nothing where there are too few shots, or the geometry does not allow a judgement. */
export type LineJudge = (line: LineFacts, profile: Profile) => readonly LineRemark[];

export const LINE_JUDGES: readonly LineJudge[] = [
  badReceivers,
  triggerDrift,
  reciprocityErrors,
  reciprocityMisfit,
  receiverResiduals,
  channelDelay,
  velocityOutliers,
  weakSources,
  sourceEnergyChange,
  noisyShots,
  noiseChange,
  offsetCoverage,
];
