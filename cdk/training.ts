/**
 * Retraining on graphics cards (`-c training=1`): nothing runs, and next to nothing is paid, until a retraining is started. Then
 * a spot instance comes, fine-tunes what is stable on the labels, publishes the result as canary, and goes; after the time of the
 * canary the gate decides.
 */
import { CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import {
  Action,
  AllocationStrategy,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  JobQueue,
  ManagedEc2EcsComputeEnvironment,
  Reason,
  RetryStrategy,
} from 'aws-cdk-lib/aws-batch';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InstanceClass,
  InstanceSize,
  InstanceType,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, LogDriver } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, JsonPath, LogLevel, StateMachine, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import { BatchSubmitJob } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StageSettings } from './settings.ts';
import type { StorageStack } from './storage.ts';

export interface TrainingProps {
  readonly settings: StageSettings;
  readonly storage: StorageStack;
  /** What the container is built from. */
  readonly repository: string;
}

/** All that the image needs; everything else would only change its digest. */
const IN_IMAGE = [
  'package.json',
  'package-lock.json',
  'shared',
  'training',
  'functions',
  'edge',
  'cdk/training-container',
];
/** Exit code of promote.sh. */
const REFUSED = 3;
/** Of an instance with one card. */
const VCPUS = 4;
const MEMORY = Size.gibibytes(14);
/** At most so many at once. */
const MOST_VCPUS = 8;

export class TrainingStack extends Stack {
  /** Input `{"labels": "s3://…", "frozen": "s3://…", "steps": "400", "canaryShare": "0.1", "canarySeconds": 86400}`. */
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { settings, storage, repository }: TrainingProps) {
    super(scope, id, { stackName: id });
    const environment = new ManagedEc2EcsComputeEnvironment(this, 'Cards', {
      vpc: this.network(settings),
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      spot: true,
      allocationStrategy: AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED,
      instanceTypes: [InstanceClass.G6, InstanceClass.G5, InstanceClass.G4DN].map((type) =>
        InstanceType.of(type, InstanceSize.XLARGE),
      ),
      useOptimalInstanceClasses: false,
      minvCpus: 0,
      maxvCpus: MOST_VCPUS,
      terminateOnUpdate: false,
    });
    const queue = new JobQueue(this, 'Jobs', {
      computeEnvironments: [{ computeEnvironment: environment, order: 1 }],
    });
    const job = new EcsJobDefinition(this, 'Job', {
      container: this.container(settings, storage, repository),
      // A spot instance may be taken away at any time.
      retryAttempts: 3,
      // Refused by the gate is a decision.
      retryStrategies: [RetryStrategy.of(Action.EXIT, Reason.custom({ onExitCode: `${REFUSED}` }))],
      timeout: Duration.hours(12),
    });
    const run = (name: string, script: string, more: Record<string, string> = {}) =>
      new BatchSubmitJob(this, name, {
        jobName: name.toLowerCase(),
        jobDefinitionArn: job.jobDefinitionArn,
        jobQueueArn: queue.jobQueueArn,
        containerOverrides: { command: [script], environment: more },
        resultPath: JsonPath.DISCARD,
      });
    const retrain = run('Retrain', 'retrain.sh', {
      LABELS: JsonPath.stringAt('$.labels'),
      FROZEN: JsonPath.stringAt('$.frozen'),
      STEPS: JsonPath.stringAt('$.steps'),
      CANARY_SHARE: JsonPath.stringAt('$.canaryShare'),
    });
    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(
        retrain
          .next(new Wait(this, 'Canary', { time: WaitTime.secondsPath('$.canarySeconds') }))
          .next(run('Promote', 'promote.sh')),
      ),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: settings.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
      },
      timeout: Duration.days(14),
    });
    new CfnOutput(this, 'RetrainMachineArn', { value: this.machine.stateMachineArn });
  }

  /** Instances fetch what they need by public addresses and let nobody in: a NAT gateway would cost more than the training. */
  private network({ logRetention }: StageSettings): Vpc {
    const vpc = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'cards', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: true }],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    vpc.addFlowLog('Flow', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'FlowLog', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY }),
      ),
    });
    return vpc;
  }

  private container(
    { logRetention }: StageSettings,
    storage: StorageStack,
    repository: string,
  ): EcsEc2ContainerDefinition {
    const image = new DockerImageAsset(this, 'Image', {
      directory: repository,
      file: 'cdk/training-container/Dockerfile',
      platform: Platform.LINUX_AMD64,
      exclude: ['**', ...IN_IMAGE.flatMap((path) => [`!${path}`, `!${path}/**`]), '**/node_modules', '**/dist'],
    });
    const role = new Role(this, 'JobRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const publishes = storage.publishModels();
    publishes.grant(role);
    return new EcsEc2ContainerDefinition(this, 'Container', {
      image: ContainerImage.fromDockerImageAsset(image),
      cpu: VCPUS,
      memory: MEMORY,
      gpu: 1,
      jobRole: role,
      environment: publishes.environment,
      logging: LogDriver.awsLogs({
        streamPrefix: 'training',
        logGroup: new LogGroup(this, 'JobLog', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY }),
      }),
    });
  }
}
