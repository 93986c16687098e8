/**
 * Traces and positions that do not belong together: the picks rise away from the source in the order of the channels, but not at the
 * places that the file gives them. The ways in which spreads get mixed up are few, so each is tried.
 */
import type { ShotFacts } from '../facts.ts';
import type { Remark } from '../finding.ts';
import type { Judge } from '../judges.ts';
import { rememberedJudge } from '../remembered.ts';
import { tenths } from './numbers.ts';
import { picksSpeak, spreadOf } from './spread.ts';
import { turnOf } from './unimodal.ts';

/** Where the trace of each place really stood. */
const ORDERS: readonly {
  readonly name: string;
  readonly advice: string;
  readonly of: (n: number) => readonly number[];
}[] = [
  {
    name: 'the spread is numbered from the wrong end, or the shot was taken at its other end',
    advice: 'turn the order of the receivers round, or correct the position of the source',
    of: (n) => range(0, n).reverse(),
  },
  {
    name: 'the two halves of the spread are exchanged: cables plugged into each other’s place',
    advice: 'exchange the positions of the two cables',
    of: (n) => [...range(n >> 1, n), ...range(0, n >> 1)],
  },
  {
    name: 'the first half of the spread is the wrong way round',
    advice: 'turn the order of the first cable round',
    of: (n) => [...range(0, n >> 1).reverse(), ...range(n >> 1, n)],
  },
  {
    name: 'the second half of the spread is the wrong way round',
    advice: 'turn the order of the second cable round',
    of: (n) => [...range(0, n >> 1), ...range(n >> 1, n).reverse()],
  },
  {
    name: 'every half of the spread is the wrong way round',
    advice: 'turn the order of both cables round',
    of: (n) => [...range(0, n >> 1).reverse(), ...range(n >> 1, n).reverse()],
  },
  {
    name: 'odd and even channels were sorted apart',
    advice: 'sort the traces by channel again',
    of: (n) => [...range(0, n).filter((k) => k % 2 === 0), ...range(0, n).filter((k) => k % 2 === 1)],
  },
  {
    name: 'traces that belong to odd and even places follow each other',
    advice: 'sort the traces by channel again',
    of: (n) => range(0, n).map((k) => (k % 2 === 0 ? k >> 1 : ((n + 1) >> 1) + (k >> 1))),
  },
];

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

const LEAST_PICKS = 8;

export const spreadOrder: Judge = rememberedJudge((facts, { limits }): readonly Remark[] => {
  const spread = spreadOf(facts);
  const rows = facts.live.filter((i) => spread?.at[i] !== undefined && facts.times[i] !== undefined);
  if (!spread || rows.length < LEAST_PICKS || !picksSpeak(facts)) return [];
  const places = rows.map((i) => spread.at[i]!);
  const times = rows.map((i) => facts.times[i]!);
  const stated = misfitOf(places, times);
  const limit = Math.max(limits['spread-order.misfit'], limits['spread-order.period'] * (facts.period ?? 0));
  if (stated < limit) return [];
  const tried = ORDERS.map((order) => {
    const sorted = order.of(rows.length);
    return {
      ...order,
      misfit: misfitOf(
        places.map((_, k) => places[sorted[k]]),
        times,
      ),
    };
  });
  const best = tried.reduce((a, b) => (b.misfit < a.misfit ? b : a));
  if (best.misfit > stated / limits['spread-order.better']) {
    // No known mix-up; but where the picks are smooth from channel to channel, it is the places that are wrong.
    if (scatterBy(range(0, rows.length), times) > scatterBy(orderBy(places), times) / limits['spread-order.better'])
      return [];
    return [
      remarkOf(
        stated,
        limit,
        'positions are mixed up among the channels',
        'check the list of positions against the spread',
        facts,
      ),
    ];
  }
  return [remarkOf(stated, limit, best.name, best.advice, facts)];
});

const remarkOf = (misfit: number, limit: number, cause: string, advice: string, { live }: ShotFacts): Remark => ({
  code: 'spread-order',
  severity: 'fail',
  traces: [],
  value: tenths(misfit),
  unit: 'ms',
  threshold: tenths(limit),
  cause,
  advice,
  says: `the positions of the ${live.length} live traces do not fit their first breaks`,
});

const orderBy = (values: readonly number[]): readonly number[] =>
  range(0, values.length).sort((a, b) => values[a] - values[b]);

/** Root mean square of what times leave that fall towards the stated source and rise behind it. */
function misfitOf(places: readonly number[], times: readonly number[]): number {
  const order = orderBy(places);
  const split = places.filter((place) => place < 0).length;
  const { misfitAt } = turnOf(order.map((k) => times[k]));
  return Math.min(...[split - 1, split, split + 1].map((k) => misfitAt[k] ?? Number.POSITIVE_INFINITY));
}

/** Mean size of the step from one to the next. */
function scatterBy(order: readonly number[], times: readonly number[]): number {
  let sum = 0;
  for (let k = 1; k < order.length; k++) sum += Math.abs(times[order[k]] - times[order[k - 1]]);
  return sum / Math.max(1, order.length - 1);
}
