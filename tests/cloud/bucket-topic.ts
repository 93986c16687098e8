/**
 * Has Ceph's gateway tell a URL of what is written to a bucket: a topic (its CreateTopic, signed as AWS Signature Version 4 has it) and
 * the notification of the bucket to it.
 */
import { createHash, createHmac } from 'node:crypto';
import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import type { RadosGateway } from './radosgw.ts';

export async function notify(server: RadosGateway, bucket: string, url: string): Promise<void> {
  const body = new URLSearchParams({
    ...{ Action: 'CreateTopic', Name: 'arrivals', Version: '2010-03-31' },
    ...{ 'Attributes.entry.1.key': 'push-endpoint', 'Attributes.entry.1.value': url },
  }).toString();
  const answer = await fetch(server.endpoint, { method: 'POST', body, headers: signed(server, body) });
  const text = await answer.text();
  const [, TopicArn] = /<TopicArn>([^<]+)</.exec(text) ?? [];
  if (!TopicArn) throw new Error(`expected a topic, found ${answer.status} ${text.slice(0, 300)}`);
  const Events = ['s3:ObjectCreated:*' as const, 's3:ObjectRemoved:*' as const];
  const NotificationConfiguration = { TopicConfigurations: [{ Id: 'arrivals', TopicArn, Events }] };
  await server
    .client()
    .send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }));
}

function signed({ endpoint, credentials }: RadosGateway, body: string): Record<string, string> {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/us-east-1/sns/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: new URL(endpoint).host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ];
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n');
  const signature = hmac(key, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}
