/** Which traces a finding means, in the words of the crew: channel numbers, as they stand under the picture. */
import type { Trace } from '../gather.ts';

/** What tells a trace from others. */
export type NamedTrace = Readonly<{ [K in 'index' | 'channel']: Trace[K] }>;

/** `channels 3–5, 9`; places in the file where channel numbers do not tell the traces apart; `indices` as in `Trace.index`. */
export function traceWords(traces: readonly NamedTrace[], indices: readonly number[]): string {
  if (indices.length === 0) return 'whole shot';
  const told = new Set(traces.map(({ channel }) => channel)).size === traces.length;
  if (!told) return `${plural('trace', indices)} ${ranges(indices)} (from 0)`;
  const concerned = new Set(indices);
  const channels = traces.flatMap(({ index, channel }) => (concerned.has(index) ? [channel] : []));
  return `${plural('channel', indices)} ${ranges(channels.sort((a, b) => a - b))}`;
}

const plural = (noun: string, { length }: readonly number[]) => (length === 1 ? noun : `${noun}s`);

/** `0–3, 7`: consecutive numbers drawn together. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end] + 1) end++;
    parts.push(end === i ? `${numbers[i]}` : `${numbers[i]}–${numbers[end]}`);
    i = end + 1;
  }
  return parts.join(', ');
}
