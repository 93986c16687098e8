/** The page: list, verdict, gather, findings. Everything has its place from the start, so that nothing jumps when a shot comes. */
import { useEffect } from 'preact/hooks';
import { say, source } from './actions/session.ts';
import { TimeOffset } from './charts/time-offset.tsx';
import { GatherView } from './gather/gather-view.tsx';
import { Legend } from './gather/legend.tsx';
import { onKey } from './keys.ts';
import { Banner } from './panels/banner.tsx';
import { Dialogs } from './panels/dialogs.tsx';
import { Drop } from './panels/drop.tsx';
import { Findings } from './panels/findings.tsx';
import { LineView } from './panels/line-view.tsx';
import { ShotList } from './panels/shot-list.tsx';
import { StatusBar } from './panels/status.tsx';
import { Toolbar } from './panels/toolbar.tsx';
import * as state from './state.ts';

export function App() {
  useEffect(() => {
    addEventListener('keydown', onKey);
    addEventListener('beforeunload', holdUnsaved);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('beforeunload', holdUnsaved);
    };
  }, []);
  const files = source().kind === 'files';
  return (
    <div class={`page ${files ? 'with-drop' : ''}`}>
      <StatusBar />
      <aside class="side">
        {files && <Drop />}
        <ShotList />
      </aside>
      <main>{state.tab.value === 'shot' ? <ShotView /> : <LineView />}</main>
      <Message />
      <output class="spoken" aria-live="polite">
        {state.spoken}
      </output>
      <Dialogs />
    </div>
  );
}

const ShotView = () => (
  <div class="shot-view">
    <Banner />
    <div class="gather-column">
      <Toolbar />
      <GatherView />
      <Legend />
    </div>
    <div class="facts">
      <Findings />
      <TimeOffset />
    </div>
  </div>
);

/** Over the page, so that it moves nothing. */
function Message() {
  const now = state.message.value;
  useEffect(() => {
    if (now?.kind !== 'info') return;
    const timer = setTimeout(() => {
      if (state.message.peek() === now) state.message.value = undefined;
    }, 5000);
    return () => clearTimeout(timer);
  }, [now]);
  return (
    <div class="message-place" role="status">
      {now && (
        <p class={`message ${now.kind}`}>
          {now.text}
          <button
            type="button"
            class="icon"
            aria-label="Close the message"
            onClick={() => {
              state.message.value = undefined;
            }}
          >
            ✕
          </button>
        </p>
      )}
    </div>
  );
}

function holdUnsaved(event: BeforeUnloadEvent): void {
  if (state.saving.value === 0) return;
  say('edits are still being saved');
  event.preventDefault();
}
