/**
 * The canary of models, watched: where it fails, skips or is slow against what all calls do, an alarm rings, EventBridge calls a
 * function, and the canary ends. So does it when a function that picks ends in errors. The function can move nothing else.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Code, Function as Lambda, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { GuardEnv } from '../functions/env.ts';
import { alarm } from './alarms.ts';
import { HANDLERS } from './asset.ts';
import type { Gift } from './gift.ts';
import type { PickingStack } from './picking.ts';
import { CANARY_LIMITS, METRICS, type StageSettings } from './settings.ts';
import type { StorageStack } from './storage.ts';

export interface CanaryGuardProps {
  readonly settings: StageSettings;
  readonly storage: StorageStack;
  readonly picking: PickingStack;
  /** Folder of the bundle. */
  readonly bundle: string;
}

const PERIOD = { period: Duration.minutes(15) } as const;

/** Of the calls that the canary had, and of all. */
const counted = (metricName: string, service: 'Canary' | 'Queue', statistic: string = Stats.AVERAGE) =>
  new Metric({ namespace: METRICS, metricName, dimensionsMap: { service }, statistic, ...PERIOD });

/** A sum about the canary, 0 as long as it had too few calls to tell. */
const told = (expression: string, metrics: Record<string, Metric>) =>
  new MathExpression({
    expression: `IF(calls >= ${CANARY_LIMITS.calls}, ${expression}, 0)`,
    usingMetrics: { calls: counted('FailedShare', 'Canary', Stats.SAMPLE_COUNT), ...metrics },
    ...PERIOD,
  });

export class CanaryGuard extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { settings, storage, picking, bundle }: CanaryGuardProps) {
    super(scope, id);
    this.alarms = [
      alarm(this, {
        article: 'canary-fails',
        says: 'Calls that pick with the canary fail.',
        metric: told('failed', { failed: counted('FailedShare', 'Canary') }),
        above: CANARY_LIMITS.failedPercent,
      }),
      alarm(this, {
        article: 'canary-skips',
        says: 'The canary skips more traces than all calls do.',
        metric: told('canary - all', {
          canary: counted('SkippedShare', 'Canary'),
          all: counted('SkippedShare', 'Queue'),
        }),
        above: CANARY_LIMITS.skippedPoints,
      }),
      alarm(this, {
        article: 'canary-slow',
        says: 'The canary takes longer for a trace than all calls do.',
        metric: told('canary / all', { canary: counted('MsPerTrace', 'Canary'), all: counted('MsPerTrace', 'Queue') }),
        above: CANARY_LIMITS.slower,
      }),
    ];
    const gets: Gift<GuardEnv> = storage.endCanary();
    const guard = new Lambda(this, 'Guard', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: HANDLERS.guard,
      description: 'Ends the canary of models when an alarm rings',
      environment: { POWERTOOLS_SERVICE_NAME: 'Guard', ...gets.environment },
      timeout: Duration.seconds(30),
      memorySize: 256,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(this, 'Log', { retention: settings.logRetention, removalPolicy: RemovalPolicy.DESTROY }),
    });
    gets.grant(guard);
    const { queue, step } = picking;
    new Rule(this, 'Rings', {
      description: 'An alarm about picking rings: the canary of models ends',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        resources: [...this.alarms, queue.errors, step.errors].map(({ alarmArn }) => alarmArn),
        detail: { state: { value: ['ALARM'] } },
      },
      targets: [new LambdaFunction(guard, { retryAttempts: 5, maxEventAge: Duration.hours(1) })],
    });
  }
}
