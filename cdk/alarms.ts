/** Alarms: every one has an article of the same name in docs/runbook.md, which its description points to; a test holds that. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface AlarmFacts {
  /** The article: `dead-letters`. */
  readonly article: string;
  /** What is wrong when it rings, one sentence. */
  readonly says: string;
  readonly metric: IMetric;
  /** It rings above this. */
  readonly above: number;
  /** Periods in a row. @default 1 */
  readonly periods?: number;
}

export const RUNBOOK = 'docs/runbook.md';

export function alarm(scope: Construct, { article, says, metric, above, periods = 1 }: AlarmFacts): Alarm {
  const id = article.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return new Alarm(scope, `${id}Alarm`, {
    alarmDescription: `${says} ${RUNBOOK}#${article}`,
    metric,
    threshold: above,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  } satisfies AlarmProps);
}

export const FIVE_MINUTES = { period: Duration.minutes(5) } as const;
