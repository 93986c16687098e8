/** Starts the page: on the station that serves it, else on files; `?files` asks for files where a station is. */
import { render } from 'preact';
import './style.css';
import { say } from './actions/session.ts';
import { begin } from './actions/shots.ts';
import { App } from './app.tsx';
import type { ShotSource } from './source/source.ts';
import { stationIsThere, stationSource } from './source/station.ts';
import * as state from './state.ts';

const asked = new URLSearchParams(location.search);

async function sourceOf(): Promise<ShotSource> {
  if (!asked.has('files')) {
    const health = await stationIsThere();
    if (health) {
      state.health.value = health;
      return stationSource();
    }
  }
  const { fileSource } = await import('./source/files.ts');
  return fileSource({ runtime: runtimeAsked(asked.get('runtime')) });
}

const RUNTIMES = { tflite: 'tflite', onnx: 'onnx-web', 'onnx-web': 'onnx-web' } as const;

function runtimeAsked(word: string | null): 'auto' | 'tflite' | 'onnx-web' {
  if (word === null) return 'auto';
  const known = RUNTIMES[word as keyof typeof RUNTIMES];
  if (!known) say(`expected ?runtime=${Object.keys(RUNTIMES).join('|')}, found ${word}`, 'problem');
  return known ?? 'auto';
}

async function start(): Promise<void> {
  const source = await sourceOf();
  const begun = begin(source);
  render(<App />, document.getElementById('app')!);
  await begun;
}

start().catch((error: Error) => {
  document.getElementById('app')!.textContent = `Firstbreak could not start: ${error.message}`;
});

if ('serviceWorker' in navigator && import.meta.url.includes('/assets/'))
  navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => {}); // without it the page needs its server
