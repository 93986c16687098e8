/** Thresholds on traces. Shares are of the traces that a judge looks at; "our" shares were set by looking at field shots. */
import type { Limit, LimitTable } from '../limit.ts';

const TWO = 'one bad channel in 24 to 48 deserves a look before the spread moves';
const FIFTH = 'a fifth of a spread lost in one shot leaves gaps that tomography cannot bridge';

const share = (value: number, why: string, elsewhere?: Limit['in']): Limit<'%'> => ({
  unit: '%',
  value,
  ...(elsewhere && { in: elsewhere }),
  why,
});

export const TRACE_LIMITS = {
  'dead-traces.warn': share(2, TWO),
  'dead-traces.fail': share(20, FIFTH),
  'non-finite-traces.warn': share(0, 'no recorder writes samples that are not numbers: any is a fault'),
  'non-finite-traces.fail': share(10, 'so many are a damaged file, not a damaged trace'),
  'noisy-traces.warn': share(10, 'a few noisy traces are picked across by their neighbours'),
  'noisy-traces.fail': share(40, 'with nearly half in noise the neighbours no longer help'),
  'noisy-traces.above-spread': {
    unit: 'dB',
    value: 12,
    why: 'four times the median noise: wind alone spreads it by about two',
  },
  'noisy-traces.below-signal': {
    unit: 'dB',
    value: 12,
    why: 'signal four times the noise is picked to a fraction of a period whatever the noise of others',
  },
  'weak-traces.warn': share(30, 'the far third of a spread is often weak in a usable shot'),
  'weak-traces.fail': share(90, 'a shot in which nothing rises above the noise recorded no shot'),
  'weak-traces.signal': { unit: 'dB', value: 6, why: 'twice the noise: below it two people disagree on the pick' },
  'clipped-traces.warn': share(10, 'the nearest traces of a shot with ample energy clip'),
  'clipped-traces.fail': share(50, 'half of a spread clipped is a wrong gain'),
  'clipped-traces.samples': share(0.2, 'two in a thousand samples at the extreme are no accident of one peak'),
  'spiky-traces.warn': share(5, 'a loose contact is on one channel; more is a fence, lightning or the radio link'),
  'spiky-traces.fail': share(30, 'spikes on so many traces spoil the neighbours that would vouch for a pick'),
  'spiky-traces.spikes': { unit: 'spikes', value: 2, why: 'one or two outliers occur in sound records' },
  'offset-traces.warn': share(20, 'picking removes an offset; many at once point at the cable or the recorder'),
  'offset-traces.fail': share(Number.POSITIVE_INFINITY, 'an offset alone is never a reason to shoot again'),
  'offset-traces.mean': { unit: '×', value: 1, why: 'a mean above the swing about it is no longer chance' },
  'unpicked-traces.warn': share(20, 'the ends of a spread may go unpicked'),
  'unpicked-traces.fail': share(50, 'half of the first breaks missing is a shot to repeat'),
  'damaged-record.problems': { unit: 'problems', value: 0, why: 'any loss is one too many' },
} as const satisfies LimitTable;
