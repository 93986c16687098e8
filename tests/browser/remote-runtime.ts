/** A runtime of the page under test, for whoever picks in Node: windows go over, scores come back, to the last bit. */
import type { Runtime } from '#shared/model/runtime.ts';
import type { TestPage } from './open-page.ts';
import type { SubjectWords } from './page/worker.ts';

export const remoteRuntime = (page: TestPage, subject: SubjectWords): Runtime => ({
  name: subject.runtime,
  async run(features, windows, traces) {
    const words = Buffer.from(features.buffer, features.byteOffset, features.byteLength).toString('base64');
    const scores = await page.ask({ kind: 'run', features: words, windows, traces, ...subject });
    if (!scores || !('onset' in scores)) throw new Error('expected scores of the page, found none');
    return { onset: numbers(scores.onset), none: numbers(scores.none) };
  },
  close: async () => {},
});

function numbers(text: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
