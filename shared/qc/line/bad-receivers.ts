/**
 * The same receiver bad in shot after shot is hardware, not weather. Where the spread moved, it shows which: a channel that stays
 * bad at new places is the recorder or the cable, a place that stays bad on new channels the geophone or the ground.
 */
import { percent } from '../../units.ts';
import type { LineFacts } from './facts.ts';
import type { LineJudge } from './judges.ts';
import { stationWords } from './stations.ts';
import type { LineRemark, Station } from './summary.ts';
import { count, tenths } from './words.ts';

/** Findings that blame the receiver, not the weather, the distance from the source, or a picker. */
export const RECEIVER_FAULTS: ReadonlySet<string> = new Set([
  'dead-traces',
  'flagged-traces',
  'non-finite-traces',
  'noisy-traces',
  'spiky-traces',
  'offset-traces',
  'mains-traces',
  'reversed-traces',
  'duplicate-traces',
  'cross-talk-traces',
  'swapped-traces',
  'shifted-traces',
  'gain-traces',
]);

/** A trace that a finding of its shot concerns. */
interface Bad {
  readonly code: string;
  readonly shot: number;
  readonly station: number;
  readonly channel: number;
}

export const badReceivers: LineJudge = (line, { limits }) => {
  const bad = badTraces(line);
  const [shares, least] = [limits['bad-receivers.share'], limits['bad-receivers.shots']];
  const lasting = (of: 'station' | 'channel', among: readonly Bad[]) =>
    [...Map.groupBy(among, (trace) => `${trace.code} ${trace[of]}`).values()]
      .map((traces) => ({ traces, of: seen(line, of, traces[0][of]) }))
      .filter(({ traces, of }) => traces.length >= least && percent(traces.length / of) > shares);

  const channels = lasting('channel', bad).filter(({ traces }) => distinct(traces, 'station') > 1);
  const explained = new Set(channels.flatMap(({ traces }) => traces));
  const places = lasting(
    'station',
    bad.filter((trace) => !explained.has(trace)),
  );
  return [
    ...byReceiver(channels, 'channel').map((faults) =>
      remark(
        faults,
        { channel: faults[0].traces[0].channel },
        'the channel of the recorder or its cable, wherever it was laid',
        shares,
      ),
    ),
    ...byReceiver(places, 'station').map((faults) => {
      const moved = faults.some(({ traces }) => distinct(traces, 'channel') > 1);
      const station = line.stations.list[faults[0].traces[0].station];
      return remark(
        faults,
        station,
        moved ? 'the geophone or its ground, on any channel' : 'geophone, take-out or channel',
        shares,
      );
    }),
  ];
};

/** One kind of fault of one receiver, in `traces.length` of the `of` shots that it took part in. */
interface Fault {
  readonly traces: readonly Bad[];
  readonly of: number;
}

const byReceiver = (faults: readonly Fault[], of: 'station' | 'channel'): readonly (readonly Fault[])[] => [
  ...Map.groupBy(faults, ({ traces }) => traces[0][of]).values(),
];

function remark(faults: readonly Fault[], receiver: Station, cause: string, threshold: number): LineRemark {
  const what = faults
    .map(({ traces, of }) => `${traces[0].code} in ${traces.length} of ${count(of, 'shot')}`)
    .join(', ');
  return {
    code: 'bad-receivers',
    severity: 'warn',
    traces: [],
    shots: [...new Set(faults.flatMap(({ traces }) => traces.map(({ shot }) => shot)))].sort((a, b) => a - b),
    receivers: [receiver],
    value: tenths(Math.max(...faults.map(({ traces, of }) => percent(traces.length / of)))),
    unit: '% of its shots',
    threshold,
    cause: `${cause}: ${what}`,
    advice: 'change geophone, take-out and channel one after the other, until the fault moves with one of them',
    says: `${stationWords(receiver)} has ${what}`,
  };
}

function badTraces({ shots, stations }: LineFacts): readonly Bad[] {
  return shots.flatMap(({ traces, findings }, shot) => {
    const place = new Map(traces.map(({ index }, k) => [index, k]));
    return findings
      .filter(({ code }) => RECEIVER_FAULTS.has(code))
      .flatMap(({ code, traces: concerned }) =>
        concerned.flatMap((index): Bad[] => {
          const k = place.get(index);
          const station = k === undefined ? undefined : stations.of[shot][k];
          return k === undefined || station === undefined ? [] : [{ code, shot, station, channel: traces[k].channel }];
        }),
      );
  });
}

/** Shots that the station or channel took part in. */
const seen = ({ shots, stations }: LineFacts, of: 'station' | 'channel', id: number): number =>
  shots.filter(({ traces }, shot) =>
    of === 'channel' ? traces.some(({ channel }) => channel === id) : stations.of[shot].includes(id),
  ).length;

const distinct = (traces: readonly Bad[], of: 'station' | 'channel'): number =>
  new Set(traces.map((trace) => trace[of])).size;
