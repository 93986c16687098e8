/** Settings that outlive the page, in the browser's storage; without storage they last as long as the page. */
import { effect, type Signal, signal } from '@preact/signals';

export function remembered<T extends string | number | boolean>(name: string, usual: T): Signal<T> {
  const key = `firstbreak.${name}`;
  const kept = signal<T>(read(key, usual));
  effect(() => {
    const value = JSON.stringify(kept.value);
    try {
      localStorage.setItem(key, value);
    } catch {} // no room or not allowed: the setting lasts as long as the page
  });
  return kept;
}

function read<T>(key: string, usual: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return typeof value === typeof usual ? (value as T) : usual;
  } catch {
    return usual;
  }
}
