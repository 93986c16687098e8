/**
 * Copies of shot files in the station's own folder, each under the digest of its content: for recorders and sticks that go away for
 * good. A copy appears whole and under its own name, or not at all.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isTemporary } from './temporary-names.ts';

const BLOCK_BYTES = 1 << 22;

const folderOf = (data: string, sha256: string): string => join(data, 'raw', sha256);

/** undefined: there is no copy of this content. */
export function rawFile(data: string, sha256: string): string | undefined {
  try {
    const name = readdirSync(folderOf(data, sha256)).find((one) => !isTemporary(one));
    return name === undefined ? undefined : join(folderOf(data, sha256), name);
  } catch {
    return undefined;
  }
}

/** A file that has other content by now is left: that content is a file of its own. @throws what the system says */
export async function keepRaw(data: string, path: string, sha256: string): Promise<void> {
  if (rawFile(data, sha256) !== undefined) return;
  const folder = folderOf(data, sha256);
  const half = join(folder, '.half');
  await mkdir(folder, { recursive: true });
  try {
    if ((await copied(path, half)) === sha256) await rename(half, join(folder, basename(path)));
    else await rm(folder, { recursive: true });
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** Gives the digest of what was copied. */
async function copied(from: string, to: string): Promise<string> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w');
    try {
      const hash = createHash('sha256');
      const block = Buffer.alloc(BLOCK_BYTES);
      for (;;) {
        const { bytesRead } = await source.read(block, 0, BLOCK_BYTES);
        if (bytesRead === 0) break;
        hash.update(block.subarray(0, bytesRead));
        await target.writeFile(block.subarray(0, bytesRead));
      }
      await target.sync();
      return hash.digest('hex');
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
