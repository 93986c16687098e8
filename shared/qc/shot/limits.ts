/** Thresholds on shots. "Ours": set by looking at the open shots and at synthetic ones with the fault planted. */
import type { LimitTable } from '../limit.ts';

/** Ocean-bottom and other far offsets at 4 ms a sample are picked to some 20 ms by people. */
const FAR = { obs: 20 } as const;

const TWO_TRACES = 'two traces of 24: one may be a wild pick or ground that the branches do not know';
const A_THIRD = 'with a third of the spread lost the shot must be taken again';

export const SHOT_LIMITS = {
  'suspect-picks.time': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'two people who pick a clean trace differ by 1 to 2 ms: three deviations',
  },
  'suspect-picks.period': {
    unit: '×',
    value: 0.4,
    why: 'a wrong lobe is half a dominant period off, which varies by a fifth along a spread',
  },
  'suspect-picks.spread': {
    unit: '×σ',
    value: 4,
    why: 'one in 16,000 of normally scattered picks; ground that is no layer cake only widens the scatter',
  },
  'suspect-picks.warn': {
    unit: '%',
    value: 10,
    in: { 'training-set': 0 },
    why: 'a fit survives a fifth of wild picks: half of that leaves room; a label is either right or not',
  },
  'suspect-picks.fail': {
    unit: '%',
    value: Number.POSITIVE_INFINITY,
    in: { 'training-set': 10 },
    why: 'picks can be corrected without a new shot; a training set is better off without such a gather',
  },
  'low-confidence.confidence': {
    unit: '%',
    value: 50,
    why: 'confidence is calibrated: below it a pick is more likely wrong than right',
  },
  'low-confidence.warn': {
    unit: '%',
    value: 25,
    in: { 'training-set': 10 },
    why: 'the farthest fifth of a spread is often doubtful in a usable shot',
  },
  'low-confidence.fail': {
    unit: '%',
    value: Number.POSITIVE_INFINITY,
    why: 'doubtful picks can be corrected by hand',
  },
  'trigger-time-error.warn': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'what a pair of picks differs by between people, three deviations; it moves a refractor at 500 m/s by a metre',
  },
  'trigger-time-error.fail': {
    unit: 'ms',
    value: 20,
    in: { obs: 100 },
    why: 'more is no scatter of a trigger but another instant, and what caused it will do so again',
  },
  'trigger-time-error.fastest': {
    unit: 'm/s',
    value: 6500,
    in: { obs: 8500 },
    why: 'hardly any rock of the upper crust is faster (Press 1966): an earlier first break came before the shot',
  },
  'trigger-time-error.slowest': {
    unit: 'm/s',
    value: 100,
    why: 'loose dry sand has little more below its first decimetres (Bachrach & Nur 1998), shear waves in soil about as much',
  },
  'trigger-time-error.line-error': {
    unit: 'ms',
    value: 1.5,
    in: { obs: 10 },
    why: 'half of the limit: shots that disagree more are not of one line, or not picked on one wave',
  },
  'trigger-time-error.agrees': {
    unit: 'ms',
    value: 8,
    why: 'next to a source the ground adds up to 8 ms in the open shots to where the nearest picks point',
  },
  'source-position-error.stations': {
    unit: '×',
    value: 1.6,
    why: 'of the receiver spacing: picks place a source between two receivers, and in noise next to them, as in the open shots',
  },
  'source-position-error.fail': {
    unit: '×',
    value: Number.POSITIVE_INFINITY,
    why: 'a position can be corrected in the headers',
  },
  'source-position-error.misfit': {
    unit: 'ms',
    value: 4,
    in: FAR,
    why: 'twice what people differ by: less than that any place explains the picks',
  },
  'source-position-error.round': {
    unit: '×',
    value: 0.6,
    why: 'misfit of a source beside the line over that of a late shot on it: closer to one, picks cannot tell them apart',
  },
  'geometry-error.fastest': {
    unit: 'm/s',
    value: 8500,
    why: 'no rock of the crust or uppermost mantle is faster (Christensen & Mooney 1995)',
  },
  'geometry-error.slowest': {
    unit: 'm/s',
    value: 60,
    why: 'no branch of several traces is slower, shear waves in peat apart (40 m/s)',
  },
  'sample-interval-error.highest': {
    unit: 'Hz',
    value: 400,
    why: 'hammers and charges give 20 to 200 Hz in soil, 300 in rock: more, at velocities no ground has, is the clock',
  },
  'sample-interval-error.lowest': {
    unit: 'Hz',
    value: 8,
    why: 'geophones are deaf below: less, at velocities no ground has, is the clock',
  },
  'spread-order.misfit': {
    unit: 'ms',
    value: 4,
    in: { obs: 100 },
    why: 'twice what people differ by, in times that should rise away from the source',
  },
  'spread-order.period': {
    unit: '×',
    value: 0.25,
    why: 'picks a lobe off on a fourth of the traces leave as much',
  },
  'spread-order.better': {
    unit: '×',
    value: 2.5,
    why: 'another order must explain the picks that much better: a source next to the middle makes orders alike',
  },
  'time-reversed.steeper': {
    unit: 'dB',
    value: 6,
    why: 'in the open shots energy falls at most 5 dB steeper than it rises; in clean ones turned round 10 dB and more',
  },
  'time-reversed.ordered': {
    unit: '×',
    value: 2,
    why: 'how much closer the falls of neighbours stand than their rises; a third to a fiftieth in the open shots',
  },
  'misfire.trace': {
    unit: 'dB',
    value: 20,
    why: 'loud bins against quiet ones of noise alone reach 19 dB at the fewest periods a record; the weakest open shot has 22',
  },
  'misfire.together': {
    unit: 'dB',
    value: 5,
    why: 'the same of all traces as one: noise reaches 4 dB, and open shots that are below have single traces above 30',
  },
  'air-wave-picked.slowest': { unit: 'm/s', value: 318, why: 'speed of sound at −20 °C (ISO 9613-1)' },
  'air-wave-picked.fastest': { unit: 'm/s', value: 356, why: 'speed of sound at 40 °C (ISO 9613-1)' },
  'air-wave-picked.time': {
    unit: 'ms',
    value: 4,
    why: 'trigger, wind and the height of the source',
  },
  'air-wave-picked.warn': {
    unit: '%',
    value: 50,
    why: 'fewer picks on it may be the direct wave of soft ground, which is as slow',
  },
  'air-wave-picked.fail': { unit: '%', value: Number.POSITIVE_INFINITY, why: 'the record may be good: pick again' },
  'air-wave-picked.before': {
    unit: 'dB',
    value: 6,
    why: 'the ground moves twice as much before the pick as in the quiet of the record: something came first',
  },
  'mains-picked.share': {
    unit: '%',
    value: 80,
    why: 'of the power two cycles before and behind the pick: a first break in it would leave more to itself',
  },
  'mains-picked.warn': { unit: '%', value: 50, why: 'fewer are a matter of these channels, not of the shot' },
  'mains-picked.fail': { unit: '%', value: Number.POSITIVE_INFINITY, why: 'a filter may save the record' },
  'record-too-short.warn': { unit: '%', value: 8, why: TWO_TRACES },
  'record-too-short.fail': { unit: '%', value: 30, why: A_THIRD },
  'record-too-late.warn': { unit: '%', value: 8, why: TWO_TRACES },
  'record-too-late.fail': { unit: '%', value: 30, why: A_THIRD },
  'double-shot.echo': {
    unit: '×',
    value: 0.2,
    why: 'height of the cepstrum: reverberation gives up to 0.18 in the open shots, a second shot half as strong 0.2 to 0.5',
  },
  'double-shot.spread': {
    unit: '×σ',
    value: 4,
    why: 'of the heights at other lags, which vary with the length of the record',
  },
  'weak-source.below-line': {
    unit: 'dB',
    value: 8,
    why: 'a hammer varies by 3 dB from blow to blow, ground along a line by about 6, both by 7: four tenths of the amplitude are neither',
  },
  'clock-gap.warn': {
    unit: 's',
    value: 86_400,
    why: 'crews pause over lunch and night; a clock that lost its time is off by days or years',
  },
} as const satisfies LimitTable;
