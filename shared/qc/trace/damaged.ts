/** A record that the reader found damaged. */
import type { Judge } from '../judges.ts';

/** Problems of readers that mean lost samples or traces; the others are remarks on what was decided. */
export const LOSSES: ReadonlySet<string> = new Set([
  'truncated',
  'truncated-tail',
  'trace-cut',
  'malformed-trace',
  'fewer-traces',
  'damaged-record',
  'unknown-bytes',
  'bytes-skipped',
]);

export const damagedRecord: Judge = ({ problems }, { limits }) => {
  const losses = problems.filter(({ code }) => LOSSES.has(code));
  if (losses.length === 0) return [];
  return [
    {
      code: 'damaged-record',
      severity: 'warn',
      traces: [],
      value: losses.length,
      unit: 'problems',
      threshold: limits['damaged-record.problems'],
      cause: `file cut short, still being written, or with contradicting headers: ${losses.map(({ message }) => message).join('; ')}`,
      advice: 'wait until the recorder has closed the file, or copy it again',
      says: 'the record is damaged',
    },
  ];
};
