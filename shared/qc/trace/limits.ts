/** Thresholds on traces. Shares are of the traces that a judge looks at. */
import type { Limit, LimitTable } from '../limit.ts';

const TWO = 'one bad channel in 24 to 48 deserves a look before the spread moves';
/** Of hundreds of channels some are always out; a training set wants none that teaches the wrong thing. */
const CREWS = { 'land-3d': 5 } as const;
const LABELS = { 'land-3d': 5, 'training-set': 0 } as const;
const FIFTH = 'a fifth of a spread lost in one shot leaves gaps that tomography cannot bridge';

const share = (value: number, why: string, elsewhere?: Limit['in']): Limit<'%'> => ({
  unit: '%',
  value,
  ...(elsewhere && { in: elsewhere }),
  why,
});

export const TRACE_LIMITS = {
  'dead-traces.warn': share(2, TWO, CREWS),
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
  'flagged-traces.warn': share(2, TWO, CREWS),
  'flagged-traces.fail': share(Number.POSITIVE_INFINITY, 'they count as dead too, which is what fails a shot'),
  'mains-traces.warn': share(4, 'one channel in 24 is a cable to look at', CREWS),
  'mains-traces.fail': share(
    Number.POSITIVE_INFINITY,
    'hum that hides the break fails the shot by its weak and unpicked traces',
  ),
  'mains-traces.level': {
    unit: 'dB',
    value: -14,
    why: 'hum of a fifth of the signal moves a picked onset by a thirtieth of its period, a reader sees it',
  },
  'mains-traces.sureness': {
    unit: '×σ',
    value: 6,
    why: 'seven tones on each of 100 traces: chance reaches 6 deviations in one gather of a million',
  },
  'burst-traces.warn': share(10, 'a few disturbed traces are picked across by their neighbours'),
  'burst-traces.fail': share(
    Number.POSITIVE_INFINITY,
    'bursts that hide the break fail the shot by its unpicked traces',
  ),
  'burst-traces.stands': {
    unit: 'dB',
    value: 14,
    why: 'a period of steady noise stands 8 dB above the middle one at most in thirty',
  },
  'burst-traces.signal': {
    unit: 'dB',
    value: -12,
    why: 'below a quarter of the signal a burst is not taken for a first break',
  },
  'low-signal-to-noise.ratio': {
    unit: 'dB',
    value: 7,
    why: 'a break 8 dB over the noise less the noise in it: below twice the noise two people disagree on the pick',
  },
  'low-signal-to-noise.share': share(30, 'the far third of a spread is often weak in a usable shot'),
  'reversed-traces.warn': share(2, TWO, LABELS),
  'reversed-traces.fail': share(Number.POSITIVE_INFINITY, 'turned back by a sign; onsets stay where they are'),
  'reversed-traces.signal': {
    unit: 'dB',
    value: 12,
    why: 'below four times the noise the first swing has no sign that can be trusted',
  },
  'reversed-traces.fit': {
    unit: '×',
    value: 0.3,
    why: 'mean of best correlation less best negative one: clear neighbours in field shots reach 0.5 to 0.9',
  },
  'reversed-traces.clear': share(
    50,
    'of the traces must be clear: where half of a gather is not, polarity is guesswork',
  ),
  'reversed-traces.against': {
    unit: '×',
    value: 0.45,
    why: 'mean sign of the first swings around: three in four of one sign are 0.5',
  },
  'reversed-traces.agree': share(
    75,
    'of the clear traces must swing as their neighbours do; in mixed gathers the picks are to blame',
  ),
  'reversed-traces.most': share(35, 'more reversed traces than that are a change of the wave form'),
  'duplicate-traces.warn': share(0, 'no two geophones record the same noise'),
  'duplicate-traces.fail': share(20, FIFTH),
  'duplicate-traces.likeness': {
    unit: '×',
    value: 0.9999,
    why: 'of samples: receivers at equal distance from the source reach 0.995 in the field, a copy through another amplifier 0.999999',
  },
  'duplicate-traces.changes': {
    unit: '×',
    value: 0.999,
    why: 'of changes from sample to sample, in which noise is high: receivers at equal distance reach 0.98 in quiet even ground, dead channels in one noise 0.998',
  },
  'cross-talk-traces.warn': share(4, 'one channel in 24 is a cable to look at', CREWS),
  'cross-talk-traces.fail': share(
    Number.POSITIVE_INFINITY,
    'a leak is seen ahead of the break, which stays where it is',
  ),
  'cross-talk-traces.likeness': {
    unit: '×',
    value: 0.7,
    why: 'half of the power ahead of the break is the other channel’s; a leak is so alike at once and not a fifth of a period shifted',
  },
  'swapped-traces.warn': share(0, 'two traces at wrong places are two wrong rays in a tomography'),
  'swapped-traces.fail': share(20, FIFTH),
  'swapped-traces.clear': share(75, 'of the traces around must be clear: noise is unlike other noise'),
  'swapped-traces.own': {
    unit: 'dB',
    value: 15,
    why: 'from before to behind the place where a break is due: a trace that rises more there is where it belongs',
  },
  'swapped-traces.better': {
    unit: 'dB',
    value: 10,
    why: 'mean of what both rise more at each other’s place, half of it at least: noise changes by 6 from one period to the next',
  },
  'swapped-traces.left': {
    unit: '×',
    value: 0.9,
    why: 'of how unlike their neighbours both are in energy over time must be left at most when they are exchanged',
  },
  'shifted-traces.clear': share(75, 'of the traces must be clear: picks in noise make jumps of their own'),
  'shifted-traces.least': share(
    15,
    'of the traces on either side of the place where the spread begins: fewer may be wrong picks',
  ),
  'shifted-traces.periods': {
    unit: '×',
    value: 1,
    why: 'a way of less than a period up and down may be a skipped cycle',
  },
  'shifted-traces.left': {
    unit: '×',
    value: 0.25,
    why: 'of the way up and down that a spread in order does not go; scattered picks leave all of it',
  },
  'gain-traces.warn': share(4, 'one channel in 24 is a setting to look at', CREWS),
  'gain-traces.fail': share(Number.POSITIVE_INFINITY, 'first breaks do not depend on the gain'),
  'gain-traces.signal': { unit: 'dB', value: 12, why: 'where noise makes half of the signal the two rise together' },
  'gain-traces.change': {
    unit: 'dB',
    value: 12,
    why: 'of the middle of the three: coupling and ground spread amplitudes of neighbours by 6 dB, of the clear open traces away from the source by 11 at most',
  },
  'gain-traces.noise': {
    unit: 'dB',
    value: 10,
    why: 'of the noise where the signal is too steep to tell, next to the source and at the ends: what is before the break does not fall with distance',
  },
  'gain-traces.least': {
    unit: 'dB',
    value: 6,
    why: 'of the least of the three, each of which is known to about 6 dB; half of the change',
  },
  'damaged-record.problems': { unit: 'problems', value: 0, why: 'any loss is one too many' },
} as const satisfies LimitTable;
