/** Where the shots come from, and how the page tells a person what happened. */
import type { ShotSource } from '../source/source.ts';
import * as state from '../state.ts';

let current: ShotSource;

export const source = (): ShotSource => current;
export const useSource = (from: ShotSource): void => {
  current = from;
};

export function say(text: string, kind: 'info' | 'problem' = 'info'): void {
  state.message.value = { text, kind };
}

/** A failure is one line on the page, never a page that stops. */
export const telling =
  <A extends readonly unknown[]>(act: (...args: A) => Promise<void>) =>
  (...args: A): void => {
    act(...args).catch((error: Error) => say(error.message, 'problem'));
  };
