/** A function of the bundle, with what it is given, under an alias that moves to a new version a tenth of the calls first. */
import { type Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import {
  Alias,
  Architecture,
  type Code,
  type ILayerVersion,
  Function as Lambda,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import type { Gift } from './gift.ts';
import { METRICS, PICK_DISK_MB, type StageSettings } from './settings.ts';

export interface BundledProps<E extends object> {
  readonly code: Code;
  readonly handler: string;
  readonly about: string;
  /** Names and permissions in one. */
  readonly gets: Gift<E>;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly settings: StageSettings;
  /** Article of the runbook on its errors. */
  readonly article: string;
  readonly version: string;
  readonly layers: readonly ILayerVersion[];
}

/** Of all functions. */
const COMMON = { POWERTOOLS_METRICS_NAMESPACE: METRICS } as const;

export class Bundled<E extends object> extends Construct {
  readonly lambda: Lambda;
  /** What callers call. */
  readonly live: Alias;
  /** Calls end in errors. */
  readonly errors: Alarm;

  constructor(scope: Construct, id: string, props: BundledProps<E>) {
    super(scope, id);
    const { settings } = props;
    this.lambda = new Lambda(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: props.handler,
      description: `${props.about} (${props.version})`,
      environment: { ...COMMON, POWERTOOLS_SERVICE_NAME: id, ...props.gets.environment },
      layers: [...props.layers],
      timeout: props.timeout,
      memorySize: props.memoryMb,
      ephemeralStorageSize: Size.mebibytes(PICK_DISK_MB),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(this, 'Log', { retention: settings.logRetention, removalPolicy: RemovalPolicy.DESTROY }),
    });
    props.gets.grant(this.lambda);
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: this.lambda.currentVersion });
    this.errors = alarm(this, {
      article: props.article,
      says: `${props.about}: calls end in errors.`,
      metric: this.live.metricErrors(FIVE_MINUTES),
      above: 0,
      periods: 1,
    });
    new LambdaDeploymentGroup(this, 'Deployment', {
      alias: this.live,
      deploymentConfig:
        settings.canary === 'at once'
          ? LambdaDeploymentConfig.ALL_AT_ONCE
          : LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
      alarms: [this.errors],
    });
  }
}
