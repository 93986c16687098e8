/**
 * A second shot in the record: a hammer that bounced, a detonator late in its delay, a recorder triggered anew. Everything that the
 * first shot did comes again after the same time on every trace, so the cepstra of all traces have their peak at one lag; waves and
 * layers repeat too, but after other times on other traces.
 */

import { meanCepstrum } from '../../signal/cepstrum.ts';
import { recorded } from '../../signal/with-amplitudes.ts';
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { spreadOf } from '../middle.ts';
import { remembered } from '../remembered.ts';
import { grossFault } from './gross.ts';
import { hundredths, tenths } from './numbers.ts';
import { someRows } from './some-rows.ts';

export const doubleShot: Judge = (facts, profile): readonly Remark[] => {
  const { limits } = profile;
  const echo = echoOf(facts);
  if (!echo) return [];
  const limit = Math.max(limits['double-shot.echo'], limits['double-shot.spread'] * echo.usual);
  if (echo.height < limit || grossFault(facts, profile)) return [];
  const lag = tenths(echo.lag);
  return [
    {
      code: 'double-shot',
      severity: 'warn',
      traces: [],
      value: lag,
      unit: 'ms',
      threshold: hundredths(limit),
      cause: `a second shot ${lag} ms after the first: a hammer that bounced, a charge that went off in two, or a recorder triggered again`,
      advice: 'shoot again; first breaks may be used where the second shot comes later',
      says: `a second shot follows after ${lag} ms`,
    },
  ];
};

/** Traces whose cepstra are taken, and samples of each: enough to see one lag on all. */
const ROWS = 12;
const MOST = 1024;
/** Samples a period that are kept: the echo shows in frequencies where there is a signal. */
const A_PERIOD = 5;
/** Lags from so many periods on, below which the wavelet itself rings … */
const FROM = 2.5;
/** … to this share of the record. */
const TO = 0.6;
const LEAST_ROWS = 6;

interface Echo {
  readonly lag: number;
  readonly height: number;
  /** Robust standard deviation over all lags. */
  readonly usual: number;
}

const echoOf: (facts: ShotFacts) => Echo | undefined = remembered((facts) => {
  const { shot, period } = facts;
  const rows = someRows(facts, ROWS);
  if (period === undefined || rows.length < LEAST_ROWS) return undefined;
  const step = Math.max(1, Math.round(period / A_PERIOD / shot.sampleInterval));
  const size = 2 ** Math.ceil(Math.log2(Math.min(MOST, shot.samples / step)));
  const sum = meanCepstrum(
    rows.map((row) => decimated(recorded(shot, row), step, size)),
    size,
  );
  const length = Math.min(size, Math.floor(shot.samples / step));
  const from = Math.ceil((FROM * period) / shot.sampleInterval / step);
  const to = Math.min(size >> 1, Math.floor(TO * length));
  if (to - from < 8) return undefined;
  const lags = sum.subarray(from, to);
  let at = 0;
  for (let k = 1; k < lags.length; k++) if (lags[k] > lags[at]) at = k;
  return { lag: (from + at) * step * shot.sampleInterval, height: lags[at], usual: spreadOf([...lags])! };
});

/** Means of `step` samples, as many as there is room for. */
function decimated(x: Float32Array, step: number, most: number): Float64Array {
  const n = Math.min(most, Math.floor(x.length / step));
  const thin = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let j = k * step; j < (k + 1) * step; j++) sum += Number.isFinite(x[j]) ? x[j] : 0;
    thin[k] = sum / step;
  }
  return thin;
}
