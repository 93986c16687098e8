/** First breaks against the offset, with the straight branches of the moveout and the velocities they mean. */
import { Canvas, type Layer } from '../gather/canvas.tsx';
import { inkOf } from '../gather/ink.ts';
import * as state from '../state.ts';
import { line, plane, rangeOf } from './plane.ts';

const layer: Layer = (ctx, size, place) => {
  const shot = state.detail.value;
  state.shownTheme.value;
  if (!shot) return;
  const ink = inkOf(place);
  const known = state.hasOffsets.value;
  // A file may give distances without a side: then both sides lie over each other.
  const sided = shot.picks.some(({ offsetM }) => (offsetM ?? 0) < 0);
  const points = shot.picks.flatMap(({ offsetM, channel, timeMs, edited }, i) =>
    timeMs === null ? [] : [{ at: known ? (offsetM ?? 0) : channel, timeMs, edited, i }],
  );
  const across = rangeOf(
    shot.picks.map(({ offsetM, channel }) => (known ? (offsetM ?? 0) : channel)),
    known ? 'offset (m)' : 'channel',
  );
  const down = rangeOf([0, ...points.map(({ timeMs }) => timeMs)], 'first break (ms)');
  const chart = plane(ctx, size, across, down, ink);
  ctx.save();
  ctx.beginPath();
  ctx.rect(chart.left, chart.top, chart.right - chart.left, chart.bottom - chart.top);
  ctx.clip();
  ctx.strokeStyle = ink.branch;
  ctx.lineWidth = 2.5 * ink.weight;
  for (const { side, fromM, toM, interceptMs, velocity } of known ? shot.branches : []) {
    const time = (distance: number) => chart.y(interceptMs + (1000 * distance) / velocity);
    const at = (distance: number) => chart.x(sided ? side * distance : distance);
    line(ctx, at(fromM), time(fromM), at(toM), time(toM));
  }
  ctx.fillStyle = ink.pick;
  const radius = points.length > 300 ? 1.6 : 3;
  for (const { at, timeMs, i } of points) {
    ctx.beginPath();
    ctx.arc(chart.x(at), chart.y(timeMs), state.marked.value.has(i) ? radius + 3 : radius, 0, 2 * Math.PI);
    ctx.fill();
  }
  const cursor = shot.picks[state.cursor.value];
  if (cursor) {
    ctx.strokeStyle = ink.focus;
    const x = chart.x(known ? (cursor.offsetM ?? 0) : cursor.channel);
    line(ctx, x, chart.top, x, chart.bottom);
  }
  ctx.restore();
};

const LAYERS = [layer];

export function TimeOffset() {
  const shot = state.detail.value;
  const branches = state.hasOffsets.value ? (shot?.branches ?? []) : [];
  return (
    <section class="chart" aria-label="Time and offset">
      <h2>Time–offset</h2>
      <div class="chart-place">
        <Canvas layers={LAYERS} />
      </div>
      <p class="caption">
        {branches.length === 0
          ? shot?.verdict === null
            ? 'Branches come with the verdict.'
            : 'No branch could be fitted.'
          : branches
              .map(
                ({ side, velocity, interceptMs }) =>
                  `${side < 0 ? '←' : '→'} ${Math.round(velocity)} m/s, ${interceptMs.toFixed(1)} ms`,
              )
              .join(' · ')}
      </p>
    </section>
  );
}
