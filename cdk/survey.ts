/**
 * A whole survey at once: every object under a prefix is picked, or planned; of those in shards, the shards are picked side by
 * side and then merged. At the end all of them are judged together: part by part, each shot beside those before it, and as lines. Each
 * step is one call of the same function, and may be done twice.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  JitterType,
  JsonPath,
  LogLevel,
  OutputType,
  ResultWriterV2,
  S3ObjectsItemReader,
  StateMachine,
  StateMachineType,
  Succeed,
  TaskInput,
  Transformation,
  WriterConfig,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { StageSettings } from './settings.ts';

export interface SurveyProps {
  /** Does a task, and answers `{"tasks": […]}`: what follows. */
  readonly work: IFunction;
  readonly surveys: Bucket;
  readonly results: Bucket;
  readonly settings: StageSettings;
}

/** A file that cannot be picked, however often it is tried; the object beside it says why. */
const UNREADABLE = 'RecordError';

const THROTTLED = 'Lambda.TooManyRequestsException';

export class Survey extends Construct {
  /** Input `{"prefix": "line-7/"}`. */
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { work, surveys, results, settings }: SurveyProps) {
    super(scope, id);
    const step = (name: string, task: Readonly<Record<string, unknown>>) => {
      const call = new LambdaInvoke(this, name, {
        lambdaFunction: work,
        payload: TaskInput.fromObject(task),
        payloadResponseOnly: true,
        retryOnServiceExceptions: false,
      });
      call.addRetry({ errors: [UNREADABLE], maxAttempts: 0 });
      // Nothing is wrong: all functions of the account are busy. For about three hours.
      call.addRetry({
        errors: [THROTTLED],
        interval: Duration.seconds(5),
        backoffRate: 1.5,
        maxAttempts: 100,
        maxDelay: Duration.minutes(2),
        jitterStrategy: JitterType.FULL,
      });
      call.addRetry({
        errors: ['States.ALL'],
        interval: Duration.seconds(2),
        backoffRate: 2,
        maxAttempts: 6,
        maxDelay: Duration.minutes(2),
        jitterStrategy: JitterType.FULL,
      });
      return call;
    };

    const shards = new DistributedMap(this, 'Shards', {
      label: 'Shards',
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: settings.shardsAtOnce,
      itemsPath: '$.tasks',
      resultPath: JsonPath.DISCARD,
    });
    shards.itemProcessor(
      step('PickShard', {
        kind: 'shard',
        result: JsonPath.stringAt('$.result'),
        index: JsonPath.numberAt('$.index'),
      }),
    );
    const merge = step('Merge', { kind: 'merge', result: JsonPath.stringAt('$.tasks[0].result') });
    const picked = new Succeed(this, 'Picked');
    const file = step('File', { kind: 'file', key: JsonPath.stringAt('$.Key') });
    file.addCatch(new Succeed(this, 'NoShotRecord'), { errors: [UNREADABLE] });
    file.next(
      new Choice(this, 'InShards')
        .when(
          // A file that was replaced meanwhile is a task for whoever was told of it.
          Condition.and(Condition.isPresent('$.tasks[0]'), Condition.stringEquals('$.tasks[0].kind', 'shard')),
          shards.next(merge),
        )
        .otherwise(picked),
    );

    const files = new DistributedMap(this, 'Files', {
      label: 'Files',
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: settings.filesAtOnce,
      // One bad file in many never stops the rest; the results list it.
      toleratedFailurePercentage: 100,
      itemReader: new S3ObjectsItemReader({ bucket: surveys, prefix: JsonPath.stringAt('$.prefix') }),
      resultWriterV2: new ResultWriterV2({
        bucket: results,
        prefix: 'surveys',
        writerConfig: new WriterConfig({ outputType: OutputType.JSONL, transformation: Transformation.COMPACT }),
      }),
      resultPath: JsonPath.DISCARD,
    });
    files.itemProcessor(
      new Choice(this, 'IsInput')
        .when(
          Condition.or(
            Condition.stringMatches('$.Key', '*.firstbreak.json'),
            Condition.stringMatches('$.Key', '*/'),
            Condition.numberEquals('$.Size', 0),
          ),
          new Succeed(this, 'PassedOver'),
        )
        .otherwise(file),
    );

    const parts = new DistributedMap(this, 'Parts', {
      label: 'Parts',
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: settings.shardsAtOnce,
      itemsPath: '$.tasks',
      resultPath: JsonPath.DISCARD,
    });
    parts.itemProcessor(
      step('JudgePart', {
        kind: 'judge',
        survey: JsonPath.stringAt('$.survey'),
        index: JsonPath.numberAt('$.index'),
      }),
    );
    const line = step('Line', { kind: 'line', survey: JsonPath.stringAt('$.tasks[0].survey') });
    files.next(
      step('Survey', { kind: 'survey', prefix: JsonPath.stringAt('$.prefix') }).next(
        new Choice(this, 'AnyPicked')
          .when(Condition.isPresent('$.tasks[0]'), parts.next(line))
          .otherwise(new Succeed(this, 'NonePicked')),
      ),
    );

    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(files),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: settings.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
      timeout: Duration.days(7),
    });
  }
}
