/** The receivers of the line and how often each was dead, faulty or without a pick: along the line, or as a map of an area. */
import type { LineResponse } from '../../station/api-types.ts';
import { Canvas, type Layer } from '../gather/canvas.tsx';
import { type Ink, inkOf } from '../gather/ink.ts';
import * as state from '../state.ts';
import { plane, rangeOf } from './plane.ts';

type Receiver = LineResponse['receivers'][number];
type Shares = LineResponse['receiverShares'][number];

/** Broader than this share of its length, a line is an area. */
const AREA = 0.15;
/** A receiver that was bad in this share of the shots is named. */
const BAD = 0.25;

const PARTS = [
  { key: 'dead', word: 'dead', ink: 'ink' },
  { key: 'faulty', word: 'faulty', ink: 'fail' },
  { key: 'unpicked', word: 'not picked', ink: 'warn' },
] as const satisfies readonly { key: keyof Shares; word: string; ink: keyof Ink }[];

const layer: Layer = (ctx, size, place) => {
  const found = state.line.value;
  state.shownTheme.value;
  if (!found) return;
  const ink = inkOf(place);
  const places = found.receivers.flatMap(({ position }) => (position ? [position] : []));
  const x = rangeOf(
    places.map((at) => at.x),
    'x (m)',
  );
  const y = rangeOf(
    places.map((at) => at.y),
    'y (m)',
  );
  const isArea = places.length > 2 && y.to - y.from > AREA * (x.to - x.from);
  if (isArea) map(ctx, size, found, ink);
  else bars(ctx, size, found, ink);
};

function bars(
  ctx: CanvasRenderingContext2D,
  size: Parameters<Layer>[1],
  { receivers, receiverShares }: LineResponse,
  ink: Ink,
) {
  const placed = receivers.every(({ position }) => position !== null);
  const at = ({ channel, position }: Receiver, i: number) => (placed ? position!.x : (channel ?? i + 1));
  const places = receivers.map(at);
  const chart = plane(
    ctx,
    size,
    rangeOf(places, placed ? 'receiver x (m)' : 'channel'),
    { from: 100, to: 0, label: '% of the shots' },
    ink,
  );
  const width = Math.max(1, (0.8 * (chart.right - chart.left)) / Math.max(8, receivers.length));
  receivers.forEach((_, i) => {
    let done = 0;
    for (const { key, ink: name } of PARTS) {
      // What is dead is not picked either, and is shown once.
      const share = Math.max(0, 100 * (receiverShares[i]?.[key] ?? 0) - (key === 'unpicked' ? done : 0));
      ctx.fillStyle = ink[name];
      const [top, bottom] = [chart.y(Math.min(100, done + share)), chart.y(done)];
      ctx.fillRect(chart.x(places[i]) - width / 2, top, width, bottom - top);
      done += share;
    }
    ctx.fillStyle = ink.pass;
    if (done === 0) ctx.fillRect(chart.x(places[i]) - width / 2, chart.bottom - 3, width, 3);
  });
}

function map(
  ctx: CanvasRenderingContext2D,
  size: Parameters<Layer>[1],
  { receivers, receiverShares }: LineResponse,
  ink: Ink,
) {
  const known = receivers.flatMap(({ position }, i) => (position ? [{ ...position, shares: receiverShares[i] }] : []));
  const x = rangeOf(
    known.map((at) => at.x),
    'x (m)',
  );
  const y = rangeOf(
    known.map((at) => at.y),
    'y (m)',
  );
  const chart = plane(ctx, size, x, { from: y.to, to: y.from, label: y.label }, ink);
  for (const { x: east, y: north, shares } of known) {
    const worst = PARTS.find(({ key }) => (shares?.[key] ?? 0) >= BAD);
    ctx.fillStyle = ink[worst?.ink ?? 'pass'];
    ctx.beginPath();
    ctx.arc(chart.x(east), chart.y(north), worst ? 6 : 3.5, 0, 2 * Math.PI);
    ctx.fill();
  }
}

const LAYERS = [layer];

export function Receivers() {
  const line = state.line.value;
  if (!line || line.receivers.length === 0) return null;
  const bad = line.receivers.flatMap(({ channel, position }, i) => {
    const shares = line.receiverShares[i];
    const worst = PARTS.find(({ key }) => (shares?.[key] ?? 0) >= BAD);
    // Once is no habit.
    if (!worst || shares[worst.key] * line.shots.length < 1.5) return [];
    const who = channel === null ? `at ${Math.round(position?.x ?? 0)} m` : `channel ${channel}`;
    return [{ who, why: `${worst.word} in ${Math.round(100 * shares[worst.key])} %` }];
  });
  return (
    <section class="chart receivers" aria-label="Receivers">
      <h2>
        Receivers <small>{bad.length === 0 ? 'all well' : `${bad.length} bad`}</small>
      </h2>
      <div class="chart-place">
        <Canvas layers={LAYERS} />
      </div>
      <p class="caption keys">
        {PARTS.map(({ key, word }) => (
          <span key={key} class={`key ${key}`}>
            {word}
          </span>
        ))}
      </p>
      {bad.length > 0 && (
        <ul class="bad">
          {bad.slice(0, 12).map(({ who, why }) => (
            <li key={who}>
              <b>{who}</b> {why}
            </li>
          ))}
          {bad.length > 12 && <li>and {bad.length - 12} more</li>}
        </ul>
      )}
    </section>
  );
}
