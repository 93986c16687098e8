/** What picks: functions behind the queue of arrivals, behind an HTTP API, and in the state machine of whole surveys. */
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HttpEnv, ModelsEnv, QueueEnv, RuntimeEnv, StoreEnv } from '../functions/env.ts';
import { HANDLERS } from './asset.ts';
import { RUNTIMES, type Wishes } from './context.ts';
import { Bundled } from './functions.ts';
import { type Gift, gift, together } from './gift.ts';
import { API_MEMORY_MB, API_TIMEOUT, PICK_MEMORY_MB, PICK_TIMEOUT, type StageSettings } from './settings.ts';
import type { StorageStack } from './storage.ts';
import { Survey } from './survey.ts';

export interface PickingProps {
  readonly settings: StageSettings;
  readonly storage: StorageStack;
  readonly callers: Wishes['callers'];
  /** Whose releases the functions pick with; undefined: with the model of the bundle alone. */
  readonly trust: Wishes['trust'];
  readonly runtime: Wishes['runtime'];
  /** Folder of the bundle. */
  readonly bundle: string;
  /** Archive of the layer of `onnx-node`; asked for only then. */
  readonly layer: () => string;
  readonly version: string;
}

export class PickingStack extends Stack {
  readonly http: Bundled<HttpEnv>;
  readonly queue: Bundled<QueueEnv>;
  readonly step: Bundled<StoreEnv>;
  readonly api: HttpApi;
  readonly survey: Survey;

  constructor(
    scope: Construct,
    id: string,
    { settings, storage, callers, trust, runtime, bundle, layer, version }: PickingProps,
  ) {
    super(scope, id, { stackName: id });
    const code = Code.fromAsset(bundle);
    const layers = runtime === 'onnx-node' ? [this.nativeLayer(layer())] : [];
    const common = { code, settings, version, layers };
    const works = { ...common, timeout: PICK_TIMEOUT, memoryMb: PICK_MEMORY_MB };
    const runs: Gift<RuntimeEnv> = gift(runtime === RUNTIMES[0] ? {} : { FIRSTBREAK_RUNTIME: runtime });
    const stores: Gift<StoreEnv & RuntimeEnv> = together(together(storage.pickSurveys(), storage.keepResults()), runs);
    const queued: Gift<QueueEnv> = together(stores, storage.sendTasks());
    const models: Gift<Partial<ModelsEnv>> = trust ? storage.readModels(trust.keys) : gift({});

    this.queue = new Bundled(this, 'Queue', {
      ...works,
      handler: HANDLERS.queue,
      about: 'Picks what arrives in the bucket of surveys',
      gets: together(queued, models),
      article: 'queue-errors',
    });
    this.queue.live.addEventSource(
      new SqsEventSource(storage.arrivals, {
        batchSize: 1, // a message may be a file of an hour's work
        reportBatchItemFailures: true,
        maxConcurrency: settings.pickersAtOnce,
      }),
    );
    this.step = new Bundled(this, 'Step', {
      ...works,
      handler: HANDLERS.step,
      about: 'Picks a file, a shard or merges, for the state machine of surveys',
      gets: together(stores, models),
      article: 'step-errors',
    });
    this.survey = new Survey(this, 'Survey', {
      work: this.step.live,
      surveys: storage.surveys,
      results: storage.results,
      settings,
    });
    this.http = new Bundled(this, 'Http', {
      ...common,
      timeout: API_TIMEOUT,
      memoryMb: API_MEMORY_MB,
      handler: HANDLERS.http,
      about: 'The HTTP API',
      gets: together(together(queued, storage.bringSurveys()), gift({ CALLERS: callers.kind })),
      article: 'http-errors',
    });
    this.api = this.httpApi(settings, callers);
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'SurveyMachineArn', { value: this.survey.machine.stateMachineArn });
  }

  private nativeLayer(archive: string): LayerVersion {
    return new LayerVersion(this, 'Native', {
      code: Code.fromAsset(archive),
      description: "ONNX Runtime's native library",
      compatibleArchitectures: [Architecture.ARM_64],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
    });
  }

  private httpApi({ throttle, logRetention }: StageSettings, callers: Wishes['callers']): HttpApi {
    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer:
        callers.kind === 'iam'
          ? new HttpIamAuthorizer()
          : new HttpJwtAuthorizer('Jwt', callers.issuer, { jwtAudience: [callers.audience] }),
    });
    api.addRoutes({
      path: '/{path+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('Http', this.http.live),
    });
    const log = new LogGroup(this, 'AccessLog', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(log) },
    });
    return api;
  }
}
