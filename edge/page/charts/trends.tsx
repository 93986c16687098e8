/** Noise, energy and time zero from shot to shot, so that what creeps is seen before it fails. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { LineResponse } from '../../station/api-types.ts';
import { showTab } from '../actions/looking.ts';
import { say } from '../actions/session.ts';
import { choose } from '../actions/shots.ts';
import { inkOf } from '../gather/ink.ts';
import * as state from '../state.ts';
import { loadPlot } from './plot.ts';

type LineShot = LineResponse['shots'][number];

interface Trend {
  readonly title: string;
  readonly unit: string;
  /** Of the theme. */
  readonly colour: 'shot' | 'branch' | 'pick';
  readonly of: (shot: LineShot) => number | null;
}

const TRENDS: readonly Trend[] = [
  { title: 'Energy', unit: 'dB', colour: 'shot', of: ({ energyDb }) => energyDb },
  { title: 'Noise before the first break', unit: 'dB', colour: 'branch', of: ({ noiseDb }) => noiseDb },
  { title: 'Time zero', unit: 'ms', colour: 'pick', of: ({ timeZeroMs }) => timeZeroMs },
];

export function Trends() {
  const line = state.line.value;
  if (!line || line.shots.length === 0) return null;
  return (
    <div class="trends">
      {TRENDS.map((trend) => (
        <TrendChart key={trend.title} trend={trend} line={line} />
      ))}
    </div>
  );
}

function TrendChart({ trend, line }: { trend: Trend; line: LineResponse }) {
  const { title, unit, of } = trend;
  const place = useRef<HTMLDivElement>(null);
  const theme = state.shownTheme.value;
  const known = line.shots.map(of).filter((value) => value !== null);
  useEffect(() => {
    const element = place.current!;
    let end = () => {};
    let over = false;
    loadPlot().then(
      (Plot) => {
        if (!over) end = draw(Plot, element, trend, line);
      },
      (error: Error) => say(`trends cannot be drawn: ${error.message}`, 'problem'),
    );
    return () => {
      over = true;
      end();
    };
  }, [line, theme, trend]);
  return (
    <section class="chart" aria-label={title}>
      <h2>
        {title} <small>{known.length < 2 ? 'needs two shots with geometry' : `last ${known.at(-1)} ${unit}`}</small>
      </h2>
      <div class="chart-place" ref={place} aria-hidden="true" />
    </section>
  );
}

/** Returns what takes it away. */
function draw(Plot: typeof uPlot, element: HTMLElement, { unit, colour, of }: Trend, line: LineResponse): () => void {
  const ink = inkOf(element);
  const axis = {
    stroke: ink.ink,
    font: `13px ${ink.font}`,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { stroke: ink.grid, width: 1 },
  };
  const size = () => ({ width: Math.max(200, element.clientWidth), height: Math.max(120, element.clientHeight) });
  const names = line.shots.map(({ ffid }, i) => (ffid === null ? String(i + 1) : String(ffid)));
  const chart = new Plot(
    {
      ...size(),
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, least, most) => [least - 0.5, most + 0.5] },
        y: { range: (_, least, most) => roomAround(least, most) },
      },
      axes: [
        { ...axis, values: (_, at) => at.map((i) => names[i] ?? ''), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
        { ...axis, size: 66, values: (_, at) => at.map((value) => `${value} ${unit}`) },
      ],
      series: [
        {},
        {
          stroke: ink[colour],
          width: 1.5 * ink.weight,
          points: { show: true, size: 8, fill: ink[colour], stroke: ink[colour] },
          spanGaps: false,
        },
      ],
      cursor: { drag: { x: false, y: false } },
      hooks: { init: [(made) => made.over.addEventListener('click', () => chooseShot(line, made.cursor.idx))] },
    },
    [line.shots.map((_, i) => i), line.shots.map(of)] as uPlot.AlignedData,
    element,
  );
  const observer = new ResizeObserver(() => chart.setSize(size()));
  observer.observe(element);
  return () => {
    observer.disconnect();
    chart.destroy();
  };
}

function chooseShot({ ids }: LineResponse, at: number | null | undefined): void {
  if (at === null || at === undefined || !ids[at]) return;
  choose(ids[at]);
  showTab('shot');
}

/** A flat curve lies in the middle, and noise of a tenth of a decibel does not fill the chart. */
function roomAround(least: number, most: number): [number, number] {
  const room = Math.max(0.1 * (most - least), (2 - (most - least)) / 2);
  return [least - room, most + room];
}
