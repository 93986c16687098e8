/** A window of a shot in a file, as a network sees it, to be found again among what it makes. */
import { RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type TimedShot, timed } from '#shared/gather.ts';
import { preparedShot } from '../data/prepared.ts';
import { fileSource } from '../files.ts';
import { LEAST_TRACES } from '../pretrain/corpus.ts';
import { plainWindows } from '../pretrain/windows.ts';

/**
 * @param where `FILE`, whose first shot is meant, or `FILE#FFID`
 * @returns features of the window in the middle of the shot, [trace, sample, channel]
 * @throws RecordError
 */
export async function windowOf(where: string, traces: number): Promise<Float32Array> {
  const shot = await shotAt(where);
  const live = preparedShot(shot).live.at.length;
  if (live < LEAST_TRACES) throw new RecordError('empty', where, `expected ${LEAST_TRACES} live traces, found ${live}`);
  const windows = plainWindows(shot, traces);
  return windows[windows.length >> 1];
}

async function shotAt(where: string): Promise<TimedShot> {
  const marked = /^(.+)#(\d+)$/.exec(where);
  const [file, ffid] = marked ? [marked[1], Number(marked[2])] : [where, undefined];
  const recording = await open(await fileSource(file));
  const met: (number | undefined)[] = [];
  for await (const shot of recording.shots()) {
    if (ffid === undefined || shot.ffid === ffid) return timed(shot, file);
    met.push(shot.ffid);
  }
  throw new RecordError(
    'empty',
    file,
    ffid === undefined ? 'expected a shot, found none' : `expected FFID ${ffid}, found ${met.join(', ') || 'no shot'}`,
  );
}
