/**
 * What a bucket says when something was written: Amazon S3, "Event message structure". Any version of it, for fields are only
 * added; and the same from Ceph, which does not encode keys. A message may tell of several objects.
 */

export interface Arrival {
  readonly bucket: string;
  readonly key: string;
}

/** `test`: sent once when the notification is set up. */
export type BucketMessage =
  | { readonly kind: 'arrivals'; readonly arrivals: readonly Arrival[] }
  | { readonly kind: 'test' };

/** undefined: no message of a bucket. */
export function bucketMessage(message: unknown): BucketMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { Event, Records } = message as { Event?: unknown; Records?: unknown };
  if (Event === 's3:TestEvent') return { kind: 'test' };
  if (!Array.isArray(Records) || !Records.every(isRecord)) return undefined;
  return { kind: 'arrivals', arrivals: Records.filter(({ eventName }) => CREATED.test(eventName)).map(arrivalOf) };
}

interface S3Record {
  readonly eventSource: string;
  readonly eventName: string;
  readonly s3: { readonly bucket: { readonly name: string }; readonly object: { readonly key: string } };
}

function isRecord(record: unknown): record is S3Record {
  const { eventSource, eventName, s3 } = (record ?? {}) as Partial<S3Record>;
  return (
    /:s3$/.test(eventSource ?? '') &&
    typeof eventName === 'string' &&
    typeof s3?.bucket?.name === 'string' &&
    typeof s3?.object?.key === 'string'
  );
}

/** What was removed, tagged or restored is no arrival; Ceph puts `s3:` before the name. */
const CREATED = /^(s3:)?ObjectCreated:/;

const arrivalOf = ({ eventSource, s3: { bucket, object } }: S3Record): Arrival => ({
  bucket: bucket.name,
  key: eventSource === 'aws:s3' ? decoded(object.key) : object.key,
});

/** As a form is encoded: `+` is a blank. What was not encoded so stays as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
