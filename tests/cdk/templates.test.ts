/** What the templates promise: nothing public, all encrypted, nothing lost, no more rights than needed, alarms that lead somewhere. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACCEPTED } from '../../cdk/accepted.ts';
import { wishesOf, wordsOf } from '../../cdk/context.ts';
import { costPage, costsOf, USERS } from '../../cdk/costs.ts';
import { STAGES } from '../../cdk/settings.ts';
import { SHIPPED_MODEL } from '../../shared/model/open-model.ts';
import { builtIn, COST_PAGE } from './costs.ts';
import { resourcesOf, root, type Synthesised, synthesise, synthesiseProd, withKey } from './synth.ts';

let dev: Synthesised;
let prod: Synthesised;
beforeAll(() => {
  dev = synthesise();
  prod = synthesiseProd({ training: 1, email: 'crew@example.com' });
}, 600_000);

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
}
const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
const statementsOf = (synthesised: Synthesised, type: string, about: RegExp): readonly Statement[] =>
  resourcesOf(synthesised, type)
    .filter(([name]) => about.test(name))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
const bothStages = () => [dev, prod];

describe('buckets', () => {
  it('are closed to the public, encrypted and reached by TLS alone', () => {
    for (const stage of bothStages()) {
      const buckets = resourcesOf(stage, 'AWS::S3::Bucket');
      expect(buckets.length).toBe(6);
      for (const [name, { Properties }] of buckets) {
        expect(Object.values(Properties.PublicAccessBlockConfiguration), name).toEqual([true, true, true, true]);
        expect(Properties.BucketEncryption, name).toBeDefined();
      }
      const policies = resourcesOf(stage, 'AWS::S3::BucketPolicy');
      expect(policies.length).toBe(buckets.length);
      for (const [name, { Properties }] of policies) {
        const { Statement: statements } = Properties.PolicyDocument;
        const secure = statements.find((each: Statement) =>
          JSON.stringify(each.Condition)?.includes('aws:SecureTransport'),
        );
        expect(secure?.Effect, name).toBe('Deny');
        for (const { Effect, Principal } of statements)
          if (Effect === 'Allow') expect(JSON.stringify(Principal), name).not.toContain('*');
      }
    }
  });

  it('of surveys, results and models keep old versions, and in prod stay when their stack goes', () => {
    const kept = (stage: Synthesised) =>
      resourcesOf(stage, 'AWS::S3::Bucket').filter(([, { Properties }]) => Properties.VersioningConfiguration);
    expect(kept(prod).map(([name]) => name.replace(/[0-9A-F]{8}$/, ''))).toEqual(['Surveys', 'Results', 'Models']);
    for (const [name, { DeletionPolicy }] of kept(prod)) expect(DeletionPolicy, name).toBe('Retain');
    for (const [name, { DeletionPolicy }] of kept(dev)) expect(DeletionPolicy, name).toBe('Delete');
  });

  it('let nobody write over a blob or a release of a model that they have not seen as it is', () => {
    const once = statementsOf(dev, 'AWS::S3::BucketPolicy', /^Models/).filter(({ Effect }) => Effect === 'Deny');
    const rule = once.find(({ Action }) => Action === 's3:PutObject');
    expect(rule?.Condition).toEqual({ Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } });
    expect(JSON.stringify(rule?.Resource)).toMatch(/\/models\/blobs\/\*.*\/models\/releases\/\*/);
  });
});

describe('the queue', () => {
  const one = (type: string, about: RegExp) => resourcesOf(dev, type).find(([name]) => about.test(name))![1].Properties;

  it('gives a message up after four tries, and shows it to nobody else for six times as long as a function may take', () => {
    const queue = one('AWS::SQS::Queue', /^Arrivals/);
    const [, { Properties: picker }] = resourcesOf(dev, 'AWS::Lambda::Function').find(([name]) => /^Queue/.test(name))!;
    expect(queue.VisibilityTimeout).toBe(6 * picker.Timeout);
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(4);
    // functions/lambda/queue.ts leaves a word beside the object before the last of them.
    expect(readFileSync(join(root, 'functions/lambda/queue.ts'), 'utf8')).toContain('const TRIES = 4;');
    expect(one('AWS::SQS::Queue', /^DeadLetters/).MessageRetentionPeriod).toBe(14 * 24 * 3600);
    for (const [name, { Properties }] of resourcesOf(dev, 'AWS::SQS::Queue'))
      expect(Properties.SqsManagedSseEnabled, name).toBe(true);
  });

  it('is told by the bucket of surveys, and read one message at a time with failures apart', () => {
    const bucket = one('AWS::S3::Bucket', /^Surveys/);
    expect(bucket.NotificationConfiguration.QueueConfigurations).toHaveLength(1);
    const mapping = one('AWS::Lambda::EventSourceMapping', /./);
    expect(mapping).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(mapping.ScalingConfig.MaximumConcurrency).toBe(10);
    const allowed = statementsOf(dev, 'AWS::SQS::QueuePolicy', /^Arrivals/).find(({ Effect }) => Effect === 'Allow');
    expect(allowed).toMatchObject({
      Action: 'sqs:SendMessage',
      Condition: { StringEquals: { 'aws:SourceAccount': {} } },
    });
  });
});

describe('functions', () => {
  const functions = (stage: Synthesised) =>
    resourcesOf(stage, 'AWS::Lambda::Function').filter(([, { Properties }]) => /^lambda\./.test(Properties.Handler));

  it('run on Node 24, on arm64, and are told what they read', () => {
    const told = Object.fromEntries(
      functions(dev).map(([, { Properties }]) => {
        expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
        const names = Object.keys(Properties.Environment.Variables).filter((name) => !/^POWERTOOLS_/.test(name));
        return [Properties.Handler, names.sort()];
      }),
    );
    expect(told).toEqual({
      'lambda.queue': ['RESULTS_BUCKET', 'SURVEYS_BUCKET', 'TASKS_QUEUE_URL'],
      'lambda.step': ['RESULTS_BUCKET', 'SURVEYS_BUCKET'],
      'lambda.http': ['CALLERS', 'RESULTS_BUCKET', 'SURVEYS_BUCKET', 'TASKS_QUEUE_URL'],
    });
    // The bundle has them all, and asks for no other.
    const bundle = readFileSync(join(root, 'functions/lambda.ts'), 'utf8');
    for (const handler of Object.keys(told)) expect(bundle).toContain(`export const ${handler.split('.')[1]} =`);
  });

  it('run the weights by what was asked for, ONNX in WebAssembly where nobody asked', () => {
    const asked = (stage: Synthesised) => ({
      words: functions(stage).map(([, { Properties }]) => Properties.Environment.Variables.FIRSTBREAK_RUNTIME),
      layers: functions(stage).flatMap(([, { Properties }]) => Properties.Layers ?? []).length,
    });
    expect(asked(dev)).toEqual({ words: [undefined, undefined, undefined], layers: 0 });
    expect(asked(synthesise({ runtime: 'tflite' }))).toEqual({ words: ['tflite', 'tflite', 'tflite'], layers: 0 });
    const native = synthesise({ runtime: 'onnx-node' });
    expect(asked(native)).toEqual({ words: ['onnx-node', 'onnx-node', 'onnx-node'], layers: 3 });
    const own = resourcesOf(native, 'AWS::Lambda::LayerVersion').find(([name]) => /^Native/.test(name))!;
    expect(own[1].Properties.CompatibleArchitectures).toEqual(['arm64']);
  });

  it('may do what they do, and by name', () => {
    const rights = (role: RegExp) =>
      [...new Set(statementsOf(prod, 'AWS::IAM::Policy', role).flatMap(({ Action }) => listOf(Action)))].sort();
    const common = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'];
    const traces = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
    const read = [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ];
    expect(rights(/^StepFunction/)).toEqual([...common, ...traces].sort());
    expect(rights(/^HttpFunction/)).toEqual(
      [...common, ...traces, 'sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'].sort(),
    );
    expect(rights(/^QueueFunction/)).toEqual([...new Set([...common, ...traces, ...read, 'sqs:SendMessage'])].sort());
    expect(rights(/^JobRole/)).toEqual([
      'kms:GetPublicKey',
      'kms:Sign',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
  });

  it('that pick only read surveys, but for the pointer beside them', () => {
    for (const role of [/^StepFunction/, /^QueueFunction/]) {
      const writes = statementsOf(dev, 'AWS::IAM::Policy', role).filter(
        ({ Action, Resource }) => /Put|Delete/.test(`${Action}`) && JSON.stringify(Resource).includes('Surveys'),
      );
      expect(writes).toHaveLength(1);
      expect(JSON.stringify(writes[0].Resource)).toContain('/*.firstbreak.json');
    }
  });

  it('follow the registry of models only where a key is trusted, and then only read it', () => {
    const told = (stage: Synthesised) =>
      functions(stage).flatMap(([name, { Properties }]) =>
        Properties.Environment.Variables.MODELS_TRUST === undefined ? [] : [name.replace(/Function.*/, '')],
      );
    expect(told(dev)).toEqual([]);
    expect(told(prod).sort()).toEqual(['Queue', 'Step']);
    for (const role of [/^StepFunction/, /^QueueFunction/]) {
      const models = statementsOf(prod, 'AWS::IAM::Policy', role).filter(({ Resource }) =>
        JSON.stringify(Resource).includes('Models'),
      );
      expect(models.flatMap(({ Action }) => listOf(Action)).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
    }
  });

  it('of the alarms of the canary ends it, and can move nothing else', () => {
    const objects = statementsOf(prod, 'AWS::IAM::Policy', /^CanaryGuard/).filter(({ Action }) =>
      listOf(Action).some((action) => !action.startsWith('xray:')),
    );
    expect(objects).toHaveLength(1);
    expect(objects[0].Action).toEqual(['s3:GetObject', 's3:PutObject']);
    expect(JSON.stringify(objects[0].Resource)).toMatch(/Models.*"\/models\/aliases\/canary\.json"/);
    const [[, rule], ...others] = resourcesOf(prod, 'AWS::Events::Rule');
    expect(others).toEqual([]);
    const { EventPattern, Targets } = rule.Properties;
    expect(EventPattern).toMatchObject({ source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } });
    expect(EventPattern.resources).toHaveLength(5);
    const arns = JSON.stringify(EventPattern.resources);
    for (const part of ['CanaryFails', 'CanarySkips', 'CanarySlow', 'QueueErrors', 'StepErrors'])
      expect(arns).toContain(part);
    expect(Targets).toMatchObject([{ RetryPolicy: { MaximumRetryAttempts: 5 } }]);
    expect(resourcesOf(dev, 'AWS::Events::Rule')).toEqual([]);
  });

  it('get a new version a tenth of the calls first, and go back when it errs', () => {
    const groups = (stage: Synthesised) =>
      resourcesOf(stage, 'AWS::CodeDeploy::DeploymentGroup').map(([, it]) => it.Properties);
    for (const { AlarmConfiguration, AutoRollbackConfiguration, DeploymentConfigName } of groups(prod)) {
      expect(AlarmConfiguration.Alarms).toHaveLength(1);
      expect(AutoRollbackConfiguration.Events).toContain('DEPLOYMENT_STOP_ON_ALARM');
      expect(DeploymentConfigName).toMatch(/Canary10Percent10Minutes/);
    }
    expect(groups(dev)).toHaveLength(3);
  });

  it('stay within the limits of Lambda', () => {
    for (const [name, { Properties }] of functions(prod)) {
      expect(Properties.Timeout, name).toBeLessThanOrEqual(900);
      expect(Properties.MemorySize, name).toBeLessThanOrEqual(3008); // of a new account
      expect(Properties.EphemeralStorage?.Size ?? 512, name).toBeLessThanOrEqual(10_240);
    }
  });
});

describe('the API', () => {
  const routes = (stage: Synthesised) => resourcesOf(stage, 'AWS::ApiGatewayV2::Route').map(([, it]) => it.Properties);

  it('has no route without a check of the caller, by IAM or by a token', () => {
    for (const { AuthorizationType } of routes(dev)) expect(AuthorizationType).toBe('AWS_IAM');
    const tokens = synthesise({ issuer: 'https://issuer.example.com', audience: 'firstbreak' });
    for (const { AuthorizationType } of routes(tokens)) expect(AuthorizationType).toBe('JWT');
    expect(routes(dev).length).toBeGreaterThan(0);
  });

  it('is held back and logged', () => {
    const [[, { Properties }]] = resourcesOf(prod, 'AWS::ApiGatewayV2::Stage');
    expect(Properties.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    expect(Properties.AccessLogSettings.DestinationArn).toBeDefined();
  });
});

describe('delivery', () => {
  it('isolates the page, and asks for aliases every time', () => {
    const policies = new Map(
      resourcesOf(dev, 'AWS::CloudFront::ResponseHeadersPolicy').map(([id, { Properties: headers }]) => [
        id,
        headers.ResponseHeadersPolicyConfig,
      ]),
    );
    for (const { CustomHeadersConfig } of policies.values()) {
      const set = CustomHeadersConfig.Items.map((item: { Header: string; Value: string }) => [item.Header, item.Value]);
      expect(Object.fromEntries(set)).toMatchObject({
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
    }
    const [[, { Properties }]] = resourcesOf(dev, 'AWS::CloudFront::Distribution');
    const { CacheBehaviors: registry, DefaultCacheBehavior: page } = Properties.DistributionConfig;
    const behaviour = (path: string) =>
      registry.find(({ PathPattern }: { PathPattern: string }) =>
        matchesGlob(path, PathPattern.replace(/\*$/, '**')),
      ) ?? page;
    const alias = behaviour('models/aliases/stable.json');
    const fixed = ['blobs/sha256/1', 'releases/sha256/1.json', 'signatures/1/2.json'].map((key) =>
      behaviour(`models/${key}`),
    );
    for (const { TargetOriginId, CachePolicyId } of fixed) {
      expect(TargetOriginId).toBe(alias.TargetOriginId);
      expect(CachePolicyId).not.toBe(alias.CachePolicyId);
    }
    expect(alias.TargetOriginId).not.toBe(page.TargetOriginId);
    for (const { ViewerProtocolPolicy } of [...registry, page]) expect(ViewerProtocolPolicy).toBe('redirect-to-https');
    const archive = behaviour('bundles/firstbreak-win-x64.zip');
    expect(archive).toMatchObject({ ...page, PathPattern: 'bundles/*', Compress: false });
    // The model that the page carries lies beside it.
    expect(behaviour(`models/${SHIPPED_MODEL}/manifest.json`)).toBe(page);
    // Text becomes code in workers alone.
    const scriptsOf = ({ ResponseHeadersPolicyId: { Ref } }: { ResponseHeadersPolicyId: { Ref: string } }) =>
      policies.get(Ref).SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy;
    const worker = behaviour('workers/picker-worker-1.js');
    expect(worker.TargetOriginId).toBe(page.TargetOriginId);
    for (const each of [...registry, page]) expect(/ 'unsafe-eval'/.test(scriptsOf(each))).toBe(each === worker);
  });
});

describe("what is brought to the page's bucket", () => {
  const brought = (stage: Synthesised) => {
    const [...all] = resourcesOf(stage, 'Custom::CDKBucketDeployment');
    return Object.fromEntries(all.map(([name, { Properties }]) => [name.replace(/(?:Awsc|Custom).*/, ''), Properties]));
  };

  it('is kept for a year where its name follows from its bytes, and asked for every time where it does not', () => {
    const { PageParts, PageFiles, BundleFiles } = brought(dev);
    expect(PageParts).toMatchObject({
      ...{ Exclude: ['*'], Include: ['assets/*', 'workers/*'], Prune: false },
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
    });
    expect(PageFiles).toMatchObject({
      ...{ Exclude: ['assets/*', 'workers/*', 'bundles/*'], Prune: true },
      SystemMetadata: { 'cache-control': 'no-cache' },
    });
    expect(BundleFiles).toMatchObject({
      ...{ DestinationBucketKeyPrefix: 'bundles/', DistributionPaths: ['/bundles/*'] },
      SystemMetadata: { 'cache-control': 'no-cache' },
    });
  });

  it('are of the archives those that were signed, with their list, and nothing that was unpacked', () => {
    const [key] = brought(dev).BundleFiles.SourceObjectKeys;
    const staged = join(dev.app.outdir, `asset.${key.replace('.zip', '')}`);
    expect(readdirSync(staged, { recursive: true }).sort()).toEqual([
      ...['bundles.json', 'bundles.json.sig', 'firstbreak-win-x64.zip'],
    ]);
    expect(Object.keys(brought(synthesise({}, { signed: false }))).sort()).toEqual(['PageFiles', 'PageParts']);
  });
});

describe('alarms', () => {
  it('each have an article in the runbook, and the runbook has no other', () => {
    const described = resourcesOf(prod, 'AWS::CloudWatch::Alarm').map(([, it]) => `${it.Properties.AlarmDescription}`);
    const articles = described.map((text) => /^[A-Z].+\. docs\/runbook\.md#([a-z-]+)$/.exec(text)?.[1]);
    expect(articles).not.toContain(undefined);
    const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
    const [, alarms] = /^## Alarms$([\s\S]*?)^## /m.exec(`${runbook}\n## `)!;
    const headings = [...alarms.matchAll(/^### (.+)$/gm)].map(([, heading]) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    expect(headings.sort()).toEqual([...new Set(articles)].sort());
  });

  it('and the budget write to the address that was given', () => {
    expect(resourcesOf(prod, 'AWS::SNS::Subscription').map(([, it]) => it.Properties.Endpoint)).toEqual([
      'crew@example.com',
    ]);
    const [[, { Properties }]] = resourcesOf(prod, 'AWS::Budgets::Budget');
    expect(Properties.Budget.BudgetLimit).toEqual({ Amount: 500, Unit: 'USD' });
  });
});

describe('training', () => {
  it('is there only when it was asked for, costs nothing while nothing runs, and lets nobody in', () => {
    expect(dev.templates.has('training')).toBe(false);
    const [[, { Properties }]] = resourcesOf(prod, 'AWS::Batch::ComputeEnvironment');
    expect(Properties.ComputeResources).toMatchObject({ MinvCpus: 0, MaxvCpus: 8, Type: 'SPOT' });
    expect(resourcesOf(prod, 'AWS::EC2::NatGateway')).toEqual([]);
    // A spot instance that was taken away is tried again, what the gate has refused is not.
    const [[, { Properties: job }]] = resourcesOf(prod, 'AWS::Batch::JobDefinition');
    expect(job.RetryStrategy).toEqual({ Attempts: 3, EvaluateOnExit: [{ Action: 'EXIT', OnExitCode: '3' }] });
    for (const [name, { Properties: group }] of resourcesOf(prod, 'AWS::EC2::SecurityGroup'))
      expect(group.SecurityGroupIngress, name).toBeUndefined();
  });
});

describe('the pipeline', () => {
  it('checks, changes itself, deploys to dev, and to prod when somebody has agreed', () => {
    const connection = 'arn:aws:codestar-connections:eu-central-1:123456789012:connection/abc';
    const pipeline = synthesise({ repository: 'acme/firstbreak', connection });
    const [[, { Properties }]] = resourcesOf(pipeline, 'AWS::CodePipeline::Pipeline');
    type Stage = {
      readonly Name: string;
      readonly Actions: readonly { readonly ActionTypeId: { readonly Category: string } }[];
    };
    const stages = Properties.Stages as readonly Stage[];
    expect(stages.map(({ Name }) => Name)).toEqual(['Source', 'Build', 'UpdatePipeline', 'Assets', 'dev', 'prod']);
    const categories = (name: string) =>
      stages.find(({ Name }) => Name === name)!.Actions.map((action) => action.ActionTypeId.Category);
    expect(categories('dev')).not.toContain('Approval');
    expect(categories('prod')[0]).toBe('Approval');
    const builds = JSON.stringify(resourcesOf(pipeline, 'AWS::CodeBuild::Project'));
    for (const command of ['npm ci', 'npm run check', 'npm test', 'npm run build:page', 'npm run cdk -- synth'])
      expect(builds).toContain(command);
    const deployed = JSON.stringify(Properties.Stages);
    for (const stack of ['firstbreak-dev-storage', 'firstbreak-prod-observability'])
      expect(deployed).toContain(`"${stack}"`);
  });
});

describe('what the pipeline asks for at a change', () => {
  it('is what it was made with', () => {
    const wishes = {
      repository: 'acme/firstbreak',
      connection: 'arn:aws:codestar-connections:eu-central-1:123456789012:connection/abc',
      branch: 'release',
      email: "o'brien@example.com",
      issuer: 'https://login.example.com/?a=1&b=2',
      audience: 'picks of all',
      training: '1',
      runtime: 'tflite',
    };
    const asked = withKey((trust) => wishesOf(new App({ context: { ...wishes, trust } }).node));
    // As the shell of a build reads it.
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${wordsOf(asked).join(' ')}`], { encoding: 'utf8' });
    const context = Object.fromEntries(
      words
        .trim()
        .split('\n')
        .filter((word) => word !== '-c')
        .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    );
    expect(context.trust).toBe(asked.trust!.files);
    const { trust: _, ...others } = context;
    expect(wishesOf(new App({ context: others }).node)).toEqual({ ...asked, trust: undefined });
  });
});

describe('functions at once', () => {
  it.each(Object.entries(STAGES))('of %s are as many as the docs ask the account for', (name, stage) => {
    const quotas = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
    const most = Number(new RegExp(`(\\d+) for ${name}\\b`).exec(quotas)![1]);
    expect(stage.pickersAtOnce + stage.filesAtOnce * stage.shardsAtOnce).toBe(most);
  });
});

describe('cdk-nag', () => {
  it('finds nothing that is not accepted with its reason, and everything that is', () => {
    const findings = bothStages().flatMap(({ app }) =>
      new AwsSolutionsChecks(app)
        .validateScope(app)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => ({ rule: ruleName, at: constructPath ?? '' })),
        ),
    );
    const accepts = (finding: (typeof findings)[number]) =>
      ACCEPTED.filter(({ at, rule }) => at.test(finding.at) && rule.test(finding.rule));
    expect(findings.filter((finding) => accepts(finding).length === 0)).toEqual([]);
    const needed = new Set(findings.flatMap(accepts));
    expect(ACCEPTED.filter((row) => !needed.has(row)).map(({ because }) => because)).toEqual([]);
  });
});

describe('wishes', () => {
  it.each([
    [{ stage: 'test' }, /^-c stage: expected dev or prod, found 'test'$/],
    [{ runtime: 'cuda' }, /^-c runtime: expected onnx-web or tflite or onnx-node, found 'cuda'$/],
    [{ training: 'yes' }, /^-c training: expected 1 or 0, found 'yes'$/],
    [{ issuer: 'https://a.example' }, /^-c issuer and -c audience: expected both or neither/],
    [{ issuer: 'a', audience: 'b' }, /^-c issuer: expected an https address, found 'a'$/],
    [{ email: 'nobody' }, /^-c email: expected an address, found 'nobody'$/],
    [{ repository: 'a/b' }, /expected both or neither, found one$/],
    [{ trust: 'no.pem' }, /^-c trust: expected KEY\.pub\.pem, found no file no\.pem$/],
    [{ trust: 'README.md' }, /^-c trust: expected a public key in PEM, found something else in README\.md$/],
  ])('%j are refused in a line', (context, expected) => {
    expect(() => wishesOf(new App({ context }).node)).toThrow(expected);
  });
});

describe('docs/costs.md', () => {
  it('is what the templates make it', () => {
    expect(readFileSync(COST_PAGE, 'utf8')).toBe(costPage(builtIn(synthesiseProd())));
  });

  it('follows from sizes and numbers: twice the traces cost twice the picking', () => {
    const built = builtIn(prod);
    const [user] = USERS;
    const picking = (traces: number) => costsOf({ ...user, files: 0, fileTraces: traces }, built)[0].dollars;
    expect(picking(2e6)).toBeCloseTo(2 * picking(1e6), 10);
    // 1e6 traces ÷ 1400/s × 2.9375 GB × 13.3334 µ$ and 1.5 GB of disk × 30.9 n$
    expect(picking(1e6)).toBeCloseTo((1e6 / 1400) * (2.9375 * 0.0000133334 + 1.5 * 0.0000000309), 6);
  });
});

describe('the templates as a whole', () => {
  it('are what was looked at: resources of each stack by their kind', () => {
    const counts = [...prod.templates].map(([part, template]) => {
      const kinds = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
        ({ Type }) => Type,
      );
      return [
        part,
        Object.fromEntries(
          [...new Set(kinds)].sort().map((kind) => [kind, kinds.filter((each) => each === kind).length]),
        ),
      ];
    });
    expect(Object.fromEntries(counts)).toMatchSnapshot();
  });
});
