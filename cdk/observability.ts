/** What is watched: a page of charts, alarms that each have an article in the runbook, and what a month may cost. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  type Alarm,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { alarm, FIVE_MINUTES, RUNBOOK } from './alarms.ts';
import { CanaryGuard } from './canary.ts';
import type { Wishes } from './context.ts';
import type { PickingStack } from './picking.ts';
import { METRICS, type StageSettings } from './settings.ts';
import type { StorageStack } from './storage.ts';

export interface ObservabilityProps {
  readonly settings: StageSettings;
  readonly storage: StorageStack;
  readonly picking: PickingStack;
  readonly email: string | undefined;
  /** Folder of the bundle. */
  readonly bundle: string;
  /** Without it there is no canary among the functions. */
  readonly trust: Wishes['trust'];
}

/** What the functions count, by name. */
const counted = (metricName: string, service: string, statistic: string) =>
  new Metric({ namespace: METRICS, metricName, dimensionsMap: { service }, statistic, ...FIVE_MINUTES });

export class ObservabilityStack extends Stack {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { settings, storage, picking, email, bundle, trust }: ObservabilityProps) {
    super(scope, id, { stackName: id });
    const { http, queue, step, api, survey } = picking;
    const ofAll = (fold: 'SUM' | 'MAX', metric: (each: IFunction) => IMetric) =>
      new MathExpression({
        expression: `${fold}(METRICS())`,
        usingMetrics: { http: metric(http.lambda), queue: metric(queue.lambda), step: metric(step.lambda) },
        ...FIVE_MINUTES,
      });
    this.alarms = [
      alarm(this, {
        article: 'dead-letters',
        says: 'Messages were given up after several tries.',
        metric: storage.deadLetters.metricApproximateNumberOfMessagesVisible(FIVE_MINUTES),
        above: 0,
      }),
      alarm(this, {
        article: 'arrivals-wait',
        says: 'What arrived waits for more than an hour.',
        metric: storage.arrivals.metricApproximateAgeOfOldestMessage(FIVE_MINUTES),
        above: 3600,
      }),
      alarm(this, {
        article: 'throttled',
        says: 'Functions are held back by the concurrency of the account.',
        metric: ofAll('SUM', (each) => each.metricThrottles(FIVE_MINUTES)),
        above: 10,
        periods: 3,
      }),
      alarm(this, {
        article: 'near-the-time-limit',
        says: 'A call of a picking function took more than 13 of its 15 minutes.',
        metric: ofAll('MAX', (each) => each.metricDuration({ ...FIVE_MINUTES, statistic: Stats.MAXIMUM })),
        above: Duration.minutes(13).toMilliseconds(),
      }),
      alarm(this, {
        article: 'api-errors',
        says: 'The API answers with 5xx.',
        metric: api.metricServerError({ ...FIVE_MINUTES, statistic: Stats.SUM }),
        above: 5,
      }),
      alarm(this, {
        article: 'api-slow',
        says: 'One of a hundred answers takes longer than 20 seconds.',
        metric: api.metricLatency({ ...FIVE_MINUTES, statistic: Stats.percentile(99) }),
        above: 20_000,
        periods: 3,
      }),
      alarm(this, {
        article: 'survey-failed',
        says: 'A survey ended in an error.',
        metric: survey.machine.metricFailed({ ...FIVE_MINUTES, statistic: Stats.SUM }),
        above: 0,
      }),
      alarm(this, {
        article: 'many-skipped',
        says: 'More than half of the traces of an hour were skipped.',
        metric: counted('SkippedShare', 'Queue', Stats.AVERAGE).with({ period: Duration.hours(1) }),
        above: 50,
      }),
    ];
    const watched = trust ? new CanaryGuard(this, 'Canary', { settings, storage, picking, bundle }).alarms : [];
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    topic.grantPublish(new ServicePrincipal('budgets.amazonaws.com'));
    topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
    if (email) topic.addSubscription(new EmailSubscription(email));
    for (const each of [...this.alarms, ...watched]) each.addAlarmAction(new SnsAction(topic));

    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: settings.monthlyBudget, unit: 'USD' },
      },
      notificationsWithSubscribers: [
        { type: 'ACTUAL', at: 80 },
        { type: 'FORECASTED', at: 100 },
      ].map(({ type, at }) => ({
        notification: {
          notificationType: type,
          comparisonOperator: 'GREATER_THAN',
          threshold: at,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
    });

    const chart = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []) =>
      new GraphWidget({ title, left: [...left], right: [...right], width: 8, height: 6 });
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [new TextWidget({ markdown: `What to do when an alarm rings: ${RUNBOOK}`, width: 24, height: 1 })],
        [
          chart('Traces', [counted('TracesPicked', 'Queue', Stats.SUM), counted('TracesPicked', 'Step', Stats.SUM)]),
          chart('Skipped, % of the traces', [
            counted('SkippedShare', 'Queue', Stats.AVERAGE),
            counted('SkippedShare', 'Step', Stats.AVERAGE),
          ]),
          chart(
            'Waiting',
            [storage.arrivals.metricApproximateNumberOfMessagesVisible(FIVE_MINUTES)],
            [storage.arrivals.metricApproximateAgeOfOldestMessage(FIVE_MINUTES)],
          ),
        ],
        [
          chart(
            'Calls and errors',
            [http, queue, step].map(({ lambda }) => lambda.metricInvocations(FIVE_MINUTES)),
            [http, queue, step].map(({ lambda }) => lambda.metricErrors(FIVE_MINUTES)),
          ),
          chart(
            'Longest call, ms',
            [http, queue, step].map(({ lambda }) =>
              lambda.metricDuration({ ...FIVE_MINUTES, statistic: Stats.MAXIMUM }),
            ),
          ),
          chart(
            'API',
            [api.metricCount(FIVE_MINUTES)],
            [api.metricServerError(FIVE_MINUTES), api.metricClientError(FIVE_MINUTES)],
          ),
        ],
      ],
    });
  }
}
