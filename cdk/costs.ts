/**
 * What a month costs, worked out from the templates: sizes of functions, numbers of alarms, keys and pipelines are read there,
 * prices stand in a table that says where each was read, and what users do is three examples. List prices of us-east-1 without the
 * free tier, US dollars, 2026.
 */
import { METRICS } from './settings.ts';

/** Where a price was read: on AWS's own page, in guides of 2024 to 2026 that quote it, or nowhere: recalled, and to be looked up. */
type Read = 'AWS' | 'guides' | 'recalled';
interface Price {
  readonly dollars: number;
  /** What it is of, in words. */
  readonly of: string;
  /** The page that holds it, under aws.amazon.com. */
  readonly page: string;
  readonly read: Read;
}
const price = (dollars: number, of: string, page: string, read: Read): Price => ({ dollars, of, page, read });

/** Of a month, unless said otherwise. */
export const LIST = {
  lambdaGbSecond: price(0.0000133334, 'Lambda on arm64, a GB second', 'lambda/pricing', 'guides'),
  lambdaDiskGbSecond: price(0.0000000309, 'Lambda, a GB second of /tmp above 512 MB', 'lambda/pricing', 'recalled'),
  lambdaRequest: price(0.2 / 1e6, 'Lambda, a request', 'lambda/pricing', 'guides'),
  sqsRequest: price(0.4 / 1e6, 'SQS, a request', 'sqs/pricing', 'guides'),
  stateTransition: price(0.025 / 1e3, 'Step Functions, a transition', 'step-functions/pricing', 'AWS'),
  apiRequest: price(1 / 1e6, 'API Gateway (HTTP), a request', 'api-gateway/pricing', 'guides'),
  s3GbMonth: price(0.023, 'S3 Standard, a GB', 's3/pricing', 'guides'),
  s3Write: price(0.005 / 1e3, 'S3, a write', 's3/pricing', 'guides'),
  s3Read: price(0.0004 / 1e3, 'S3, a read', 's3/pricing', 'guides'),
  egressGb: price(0.09, 'a GB out of AWS', 's3/pricing', 'guides'),
  logGb: price(0.5, 'CloudWatch, a GB of logs', 'cloudwatch/pricing', 'guides'),
  traced: price(5 / 1e6, 'X-Ray, a trace', 'xray/pricing', 'guides'),
  alarm: price(0.1, 'CloudWatch, a metric of an alarm', 'cloudwatch/pricing', 'guides'),
  dashboard: price(3, 'CloudWatch, a dashboard', 'cloudwatch/pricing', 'guides'),
  metric: price(0.3, 'CloudWatch, a metric', 'cloudwatch/pricing', 'guides'),
  signingKey: price(1, 'KMS, a key', 'kms/pricing', 'AWS'),
  spotCardHour: price(0.4, 'EC2 g6.xlarge as spot, an hour; it moves', 'ec2/spot/pricing', 'recalled'),
  pipelineMinute: price(0.002, 'CodePipeline, a minute of an action', 'codepipeline/pricing', 'AWS'),
  buildMinute: price(0.01, 'CodeBuild, a minute of a medium machine', 'codebuild/pricing', 'guides'),
  imageGb: price(0.1, 'ECR, a GB of images', 'ecr/pricing', 'recalled'),
  edgeGb: price(0.085, 'CloudFront, a GB in America and Europe', 'cloudfront/pricing', 'recalled'),
} as const satisfies Readonly<Record<string, Price>>;

export const PRICES = Object.fromEntries(Object.entries(LIST).map(([name, { dollars }]) => [name, dollars])) as {
  readonly [K in keyof typeof LIST]: number;
};

/** What the templates say. */
export interface Built {
  readonly pickGb: number;
  readonly apiGb: number;
  readonly pickDiskGb: number;
  /** Metrics that alarms look at. */
  readonly alarms: number;
  readonly dashboards: number;
  readonly signingKeys: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: {
    readonly Handler?: string;
    readonly MemorySize?: number;
    readonly EphemeralStorage?: { readonly Size?: number };
    readonly Metrics?: readonly { readonly MetricStat?: unknown }[];
  };
}

/** An alarm on a sum is billed for each metric of it. */
const metricsOf = ({ Metrics }: Resource['Properties'] = {}): number =>
  Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;

export function builtOf(resources: readonly Resource[]): Built {
  const all = (type: string) => resources.filter((each) => each.Type === type);
  const lambda = (handler: string) => {
    const found = all('AWS::Lambda::Function').find((each) => each.Properties?.Handler === handler)?.Properties;
    return { gb: Number(found?.MemorySize) / 1024, disk: Number(found?.EphemeralStorage?.Size) / 1024 };
  };
  return {
    pickGb: lambda('lambda.queue').gb,
    apiGb: lambda('lambda.http').gb,
    pickDiskGb: lambda('lambda.queue').disk,
    alarms: all('AWS::CloudWatch::Alarm').reduce((sum, { Properties }) => sum + metricsOf(Properties), 0),
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    signingKeys: all('AWS::KMS::Key').length,
  };
}

export interface User {
  readonly name: string;
  readonly about: string;
  /** Files that are picked whole, and their gigabytes and traces, a month. */
  readonly files: number;
  readonly fileGb: number;
  readonly fileTraces: number;
  /** Lines picked in shards by the state machine. */
  readonly lines: number;
  readonly lineGb: number;
  readonly lineTraces: number;
  readonly apiRequests: number;
  readonly retrainings: number;
}

export const USERS: readonly User[] = [
  {
    name: 'a crew',
    about: '20 days of 200 shots of 48 traces, a file of half a megabyte each',
    files: 4000,
    fileGb: 2,
    fileTraces: 192_000,
    lines: 0,
    lineGb: 0,
    lineTraces: 0,
    apiRequests: 8000,
    retrainings: 0,
  },
  {
    name: 'a contractor',
    about: 'ten such crews, four lines of 50 GB and 6 million traces each, one retraining',
    files: 40_000,
    fileGb: 20,
    fileTraces: 1_920_000,
    lines: 4,
    lineGb: 200,
    lineTraces: 24_000_000,
    apiRequests: 100_000,
    retrainings: 1,
  },
  {
    name: 'a company',
    about: 'fifty lines of 200 GB and 25 million traces each, four retrainings',
    files: 200_000,
    fileGb: 100,
    fileTraces: 9_600_000,
    lines: 50,
    lineGb: 10_000,
    lineTraces: 1_250_000_000,
    apiRequests: 1_000_000,
    retrainings: 4,
  },
];

/** What is not in the template: measured here, or guessed on the safe side. */
export const ASSUMED = {
  /** A quarter less than a survey took on a core here, see docs/cloud.md. */
  tracesPerSecond: 1400,
  /** A file: find it, open it, write its results. */
  secondsPerFile: 0.5,
  shardGb: 0.128,
  secondsPerShard: 4,
  readGb: 0.001, // a range request
  writesPerFile: 10,
  writesPerShard: 1,
  resultBytesPerTrace: 250,
  transitionsPerFile: 6,
  /** Picked, and judged once more beside those before it. */
  transitionsPerShard: 5,
  apiSeconds: 0.3,
  logBytesPerCall: 1500,
  tracedShare: 0.05,
  /** Five pollers that wait 20 s each time. */
  polls: (5 * 30 * 24 * 3600) / 20,
  metrics: 17,
  trainingHours: 2,
} as const;

export interface Cost {
  readonly what: string;
  readonly dollars: number;
}

export function costsOf(user: User, built: Built): readonly Cost[] {
  const shards = user.lineGb / ASSUMED.shardGb;
  const steps = user.files + shards + 2 * user.lines;
  const seconds =
    (user.fileTraces + user.lineTraces) / ASSUMED.tracesPerSecond +
    user.files * ASSUMED.secondsPerFile +
    shards * ASSUMED.secondsPerShard;
  const calls = steps + user.apiRequests;
  const gb = user.fileGb + user.lineGb;
  const resultGb = ((user.fileTraces + user.lineTraces) * ASSUMED.resultBytesPerTrace) / 1e9;
  const writes =
    user.files * ASSUMED.writesPerFile + shards * ASSUMED.writesPerShard + user.lines * ASSUMED.writesPerFile;
  return [
    {
      what: 'Lambda: picking',
      dollars:
        seconds * built.pickGb * PRICES.lambdaGbSecond +
        seconds * Math.max(0, built.pickDiskGb - 0.5) * PRICES.lambdaDiskGbSecond +
        steps * PRICES.lambdaRequest,
    },
    {
      what: 'Lambda and API Gateway: requests',
      dollars:
        user.apiRequests *
        (PRICES.apiRequest + PRICES.lambdaRequest + ASSUMED.apiSeconds * built.apiGb * PRICES.lambdaGbSecond),
    },
    { what: 'SQS', dollars: (3 * user.files + ASSUMED.polls) * PRICES.sqsRequest },
    {
      what: 'Step Functions',
      dollars:
        (user.lines * ASSUMED.transitionsPerFile + shards * ASSUMED.transitionsPerShard) * PRICES.stateTransition,
    },
    { what: 'S3: surveys and results of the month', dollars: (gb + resultGb) * PRICES.s3GbMonth },
    { what: 'S3: requests', dollars: writes * PRICES.s3Write + (gb / ASSUMED.readGb) * PRICES.s3Read },
    { what: 'results fetched once', dollars: resultGb * PRICES.egressGb },
    {
      what: 'logs, traces, metrics, alarms',
      dollars:
        (calls * ASSUMED.logBytesPerCall * PRICES.logGb) / 1e9 +
        calls * ASSUMED.tracedShare * PRICES.traced +
        ASSUMED.metrics * PRICES.metric +
        built.alarms * PRICES.alarm +
        built.dashboards * PRICES.dashboard,
    },
    { what: 'key that signs models', dollars: built.signingKeys * PRICES.signingKey },
    { what: 'retraining on spot cards', dollars: user.retrainings * ASSUMED.trainingHours * PRICES.spotCardHour },
  ];
}

/** A table of Markdown, its first line the head; numbers to the right. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(table[0]), line(rule), ...table.slice(1).map(line)];
}

const dollars = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value < 0.005 ? '0' : value.toFixed(2);

const READ: Readonly<Record<Read, string>> = { AWS: "AWS's page", guides: 'guides', recalled: '**nowhere**' };
const cents = (value: number): string => `${Number((100 * value).toFixed(2))} cents`;
/** A price of very little by the million. */
const amount = (value: number): string =>
  value >= 0.001 ? `${value}` : `${Number((value * 1e6).toPrecision(6))} a million`;

/** The page docs/costs.md. */
export function costPage(built: Built): string {
  const columns = USERS.map((user) => costsOf(user, built));
  const rows = columns[0].map(({ what }, i) => [what, ...columns.map((costs) => dollars(costs[i].dollars))]);
  const sum = (costs: readonly Cost[]) => costs.reduce((all, { dollars: one }) => all + one, 0);
  const traces = ({ fileTraces, lineTraces }: User) => (fileTraces + lineTraces) / 1e6;
  const table = [
    ['US dollars a month', ...USERS.map(({ name }) => name)],
    ...rows,
    ['**all**', ...columns.map((costs) => `**${dollars(sum(costs))}**`)],
    ['a million traces', ...columns.map((costs, i) => dollars(sum(costs) / traces(USERS[i])))],
    ['with nothing to do', ...columns.map(() => dollars(sum(costsOf(NOBODY, built))))],
  ];
  return [
    '# What the cloud costs',
    '',
    'Worked out by `npm run costs` from the templates of the prod stage with `-c trust=…`: the sizes of the functions and the numbers of alarms and',
    'keys are read there, so a change of the stacks changes this page, and a test holds the two together. List prices of us-east-1, 2026, in US',
    'dollars, without the free tier, without taxes. Nothing of it was measured on a bill.',
    '',
    ...aligned(table),
    '',
    ...USERS.map(({ name, about }) => `- **${name}**: ${about}.`),
    '',
    `Assumed beside the templates: a function of ${built.pickGb.toFixed(2)} GB picks ${ASSUMED.tracesPerSecond.toLocaleString('en')} traces a second, a quarter less than a core`,
    'did here ([cloud.md](cloud.md)); half a second a file and four a shard for all that is not picking, the judgement of the line among it;',
    `${ASSUMED.resultBytesPerTrace} bytes of results a trace; reads of a megabyte; one call in ${1 / ASSUMED.tracedShare} traced; ${ASSUMED.metrics} metrics under \`${METRICS}\`; a retraining of`,
    `${ASSUMED.trainingHours} hours. Surveys that are kept cost their storage again each month, less after thirty days in Intelligent-Tiering.`,
    '',
    `The pipeline adds ${cents(PRICES.pipelineMinute)} a minute of its actions and ${cents(PRICES.buildMinute)} a minute of its builds. Training adds the storage of its image, some`,
    `gigabytes at ${cents(PRICES.imageGb)} a month each, while nothing is trained. What laptops fetch from CloudFront costs ${cents(PRICES.edgeGb)} a gigabyte (America,`,
    'Europe), beyond the terabyte a month that nobody pays.',
    '',
    '## Prices',
    '',
    'Read where the last column says: on the page of AWS itself, in guides of 2024 to 2026 that quote it, or nowhere, which leaves it to be looked',
    'up. The pages are those of `https://aws.amazon.com/…`.',
    '',
    ...aligned([
      ['price of', 'US dollars', 'page', 'read in'],
      ...Object.values(LIST).map(({ of, dollars: value, page, read }) => [of, amount(value), page, READ[read]]),
    ]),
    '',
  ].join('\n');
}

const NOBODY: User = {
  name: '',
  about: '',
  files: 0,
  fileGb: 0,
  fileTraces: 0,
  lines: 0,
  lineGb: 0,
  lineTraces: 0,
  apiRequests: 0,
  retrainings: 0,
};
