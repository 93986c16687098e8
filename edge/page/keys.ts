/** The keyboard: one table, by which keys act and which the map of keys (`?`) shows. */
import * as look from './actions/looking.ts';
import * as pick from './actions/picks.ts';
import { say } from './actions/session.ts';
import * as shots from './actions/shots.ts';
import { COLOUR_MAPS, type ColourMap } from './gather/colours.ts';
import { SCALINGS, type Scaling } from './gather/scaling.ts';
import * as state from './state.ts';

export interface Key {
  /** As `KeyboardEvent.key`, with `Ctrl+`, `Shift+` or `Alt+` before it; letters in lower case. */
  readonly keys: readonly string[];
  /** As the map shows them, where that differs. */
  readonly shown?: string;
  readonly does: string;
  readonly run: () => void;
}

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly Key[];
}

const toggle = (signal: { value: boolean }) => () => {
  signal.value = !signal.value;
};

export const KEYS: readonly KeyGroup[] = [
  {
    title: 'Picks',
    keys: [
      { keys: ['ArrowLeft'], shown: '←', does: 'trace to the left', run: () => look.stepCursor(-1) },
      { keys: ['ArrowRight'], shown: '→', does: 'trace to the right', run: () => look.stepCursor(1) },
      { keys: ['Shift+ArrowLeft'], shown: 'Shift ←', does: 'ten traces to the left', run: () => look.stepCursor(-10) },
      { keys: ['Shift+ArrowRight'], shown: 'Shift →', does: 'ten traces to the right', run: () => look.stepCursor(10) },
      { keys: ['ArrowUp'], shown: '↑', does: 'pick one sample earlier', run: () => pick.nudge(-1) },
      { keys: ['ArrowDown'], shown: '↓', does: 'pick one sample later', run: () => pick.nudge(1) },
      { keys: ['Shift+ArrowUp'], shown: 'Shift ↑', does: 'pick ten samples earlier', run: () => pick.nudge(-10) },
      { keys: ['Shift+ArrowDown'], shown: 'Shift ↓', does: 'pick ten samples later', run: () => pick.nudge(10) },
      { keys: ['Enter', ' '], shown: 'Enter, Space', does: 'snap the pick to the onset', run: pick.snapAtCursor },
      { keys: ['Delete', 'Backspace'], shown: 'Del', does: 'remove the pick', run: pick.eraseAtCursor },
      { keys: ['u'], does: 'back to the automatic pick', run: pick.restoreAtCursor },
      { keys: ['k'], does: 'kill the trace, or bring it back', run: pick.killAtCursor },
      { keys: ['r'], does: 'reverse the trace', run: pick.reverseAtCursor },
      { keys: ['s'], does: 'clicks snap to the onset, or not', run: toggle(state.snapping) },
      { keys: ['Ctrl+z'], shown: 'Ctrl Z', does: 'undo', run: pick.undo },
      { keys: ['Ctrl+y', 'Ctrl+Shift+z'], shown: 'Ctrl Y', does: 'redo', run: pick.redo },
    ],
  },
  {
    title: 'Shots',
    keys: [
      { keys: ['PageDown'], shown: 'Page ↓', does: 'the shot before', run: () => shots.neighbourShot(1) },
      { keys: ['PageUp'], shown: 'Page ↑', does: 'the shot after', run: () => shots.neighbourShot(-1) },
      { keys: ['Home'], does: 'the newest shot, and stay with it', run: shots.goLive },
      { keys: ['a'], does: 'accept the shot', run: () => pick.decide('accepted') },
      { keys: ['x'], does: 'reject the shot', run: () => pick.decide('rejected') },
      {
        keys: ['n'],
        does: 'write a note',
        run: () => {
          state.dialog.value = 'note';
        },
      },
      {
        keys: ['f'],
        does: 'traces of the next finding',
        run: () => {
          const count = state.detail.value?.findings.length ?? 0;
          if (count > 0) look.lookAtFinding(((state.openFinding.value ?? -1) + 1) % count);
        },
      },
      { keys: ['v'], does: 'shot or line', run: () => look.showTab(state.tab.value === 'shot' ? 'line' : 'shot') },
      {
        keys: ['e'],
        does: 'export',
        run: () => {
          state.dialog.value = 'export';
        },
      },
    ],
  },
  {
    title: 'View',
    keys: [
      { keys: ['+', '='], shown: '+', does: 'closer', run: () => look.zoomBy(1 / 1.5) },
      { keys: ['-'], shown: '−', does: 'farther', run: () => look.zoomBy(1.5) },
      { keys: ['0'], does: 'all traces', run: look.zoomHome },
      { keys: ['b'], does: 'first breaks or the whole record', run: look.toggleRecord },
      { keys: ['Ctrl+ArrowLeft'], shown: 'Ctrl ←', does: 'move to the left', run: () => look.panBy(-0.25, 0) },
      { keys: ['Ctrl+ArrowRight'], shown: 'Ctrl →', does: 'move to the right', run: () => look.panBy(0.25, 0) },
      { keys: ['Ctrl+ArrowUp'], shown: 'Ctrl ↑', does: 'move up', run: () => look.panBy(0, -0.25) },
      { keys: ['Ctrl+ArrowDown'], shown: 'Ctrl ↓', does: 'move down', run: () => look.panBy(0, 0.25) },
      { keys: [']', '.'], shown: ']', does: 'more gain', run: () => look.gainBy(3) },
      { keys: ['[', ','], shown: '[', does: 'less gain', run: () => look.gainBy(-3) },
      {
        keys: ['g'],
        does: 'next way of scaling',
        run: () => {
          state.scaling.value = look.nextOf(Object.keys(SCALINGS) as Scaling[], state.scaling.value);
          say(`scaled: ${SCALINGS[state.scaling.value]}`);
        },
      },
      {
        keys: ['w'],
        does: 'wiggles or density',
        run: () => {
          state.style.value = state.drawnStyle.value === 'wiggle' ? 'density' : 'wiggle';
        },
      },
      {
        keys: ['c'],
        does: 'next colours',
        run: () => {
          state.colourMap.value = look.nextOf(Object.keys(COLOUR_MAPS) as ColourMap[], state.drawnColours.value);
          state.style.value = 'density';
        },
      },
      { keys: ['l'], does: 'reduced by a velocity, or not', run: look.toggleReduced },
      { keys: ['p'], does: 'picks of the shot before at this place, or not', run: toggle(state.showGhosts) },
      { keys: ['z'], does: 'strip of the first breaks, or not', run: toggle(state.showStrip) },
      {
        keys: ['t'],
        does: 'next theme: light, sunlight, dark',
        run: () => {
          state.theme.value = look.nextOf(['light', 'sunlight', 'dark'] as const, state.theme.value);
        },
      },
      {
        keys: ['?'],
        does: 'this map',
        run: () => {
          state.dialog.value = 'keys';
        },
      },
    ],
  },
];

const BY_KEY = new Map(KEYS.flatMap(({ keys }) => keys.flatMap((key) => key.keys.map((word) => [word, key] as const))));

function wordOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): string {
  const named = key.length > 1;
  const plain = named ? key : key.toLowerCase();
  // Shift is part of a character such as + or ?, but not of a letter or of a key with a name.
  const shift = shiftKey && (named || /^[a-z]$/.test(plain));
  return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${plain}`;
}

/** What a control does with keys itself while it has the focus. */
const OF_FIELDS = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Enter',
  ' ',
  'Home',
  'PageUp',
  'PageDown',
]);
const OF_BUTTONS = new Set(['Enter', ' ']);

export function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (state.dialog.value !== undefined) return;
  if (target.matches('input[type=text], input[type=number], textarea')) return;
  if (target.matches('select, input, summary') && OF_FIELDS.has(event.key)) return;
  if (target.matches('button, a') && OF_BUTTONS.has(event.key)) return;
  const key = BY_KEY.get(wordOf(event));
  if (!key) return;
  event.preventDefault();
  key.run();
}
