/** Puts tasks into the queue. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';

/** SQS takes ten messages at a time, and may refuse single ones. */
export function sender(url: string, client = new SQSClient()) {
  return async (messages: readonly object[]): Promise<void> => {
    for (let from = 0; from < messages.length; from += 10) {
      let waiting = messages
        .slice(from, from + 10)
        .map((message, i) => ({ Id: String(i), MessageBody: JSON.stringify(message) }));
      for (let tries = 0; waiting.length > 0; tries++) {
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: waiting }));
        const refused = new Set(Failed.map(({ Id }) => Id));
        waiting = waiting.filter(({ Id }) => refused.has(Id));
        if (waiting.length > 0 && tries === 4)
          throw new Error(`expected the queue to take tasks, found ${Failed[0].Code}`);
      }
    }
  };
}
