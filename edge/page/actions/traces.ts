/** Amplitudes of the shots that are looked at: whole ones are kept for a while, large ones are had window by window. */
import { effect } from '@preact/signals';
import { snap } from '#shared/picking/snap.ts';
import { ms } from '#shared/units.ts';
import type { ShotDetail, ShotRow } from '../../station/api-types.ts';
import type { Rows } from '../gather/rows.ts';
import type { GatherWindow } from '../source/source.ts';
import * as state from '../state.ts';
import { source, telling } from './session.ts';

/** Of rows held in memory: so many samples are kept for shots that were looked at before. */
const KEPT_SAMPLES = 24_000_000;
/** Larger shots are had window by window. */
const WHOLE_SAMPLES = 6_000_000;
const kept = new Map<string, Rows>();

export const keptRows = (id: string): Rows | undefined => kept.get(id);

const isLarge = ({ traces, samples }: Pick<ShotRow, 'traces' | 'samples'>): boolean => traces * samples > WHOLE_SAMPLES;

/** Of a shot that is no large one, asked for together with its detail. */
export function rowsBeside(row: ShotRow | undefined, detail: Promise<ShotDetail>): Promise<Rows> | undefined {
  if (!row || kept.has(row.id) || isLarge(row)) return undefined;
  const rows = source().rows(row.id, 'all', detail);
  rows.catch(() => {}); // told by who waits for it
  return rows;
}

/**
 * Returns what is wrong where the amplitudes cannot be had: picks and findings are shown without them.
 * @param asked where they are on their way
 */
export async function withRows(shot: ShotDetail, asked?: Promise<Rows>): Promise<string | undefined> {
  if (kept.has(shot.id)) return undefined;
  if (!shot.available) return `${shot.file} cannot be reached now: picks and findings are shown without the traces`;
  try {
    keep(shot.id, await (asked ?? source().rows(shot.id, isLarge(shot) ? firstWindow(shot) : 'all', shot)));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function keep(id: string, rows: Rows): void {
  kept.delete(id);
  kept.set(id, rows);
  let held = [...kept.values()].reduce((sum, { shot }) => sum + shot.amplitudes.length, 0);
  for (const [old, { shot }] of kept) {
    if (held <= KEPT_SAMPLES || old === id) break;
    held -= shot.amplitudes.length;
    kept.delete(old);
  }
}

const firstWindow = (shot: ShotDetail): GatherWindow => ({
  ...screen,
  firstTrace: 0,
  lastTrace: shot.picks.length - 1,
  fromMs: shot.firstSampleMs,
  toMs: shot.firstSampleMs + (shot.samples - 1) * shot.sampleIntervalMs,
});

/** Pixels of the gather on the screen. */
const screen = { width: 1200, height: 600 };
export function gatherSize(width: number, height: number): void {
  screen.width = Math.max(64, Math.round(width));
  screen.height = Math.max(64, Math.round(height));
}

const WINDOW_DELAY_MS = 180;
let windowTimer: ReturnType<typeof setTimeout> | undefined;
let windows = 0;

/** Of a large shot, what is zoomed into is had in full. */
effect(() => {
  const shot = state.detail.value;
  const { fromTrace, toTrace, fromMs, toMs } = state.view.value;
  const { value: shifts } = state.shifts;
  clearTimeout(windowTimer);
  const window = ++windows;
  if (!shot || !isLarge(shot) || !shot.available) return;
  windowTimer = setTimeout(
    telling(async () => {
      const first = Math.max(0, Math.floor(fromTrace) - 1);
      const last = Math.min(shot.picks.length - 1, Math.ceil(toTrace));
      const few = (last - first + 1) * shot.samples <= WHOLE_SAMPLES;
      const seen = shifts.subarray(first, last + 1);
      const asked = {
        ...firstWindow(shot),
        firstTrace: first,
        lastTrace: last,
        // Of few traces the whole record is had, for the strip along the first breaks too.
        ...(few
          ? { width: last - first + 1, height: shot.samples }
          : {
              fromMs: fromMs + seen.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
              toMs: toMs + seen.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
            }),
      };
      const rows = await source().rows(shot.id, asked, shot);
      if (window === windows && state.detail.value?.id === shot.id) state.rows.value = rows;
    }),
    WINDOW_DELAY_MS,
  );
});

/** Where the page has the traces it looks itself, which keeps up with a stroke of the pointer. */
export async function onsetNear(shot: ShotDetail, row: number, timeMs: number): Promise<number> {
  const rows = kept.get(shot.id);
  if (rows?.step !== 1 || rows.shot.traces.length !== rows.traces)
    return source().snap(shot, shot.picks[row].trace, timeMs);
  return snap(rows.shot, row, ms(timeMs), { period: shot.periodMs === null ? undefined : ms(shot.periodMs) });
}
