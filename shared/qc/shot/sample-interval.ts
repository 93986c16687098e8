/** A clock that ran at another rate than the file says: times and periods are off by the same factor. */
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { rememberedJudge } from '../remembered.ts';
import { scaleError } from './line-scale.ts';
import { hundredths } from './numbers.ts';

export const sampleIntervalError: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const error = scaleError(facts, limits);
  if (error?.of !== 'times') return [];
  const { factor, tooLarge, from } = error;
  const stated = facts.shot.sampleInterval;
  const likely = factor === undefined ? undefined : Number((stated / factor).toPrecision(3));
  return [
    {
      code: 'sample-interval-error',
      severity: 'fail',
      traces: [],
      value: hundredths(factor ?? (tooLarge ? 10 : 0.1)),
      unit: '× the true interval',
      threshold: 1,
      cause: `the sample interval of ${stated} ms is too ${tooLarge ? 'long' : 'short'}${likely === undefined ? '' : `, likely ${likely} ms`}: set differently on the recorder, or written in another unit (seen by ${from})`,
      advice: `check the recorder's setting; read the file with --sample-interval ${likely ?? 'MS'}`,
      says: `the sample interval is ${factor === undefined ? `far too ${tooLarge ? 'long' : 'short'}` : `${hundredths(factor)} times too long`}`,
    },
  ];
});
