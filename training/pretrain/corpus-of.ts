/** The gathers that a command learns from, and what is said of them. */
import type { ProgressLine } from '../train/progress-line.ts';
import { type Corpus, NO_CORPUS, readCorpus } from './corpus.ts';

/** @param paths none: made shots alone */
export async function corpusOf(paths: readonly string[], progress: ProgressLine): Promise<Corpus> {
  if (paths.length === 0) return NO_CORPUS;
  const corpus = await readCorpus(paths, ({ message }) => progress.warn(message));
  for (const { name, gathers, traces } of corpus.record.sites)
    progress.say(`${name}: ${gathers} gathers, ${traces} traces`);
  return corpus;
}
