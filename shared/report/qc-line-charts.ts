/** Charts of a line: times by distance with their branches, time zero, energy and noise from shot to shot, velocities, coverage. */
import { coverageOf } from '../qc/line/coverage.ts';
import type { LineFacts } from '../qc/line/facts.ts';
import type { ShotSummary } from '../qc/line/summary.ts';
import { timeZeros } from '../qc/line/trigger-drift.ts';
import { refractorsOf } from '../qc/line/velocities.ts';
import type { Profile } from '../qc/profile.ts';
import { type ChartAxis, COLOURS, chart, dots, figure, line, SUSPECT, thinned } from './qc-chart.ts';
import { shotAxis } from './qc-maps.ts';

/** More dots and lines cannot be told apart, and make the page slow. */
const MOST = { picks: 4000, shots: 40, values: 1500 };

type Drawn = (line: LineFacts, profile: Profile) => string | undefined;

/** Each gives undefined where it has nothing to show. */
export const LINE_CHARTS: readonly Drawn[] = [timeByDistance, energyAndNoise, timeZero, velocities, coverage];

function timeByDistance({ shots }: LineFacts): string | undefined {
  const picks = shots.flatMap((shot) => {
    const suspect = suspectsOf(shot);
    return shot.traces.flatMap(({ index, distance, side, time }) =>
      distance === undefined || time === undefined
        ? []
        : [{ x: side * distance, y: time as number, suspect: suspect.has(index) }],
    );
  });
  if (picks.length === 0) return undefined;
  const drawn = thinned(shots, MOST.shots);
  const x = {
    label: 'distance from the source (m), to falling and rising positions',
    ...rangeOf(picks.map((pick) => pick.x)),
  };
  const y = {
    label: 'first break (ms)',
    ...downwards(
      rangeOf(
        picks.map((pick) => pick.y),
        0,
      ),
    ),
  };
  const svg = chart(`Times of ${picks.length} picks by distance`, x, y, (frame) => {
    const place = ({ x: at, y: time }: (typeof picks)[number]) => [frame.x(at), frame.y(time)] as const;
    const branches = drawn.flatMap((shot) =>
      shot.branches.map(({ side, from, to, intercept, velocity }) =>
        line(
          [from, to].map((at) => [frame.x(side * at), frame.y(intercept + (1000 * at) / velocity)] as const),
          COLOURS.orange,
          { ink: Math.max(0.25, 1 / Math.sqrt(drawn.length)) },
        ),
      ),
    );
    return [
      dots(
        thinned(
          picks.filter(({ suspect }) => !suspect),
          MOST.picks,
        ).map(place),
        COLOURS.blue,
        {
          size: picks.length > 1000 ? 2.2 : 3.6,
          ink: picks.length > 1000 ? 0.4 : 0.8,
        },
      ),
      ...branches,
      dots(
        thinned(
          picks.filter(({ suspect }) => suspect),
          MOST.values,
        ).map(place),
        SUSPECT,
        { size: 5 },
      ),
    ].join('');
  });
  return figure('First breaks and branches', svg, [
    { colour: COLOURS.blue, word: picks.length > MOST.picks ? `picks (some of ${picks.length})` : 'picks' },
    { colour: COLOURS.orange, word: drawn.length < shots.length ? `branches (of ${drawn.length} shots)` : 'branches' },
    { colour: SUSPECT, word: 'suspect picks' },
  ]);
}

const suspectsOf = ({ findings }: ShotSummary): ReadonlySet<number> =>
  new Set(findings.filter(({ code }) => code === 'suspect-picks').flatMap(({ traces }) => traces));

function energyAndNoise({ shots, energy, noise }: LineFacts): string | undefined {
  return alongLine('Energy and noise against the usual of the line', shots, 'dB', [
    { word: 'signal', colour: COLOURS.blue, values: energy.shots },
    { word: 'noise before the first break', colour: COLOURS.orange, values: noise.shots },
  ]);
}

function timeZero(facts: LineFacts, profile: Profile): string | undefined {
  const { values, from } = timeZeros(facts, profile);
  return alongLine('Time zero', facts.shots, 'ms', [{ word: `by ${from}`, colour: COLOURS.green, values }]);
}

interface Series {
  readonly word: string;
  readonly colour: string;
  readonly values: readonly (number | undefined)[];
}

/** undefined where there are fewer than two values to a series. */
function alongLine(
  title: string,
  shots: readonly ShotSummary[],
  unit: string,
  all: readonly Series[],
): string | undefined {
  const series = all.filter(({ values }) => values.filter((value) => value !== undefined).length > 1);
  if (series.length === 0) return undefined;
  const y = {
    label: unit,
    ...rangeOf(
      series.flatMap(({ values }) => values.filter((value) => value !== undefined)),
      0,
    ),
  };
  const svg = chart(`${title}, shot by shot`, shotAxis(shots, 'points'), y, (frame) =>
    series
      .map(({ values, colour }) => {
        const known = values.flatMap((value, i) =>
          value === undefined ? [] : [[frame.x(i), frame.y(value)] as const],
        );
        const places = thinned(known, MOST.values);
        const many = places.length > 200;
        return (many ? '' : line(places, colour, { ink: 0.5 })) + dots(places, colour, { size: many ? 2.5 : 5 });
      })
      .join(''),
  );
  return figure(title, svg, series);
}

function velocities({ shots }: LineFacts): string | undefined {
  const all = refractorsOf(shots);
  if (all.length === 0) return undefined;
  const speeds = all.map(({ branch }) => branch.velocity as number);
  const y: ChartAxis = { label: 'm/s', from: 0.8 * Math.min(...speeds), to: 1.25 * Math.max(...speeds), scale: 'log' };
  const sides = [
    { side: 1, colour: COLOURS.blue, word: 'towards rising positions' },
    { side: -1, colour: COLOURS.orange, word: 'towards falling positions' },
  ].filter(({ side }) => all.some(({ branch }) => branch.side === side));
  const svg = chart('Velocities of the branches, shot by shot', shotAxis(shots, 'points'), y, (frame) =>
    sides
      .map(({ side, colour }) => {
        const own = thinned(
          all.filter(({ branch }) => branch.side === side),
          MOST.values,
        );
        const bars = own.map(({ shot, branch: { velocity, velocityError } }) =>
          line(
            [-1, 1].map((sign) => [frame.x(shot), frame.y(Math.max(y.from, velocity + sign * velocityError))] as const),
            colour,
            { ink: 0.5 },
          ),
        );
        const places = own.map(({ shot, branch }) => [frame.x(shot), frame.y(branch.velocity)] as const);
        return bars.join('') + dots(places, colour, { size: own.length > 200 ? 2.5 : 5 });
      })
      .join(''),
  );
  return figure('Velocities of the branches', svg, sides);
}

function coverage({ shots }: LineFacts): string | undefined {
  const bins = coverageOf(shots);
  if (bins.length === 0) return undefined;
  const x = { label: 'distance from the source (m)', from: 0, to: bins[bins.length - 1].to };
  const svg = chart(
    'Share of the traces that are picked, by distance',
    x,
    { label: '% picked', from: 0, to: 100 },
    (frame) =>
      bins
        .filter(({ traces }) => traces > 0)
        .map(({ from, to, traces, picked }) => {
          const [left, right, top] = [frame.x(from) + 1, frame.x(to) - 1, frame.y((100 * picked) / traces)];
          const place = `x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(right - left).toFixed(1)}" height="${(frame.bottom - top).toFixed(1)}"`;
          return (
            `<rect ${place} fill="${COLOURS.blue}" fill-opacity=".6"><title>${picked} of ${traces}</title></rect>` +
            `<text x="${((left + right) / 2).toFixed(1)}" y="${frame.bottom - 5}" text-anchor="middle" class="small">${traces}</text>`
          );
        })
        .join(''),
  );
  return figure('Traces by distance, and how many are picked', svg);
}

/** With a little room at the ends, and `also` inside. */
function rangeOf(values: readonly number[], also?: number): { from: number; to: number } {
  let from = also ?? Number.POSITIVE_INFINITY;
  let to = also ?? Number.NEGATIVE_INFINITY;
  for (const value of values) {
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  const room = 0.04 * (to - from || 1);
  return { from: from - room, to: to + room };
}

const downwards = ({ from, to }: { from: number; to: number }) => ({ from: to, to: from });
