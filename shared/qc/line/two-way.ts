/**
 * What a table of shots × receivers owes to its rows and to its columns: median polish (Tukey, "Exploratory Data Analysis", 1977),
 * for tables with holes. Residuals give statics of sources and receivers, levels in decibels give their strengths.
 */
import { middle } from '../middle.ts';

export interface Cell {
  readonly shot: number;
  readonly station: number;
  readonly value: number;
}

export interface TwoWay {
  readonly level: number;
  /** Per shot and per station, about `level`; undefined where nothing was measured. */
  readonly shots: readonly (number | undefined)[];
  readonly stations: readonly (number | undefined)[];
  /** What is left of each cell, in the order given. */
  readonly rest: readonly number[];
}

/** Medians settle in a few rounds; more change nothing that matters. */
const ROUNDS = 6;

export function twoWay(cells: readonly Cell[], shotCount: number, stationCount: number): TwoWay {
  const rest = cells.map(({ value }) => value);
  const level = middle(rest) ?? 0;
  for (let i = 0; i < rest.length; i++) rest[i] -= level;
  const ofShot = grouped(cells, shotCount, ({ shot }) => shot);
  const ofStation = grouped(cells, stationCount, ({ station }) => station);
  const shots = effects(ofShot);
  const stations = effects(ofStation);
  for (let round = 0; round < ROUNDS; round++) {
    sweep(ofStation, stations, rest);
    sweep(ofShot, shots, rest);
  }
  const shift = middle(stations.filter((value) => value !== undefined)) ?? 0;
  return {
    level: level + shift,
    shots,
    stations: stations.map((value) => (value === undefined ? undefined : value - shift)),
    rest,
  };
}

function grouped(cells: readonly Cell[], count: number, of: (cell: Cell) => number): readonly (readonly number[])[] {
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < cells.length; i++) groups[of(cells[i])].push(i);
  return groups;
}

const effects = (groups: readonly (readonly number[])[]): (number | undefined)[] =>
  groups.map((members) => (members.length > 0 ? 0 : undefined));

/** Moves the median of each group from the cells to the group's effect. */
function sweep(groups: readonly (readonly number[])[], into: (number | undefined)[], rest: number[]): void {
  for (const [group, members] of groups.entries()) {
    const effect = middle(members.map((i) => rest[i]));
    if (effect === undefined) continue;
    into[group]! += effect;
    for (const i of members) rest[i] -= effect;
  }
}
