/** What the page knows now. Views read these signals; everything that changes them stands in `actions/`. */
import { computed, effect, signal } from '@preact/signals';
import type { Pick } from '#shared/picks.ts';
import { ms } from '#shared/units.ts';
import type { HealthJson, LineResponse, PickJson, ShotDetail, ShotRow } from '../station/api-types.ts';
import type { ColourMap } from './gather/colours.ts';
import { type Rows, timedShot } from './gather/rows.ts';
import type { Scaling } from './gather/scaling.ts';
import {
  breakShifts,
  breakViewport,
  moveoutShifts,
  noShifts,
  type Viewport,
  wholeViewport,
} from './gather/viewport.ts';
import { remembered } from './remembered.ts';

/** Newest first. */
export const shots = signal<readonly ShotRow[]>([]);
export const moreShots = signal(false);
export const totalShots = signal(0);
export const health = signal<HealthJson | undefined>(undefined);
export const connected = signal(true);
/** Said to the person, and to a screen reader; one line. */
export const message = signal<{ readonly text: string; readonly kind: 'info' | 'problem' } | undefined>(undefined);
/** Read aloud only. */
export const spoken = signal('');

export const detail = signal<ShotDetail | undefined>(undefined);
/** Of `detail`, undefined while they are on their way. */
export const rows = signal<Rows | undefined>(undefined);
/** The shot that the person looks at; the newest one while `follow` is on. */
export const chosen = signal<string | undefined>(undefined);
export const follow = signal(true);
/** The last shot from the same place. */
export const ghost = signal<ShotDetail | undefined>(undefined);
export const line = signal<LineResponse | undefined>(undefined);

/** Place in `detail.picks`. */
export const cursor = signal(0);
/** Traces of the finding that is looked at, as places in `detail.picks`. */
export const marked = signal<ReadonlySet<number>>(new Set());
/** Index in `detail.findings`. */
export const openFinding = signal<number | undefined>(undefined);
export const dialog = signal<'keys' | 'note' | 'export' | 'settings' | undefined>(undefined);
export const tab = signal<'shot' | 'line'>('shot');
/** What is being done with dropped files; empty when nothing is. */
export const working = signal('');
/** Edits on their way. */
export const saving = signal(0);

export const theme = remembered<'light' | 'dark' | 'sunlight'>('theme', 'light');
/** The theme that the style sheet shows: canvases read their colours when this changes, not before. */
export const shownTheme = signal(theme.value);
effect(() => {
  document.documentElement.dataset.theme = theme.value;
  shownTheme.value = theme.value;
});
export const style = remembered<'auto' | 'density' | 'wiggle'>('style', 'auto');
export const colourMap = remembered<'auto' | ColourMap>('colours', 'auto');
export const scaling = remembered<Scaling>('scaling', 'break');
export const gainDb = remembered<number>('gain', 0);
export const clipPercent = remembered<number>('clip', 5);
export const snapping = remembered<boolean>('snap', true);
export const showGhosts = remembered<boolean>('ghosts', true);
export const showStrip = remembered<boolean>('strip', true);
export const reduced = signal(false);
export const velocity = remembered<number>('velocity', 1500);
export const tool = signal<'pick' | 'erase' | 'pan'>('pick');
/** undefined: around the first breaks, as the shot has them. */
export const zoom = signal<Viewport | undefined>(undefined);
/** The record from its first sample to its last, in place of the part around the first breaks. */
export const wholeRecord = remembered<boolean>('whole', false);

/** In the words of the domain; [trace] */
export const picks = computed<readonly Pick[]>(() =>
  (detail.value?.picks ?? []).map(({ timeMs, confidence, reason }) =>
    timeMs === null
      ? { kind: 'skipped', reason: reason ?? 'removed' }
      : { kind: 'picked', time: ms(timeMs), confidence: confidence ?? 0 },
  ),
);

export const shotHead = computed(() => detail.value && timedShot(detail.value));

export const hasOffsets = computed(() => detail.value?.picks.some(({ offsetM }) => offsetM) ?? false);

export const shifts = computed(() => {
  const head = shotHead.value;
  if (!head) return noShifts(0);
  return reduced.value && hasOffsets.value ? moveoutShifts(head, velocity.value) : noShifts(head.traces.length);
});

export const whole = computed<Viewport>(() => {
  const head = shotHead.value;
  return head ? wholeViewport(head, shifts.value) : { fromTrace: 0, toTrace: 1, fromMs: 0, toMs: 1 };
});

/** What is seen without zoom. It follows the picks of the picker, not those being edited, so that nothing jumps while one edits. */
export const home = computed<Viewport>(() => {
  const head = shotHead.value;
  const shot = detail.value;
  if (!head || !shot || wholeRecord.value) return whole.value;
  return breakViewport(head, autoPicks.value, shifts.value);
});

export const autoPicks = computed<readonly Pick[]>(() =>
  (detail.value?.picks ?? []).map(({ auto }) =>
    auto.timeMs === null
      ? { kind: 'skipped', reason: auto.reason ?? 'removed' }
      : { kind: 'picked', time: ms(auto.timeMs), confidence: auto.confidence ?? 0 },
  ),
);

export const view = computed<Viewport>(() => zoom.value ?? home.value);

export const stripShifts = computed(() => breakShifts(picks.value));

export const reversedTraces = computed<ReadonlySet<number>>(
  () => new Set((detail.value?.picks ?? []).flatMap(({ reversed }, i) => (reversed ? [i] : []))),
);

/** The same receiver of two shots: by its place, to half a metre, else by its channel. */
const receiverOf = ({ receiver, channel }: PickJson): string =>
  receiver ? `${Math.round(2 * receiver.x)} ${Math.round(2 * receiver.y)}` : `channel ${channel}`;

/** Picks of the shot before, by the traces of this one. */
export const ghostTimes = computed<readonly (number | null)[] | undefined>(() => {
  const before = ghost.value;
  const now = detail.value;
  if (!before || !now || !showGhosts.value || now.previousAtSource !== before.id) return undefined;
  const times = new Map(before.picks.map((pick) => [receiverOf(pick), pick.timeMs]));
  return now.picks.map((pick) => times.get(receiverOf(pick)) ?? null);
});

/** Lines up to here, a picture above: one sees either better. */
const MOST_WIGGLES = 60;
export const drawnStyle = computed<'density' | 'wiggle'>(() => {
  if (style.value !== 'auto') return style.value;
  const { fromTrace, toTrace } = view.value;
  return toTrace - fromTrace <= MOST_WIGGLES ? 'wiggle' : 'density';
});

export const drawnColours = computed<ColourMap>(() => {
  if (colourMap.value !== 'auto') return colourMap.value;
  return theme.value === 'dark' ? 'night' : theme.value === 'sunlight' ? 'contrast' : 'grey';
});
