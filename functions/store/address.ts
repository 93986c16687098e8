/** A store by its address: `s3://bucket/prefix`, else a directory. */
import type { ObjectStore } from '#shared/object-store.ts';

/** The SDK of S3 is loaded where it is needed. @throws StoreError */
export async function openStore(address: string): Promise<ObjectStore> {
  if (!address.startsWith('s3://')) return (await import('./directory.ts')).directoryStore(address);
  const { s3Place, s3Store } = await import('./s3.ts');
  const place = s3Place(address);
  if (!place) throw new Error(`expected s3://bucket/prefix, found ${address}`);
  return s3Store(place);
}
