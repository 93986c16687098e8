/**
 * To the laptops: the page that picks in the browser, the archives of the field station, and the registry of models, from the edge of
 * AWS's network. The page is isolated (COOP, COEP), without which browsers give WebAssembly no threads.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, CfnOutput, Duration, RemovalPolicy, Size, Stack, Validations } from 'aws-cdk-lib';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import type { StorageStack } from './storage.ts';

export interface DeliveryProps {
  readonly storage: StorageStack;
  /** Folder of the built page; left out of the bucket where there is none. */
  readonly page: string;
  /** Folder of the archives of the field station with their signed list; left out where it has none. */
  readonly bundles: string;
}

/** What a list of archives is called, and its signature: functions/registry/bundles.ts. */
const BUNDLE_LIST = ['bundles.json', 'bundles.json.sig'] as const;
/** Files whose names change when their bytes do. */
const HASHED = ['assets/*', 'workers/*'] as const;

/** What the page may load: its own files, WebAssembly, pictures it draws, workers it makes. */
const CONTENT = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What its workers may: they take the policy of their own response, and bindings of TFLite make functions out of text. */
const WORKERS = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

export class DeliveryStack extends Stack {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, { storage, page, bundles }: DeliveryProps) {
    super(scope, id, { stackName: id });
    const pages = new Bucket(this, 'Page', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: storage.logs,
      serverAccessLogsPrefix: 'page/',
      // It holds what a build makes, and nothing else.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logs = new Bucket(this, 'Logs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // CloudFront writes its logs by access list.
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(30) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const isolated = this.headers('Isolated', CONTENT);
    const usual = {
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      responseHeadersPolicy: isolated,
      compress: true,
    } satisfies Partial<BehaviorOptions>;
    const models = S3BucketOrigin.withOriginAccessControl(
      // By name: a policy of its bucket that named this distribution would tie the two stacks in a circle.
      Bucket.fromBucketAttributes(this, 'Models', {
        bucketArn: storage.models.bucketArn,
        bucketRegionalDomainName: storage.models.bucketRegionalDomainName,
      }),
    );
    const files = {
      ...usual,
      origin: S3BucketOrigin.withOriginAccessControl(pages),
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
    } satisfies BehaviorOptions;
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Firstbreak: page and models',
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: files,
      additionalBehaviors: {
        'workers/*': { ...files, responseHeadersPolicy: this.headers('Workers', WORKERS) },
        // Packed already.
        'bundles/*': { ...files, compress: false },
        // An alias moves at any moment; what is named by its digest never changes. The page has a folder `models/` of its own.
        'models/aliases/*': { ...usual, origin: models, cachePolicy: CachePolicy.CACHING_DISABLED },
        'models/blobs/*': { ...usual, origin: models, cachePolicy: CachePolicy.CACHING_OPTIMIZED },
        'models/releases/*': { ...usual, origin: models, cachePolicy: CachePolicy.CACHING_OPTIMIZED },
        'models/signatures/*': { ...usual, origin: models, cachePolicy: CachePolicy.CACHING_OPTIMIZED },
      },
      enableLogging: true,
      logBucket: logs,
      logFilePrefix: 'cloudfront/',
    });
    Validations.of(this.distribution).acknowledge({
      id: 'Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac',
      reason: 'The bucket of models lets distributions of this account read, see storage.ts',
    });
    if (existsSync(page)) this.bringPage(page, pages);
    this.bringBundles(bundles, pages);
    new CfnOutput(this, 'DistributionId', { value: this.distribution.distributionId });
    new CfnOutput(this, 'PageUrl', { value: `https://${this.distribution.distributionDomainName}` });
  }

  /** First what the new page asks for, which old pages that are open somewhere may go on asking for; then the page itself. */
  private bringPage(page: string, pages: Bucket): void {
    const common = { sources: [Source.asset(page)], destinationBucket: pages, memoryLimit: 512 };
    const hashed = new BucketDeployment(this, 'PageParts', {
      ...common,
      exclude: ['*'],
      include: [...HASHED],
      prune: false,
      cacheControl: [CacheControl.setPublic(), CacheControl.maxAge(Duration.days(365)), CacheControl.immutable()],
    });
    const others = new BucketDeployment(this, 'PageFiles', {
      ...common,
      exclude: [...HASHED, 'bundles/*'],
      distribution: this.distribution,
      cacheControl: [CacheControl.noCache()],
    });
    others.node.addDependency(hashed);
  }

  /** Archives that nobody has signed stay here. */
  private bringBundles(folder: string, pages: Bucket): void {
    const archives = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.zip')) : [];
    if (archives.length === 0) return;
    if (!BUNDLE_LIST.every((name) => existsSync(join(folder, name)))) {
      const left = `${folder}: expected archives that firstbreak models bundles has signed, found none of its list; left out`;
      Annotations.of(this).addWarningV2('firstbreak:unsigned-bundles', left);
      return;
    }
    new BucketDeployment(this, 'BundleFiles', {
      sources: [Source.asset(folder, { exclude: ['*', '!*.zip', ...BUNDLE_LIST.map((name) => `!${name}`)] })],
      destinationBucket: pages,
      destinationKeyPrefix: 'bundles/',
      distribution: this.distribution,
      distributionPaths: ['/bundles/*'],
      cacheControl: [CacheControl.noCache()],
      memoryLimit: 1024,
      ephemeralStorageSize: Size.gibibytes(2),
    });
  }

  private headers(id: string, contentSecurityPolicy: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, id, {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override: true },
          { header: 'Cross-Origin-Embedder-Policy', value: 'require-corp', override: true },
          { header: 'Cross-Origin-Resource-Policy', value: 'same-origin', override: true },
        ],
      },
    });
  }
}
