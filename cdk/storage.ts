/**
 * Where everything lies: surveys as they come, results, models. And the queue that says what has arrived, because a bucket can
 * only tell a queue that is made with it.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { gift } from './gift.ts';
import { type StageSettings, TRIES, VISIBILITY } from './settings.ts';

export class StorageStack extends Stack {
  readonly surveys: Bucket;
  readonly results: Bucket;
  readonly models: Bucket;
  readonly logs: Bucket;
  /** Events of the surveys' bucket, and tasks that follow from them. */
  readonly arrivals: Queue;
  readonly deadLetters: Queue;
  /** Signs releases of models; it never leaves AWS. */
  readonly signingKey: Key;

  constructor(scope: Construct, id: string, { keepsData }: StageSettings) {
    super(scope, id, { stackName: id });
    const removal: BucketProps = keepsData
      ? { removalPolicy: RemovalPolicy.RETAIN }
      : { removalPolicy: RemovalPolicy.DESTROY };
    const closed: BucketProps = {
      ...removal,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    };
    this.logs = new Bucket(this, 'Logs', { ...closed, lifecycleRules: [{ expiration: Duration.days(90) }] });
    const kept = (name: string, props: BucketProps) =>
      new Bucket(this, name, {
        ...closed,
        versioned: true,
        serverAccessLogsBucket: this.logs,
        serverAccessLogsPrefix: `${name.toLowerCase()}/`,
        ...props,
      });
    const tidy = {
      abortIncompleteMultipartUploadAfter: Duration.days(7),
      noncurrentVersionExpiration: Duration.days(30),
    };
    this.surveys = kept('Surveys', {
      lifecycleRules: [
        {
          ...tidy,
          transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
        },
      ],
    });
    this.results = kept('Results', { lifecycleRules: [tidy] });
    // Old aliases are the history of what was stable when.
    this.models = kept('Models', { lifecycleRules: [{ ...tidy, noncurrentVersionExpiration: Duration.days(365) }] });
    this.models.addToResourcePolicy(onlyAsSeen(this.models, ['models/blobs/*', 'models/releases/*']));
    this.models.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Delivery',
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [this.models.arnForObjects('models/*')],
        // Any distribution of this account: the one that delivers is made after this bucket.
        conditions: {
          StringLike: { 'aws:SourceArn': `arn:${this.partition}:cloudfront::${this.account}:distribution/*` },
        },
      }),
    );

    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.arrivals = new Queue(this, 'Arrivals', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: VISIBILITY,
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: TRIES },
    });
    this.tellArrivals();

    this.signingKey = new Key(this, 'SigningKey', {
      description: 'Signs releases of models',
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      ...(keepsData ? {} : { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) }),
    });
    for (const [name, value] of [
      ['SurveysBucket', this.surveys.bucketName],
      ['ResultsBucket', this.results.bucketName],
      ['ModelsBucket', this.models.bucketName],
      ['SigningKeyArn', this.signingKey.keyArn],
    ] as const)
      new CfnOutput(this, name, { value });
  }

  /** The bucket's own property: another construct would bring a function of its own for it. */
  private tellArrivals(): void {
    this.arrivals.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.arrivals.queueArn],
        // By account and not by bucket, which is made after this policy.
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    const bucket = this.surveys.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: this.arrivals.queueArn }],
    };
    this.surveys.node.addDependency(this.arrivals.node.findChild('Policy'));
  }

  /** Reads what comes, and writes a pointer to the results beside it. */
  readonly pickSurveys = () =>
    gift({ SURVEYS_BUCKET: this.surveys.bucketName }, (to) => {
      may(to, this.surveys, ['s3:GetObject']);
      may(to, this.surveys, ['s3:PutObject'], '*.firstbreak.json');
      mayList(to, this.surveys);
    });
  /** Of the API: surveys come through it as well, in parts, and go when they are not what was announced. */
  readonly bringSurveys = () =>
    gift({}, (to) => may(to, this.surveys, ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject']));
  /** Shards of results go when they are merged, jobs when somebody deletes them. */
  readonly keepResults = () =>
    gift({ RESULTS_BUCKET: this.results.bucketName }, (to) => {
      may(to, this.results, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject']);
      mayList(to, this.results);
    });
  readonly sendTasks = () =>
    gift({ TASKS_QUEUE_URL: this.arrivals.queueUrl }, (to) => this.arrivals.grantSendMessages(to));
  /** Releases of models, and whose signatures count on them. @param keys what stands in a PEM of public keys, commas between several */
  readonly readModels = (keys: string) =>
    gift({ MODELS_BUCKET: this.models.bucketName, MODELS_TRUST: keys }, (to) => {
      may(to, this.models, ['s3:GetObject'], 'models/*');
      mayList(to, this.models); // without it, what is not there looks forbidden
    });
  /** Of all that moves models, the one thing that can do no harm. */
  readonly endCanary = () =>
    gift({ MODELS_BUCKET: this.models.bucketName }, (to) =>
      may(to, this.models, ['s3:GetObject', 's3:PutObject'], 'models/aliases/canary.json'),
    );
  /** Whoever retrains reads labels, which lie where nobody picks what arrives, and publishes what it made. */
  readonly publishModels = () =>
    gift({ MODELS_BUCKET: this.models.bucketName, SIGNING_KEY: this.signingKey.keyArn }, (to) => {
      may(to, this.models, ['s3:GetObject'], 'labels/*');
      may(to, this.models, ['s3:GetObject', 's3:PutObject'], 'models/*');
      mayList(to, this.models);
      to.grantPrincipal.addToPrincipalPolicy(
        new PolicyStatement({ actions: ['kms:Sign', 'kms:GetPublicKey'], resources: [this.signingKey.keyArn] }),
      );
    });
}

/** Named actions alone: the grants of buckets have wildcards among theirs. */
const may = (to: IGrantable, bucket: Bucket, actions: readonly string[], keys = '*') =>
  to.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions], resources: [bucket.arnForObjects(keys)] }),
  );
const mayList = (to: IGrantable, bucket: Bucket) =>
  to.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  );

/**
 * Objects under these keys are written where none is, or over the very bytes that were seen, which whoever heals a damaged one has
 * held against its digest. Keys of one operator hold together: what has neither condition is denied.
 */
const onlyAsSeen = (bucket: IBucket, keys: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'OnlyAsSeen',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: keys.map((key) => bucket.arnForObjects(key)),
    conditions: { Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } },
  });
