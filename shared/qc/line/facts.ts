/** What the judgements and pictures of a line share: its receivers, and tables of shots × receivers taken apart into both. */
import { type Decibels, type Metres, type Milliseconds, ms } from '../../units.ts';
import { middle } from '../middle.ts';
import { type Reciprocity, reciprocityOf } from './reciprocity.ts';
import { type Stations, stationsOf } from './stations.ts';
import type { ShotSummary, TraceSummary } from './summary.ts';
import { type Cell, type TwoWay, twoWay } from './two-way.ts';

export interface LineFacts {
  readonly shots: readonly ShotSummary[];
  readonly stations: Stations;
  /** Usual dominant period. */
  readonly period: Milliseconds | undefined;
  readonly residuals: Table<Milliseconds>;
  /** Noise before the first break, of the shots in `unit`. */
  readonly noise: Table<Decibels>;
  /** Signal behind the first break, against that of all traces at the distance; none where distances are not known. */
  readonly energy: Table<Decibels>;
  readonly unit: string;
  readonly reciprocity: Reciprocity;
}

/** `cells[i].value` is the level, the effects of its shot and its station, and `rest[i]`. */
export interface Table<T extends number> extends TwoWay {
  readonly cells: readonly (Cell & { readonly value: T })[];
}

export function lineFactsOf(shots: readonly ShotSummary[]): LineFacts {
  const stations = stationsOf(shots);
  const unit = commonest(shots.map((shot) => shot.unit)) ?? 'stored';
  const table = <T extends number>(of: (trace: TraceSummary, shot: ShotSummary) => T | undefined): Table<T> => {
    const cells = shots.flatMap((shot, i) =>
      shot.traces.flatMap((trace, k) => {
        const station = stations.of[i][k];
        const value = of(trace, shot);
        return station === undefined || value === undefined ? [] : [{ shot: i, station, value }];
      }),
    );
    return { cells, ...twoWay(cells, shots.length, stations.list.length) };
  };
  const atDistance = signalAtDistance(shots, unit);
  const period = middle(shots.flatMap((shot) => shot.period ?? []));
  return {
    shots,
    stations,
    period: period === undefined ? undefined : ms(period),
    residuals: table(({ residual }) => residual),
    noise: table(({ noise }, shot) => (shot.unit === unit ? level(noise) : undefined)),
    energy: table(({ signal, distance }, shot) => {
      const usual = shot.unit === unit ? atDistance(distance) : undefined;
      const own = level(signal);
      return usual === undefined || own === undefined ? undefined : ((own - usual) as Decibels);
    }),
    unit,
    reciprocity: reciprocityOf(shots, stations),
  };
}

/** 20 log₁₀; undefined for what is not known, and for nothing at all. */
const level = (amplitude: number | undefined): Decibels | undefined =>
  amplitude === undefined || !(amplitude > 0) ? undefined : ((20 * Math.log10(amplitude)) as Decibels);

const BINS = 20;

/** Usual level of the signal at a distance, over the line. */
function signalAtDistance(shots: readonly ShotSummary[], unit: string) {
  const known = shots
    .filter((shot) => shot.unit === unit)
    .flatMap(({ traces }) =>
      traces.flatMap(({ signal, distance }) => (distance === undefined ? [] : [{ value: level(signal), distance }])),
    );
  const farthest = known.reduce((most, { distance }) => Math.max(most, distance), 0);
  const binOf = (distance: number) => Math.min(BINS - 1, Math.floor((BINS * distance) / farthest));
  const bins = Map.groupBy(known, ({ distance }) => binOf(distance));
  const usual = new Map([...bins].map(([bin, members]) => [bin, middle(members.flatMap(({ value }) => value ?? []))]));
  return (distance: Metres | undefined): number | undefined =>
    distance === undefined ? undefined : usual.get(binOf(distance));
}

function commonest(words: readonly string[]): string | undefined {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
