/** Findings of cdk-nag that stay, each with its reason. A test holds that there are no others, and that each of these is still found. */
export interface Accepted {
  /** Path of the construct. */
  readonly at: RegExp;
  readonly rule: RegExp;
  readonly because: string;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    at: /-storage\/Logs|-delivery\/Logs/,
    rule: /-S1$/,
    because: 'It is where access logs go; logging it into itself would never end.',
  },
  {
    at: /\/(?:(?:Http|Queue|Step)\/Function|Canary\/Guard)\/ServiceRole\/Resource/,
    rule: /-IAM4\[.*AWSLambdaBasicExecutionRole\]$/,
    because: "Writing one's own log, as AWS describes it.",
  },
  {
    at: /\/(Http|Queue|Step)\/Deployment\/ServiceRole/,
    rule: /-IAM4\[.*AWSCodeDeployRoleForLambdaLimited\]$/,
    because: 'Moving traffic between versions, as AWS describes it.',
  },
  {
    at: /\/(?:(?:Http|Queue|Step)\/Function|Canary\/Guard)\/ServiceRole\/DefaultPolicy|\/Survey\/Machine\/Role|-training\/Machine\/Role/,
    rule: /-IAM5\[Resource::\*\]$/,
    because: 'Traces of X-Ray and the delivery of logs know no resources to name.',
  },
  {
    at: /\/(Http|Queue|Step)\/Function\/ServiceRole\/DefaultPolicy|-training\/JobRole/,
    rule: /-IAM5\[Resource::.*(Surveys|Results|Models).*\/[^"]*\*[^"]*\]$/,
    because: 'Keys of objects are not known beforehand; the bucket is named, and so is each action.',
  },
  {
    at: /\/Survey\/Machine\/Role\/DefaultPolicy/,
    rule: /-IAM5\[Resource::.*(Results|Function|Live).*\*\]$/,
    because: 'The list of what failed is written under the id of the run; versions of the one function are called.',
  },
  {
    at: /\/Survey\/Machine\/DistributedMapPolicy/,
    rule: /-IAM5\[Resource::arn:.*:execution:.*\*\]$/,
    because: 'The machine starts and watches runs of itself, which have no names before.',
  },
  {
    at: /\/Survey\/Machine\/Resource/,
    rule: /-SF1$/,
    because:
      'Errors are logged, not every event: of a million shards that costs more than it tells, and the results list what failed.',
  },
  {
    at: /-delivery\/Distribution\/Resource/,
    rule: /-CFR[12]$/,
    because:
      'Open to every country and without a web firewall: it serves files that are public within the company, and reads no input.',
  },
  {
    at: /-delivery\/Distribution\/Resource/,
    rule: /-CFR4$/,
    because: "CloudFront's own certificate, whose protocols it decides, until the page has a name of its own.",
  },
  {
    at: /-delivery\/Custom::CDKBucketDeployment/,
    rule: /-(IAM4|IAM5)\[|-L1$/,
    because: "CDK's own function that copies the built page into its bucket.",
  },
  {
    at: /-training\/Cards\/InstanceProfileRole/,
    rule: /-IAM4\[.*AmazonEC2ContainerServiceforEC2Role\]$/,
    because: 'What an instance of ECS needs, as AWS describes it.',
  },
  {
    at: /-training\/Container\/ExecutionRole/,
    rule: /-IAM5\[Resource::\*\]$/,
    because: 'The token that images are pulled with knows no resources.',
  },
  {
    at: /-training\/Machine\/Role\/DefaultPolicy/,
    rule: /-IAM5\[Resource::arn:.*job-definition\/\*\]$/,
    because: 'A new revision of the one job definition has a number that is not known beforehand.',
  },
];
