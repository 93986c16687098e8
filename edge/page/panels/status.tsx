/** The bar at the top: whether the station works, what it is short of, and the way to the rest. */
import { showTab } from '../actions/looking.ts';
import { source } from '../actions/session.ts';
import * as state from '../state.ts';

export function StatusBar() {
  return (
    <header class="status">
      <h1>Firstbreak</h1>
      <nav class="tabs" aria-label="View">
        {(['shot', 'line'] as const).map((tab) => (
          <button key={tab} type="button" aria-pressed={state.tab.value === tab} onClick={() => showTab(tab)}>
            {tab === 'shot' ? 'Shot' : 'Line'}
          </button>
        ))}
      </nav>
      <Condition />
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            state.dialog.value = 'export';
          }}
          title="Export (E)"
        >
          Export
        </button>
        <button
          type="button"
          class="icon"
          aria-label="Keys"
          title="Keys (?)"
          onClick={() => {
            state.dialog.value = 'keys';
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function Condition() {
  const { kind, text, hint } = conditionNow();
  return (
    <p class={`condition ${kind}`} title={hint}>
      <span class="lamp" aria-hidden="true" />
      <span>{text}</span>
    </p>
  );
}

const LITTLE_DISK = 2e9;

function conditionNow(): { kind: 'fine' | 'busy' | 'trouble'; text: string; hint: string } {
  if (state.saving.value > 1) return { kind: 'busy', text: `saving ${state.saving.value} edits`, hint: '' };
  if (source().kind === 'files')
    return { kind: 'fine', text: state.working.value || 'files on this computer, no station', hint: '' };
  if (!state.connected.value)
    return {
      kind: 'trouble',
      text: 'no answer of the station',
      hint: 'The page goes on by itself as soon as the station answers.',
    };
  const now = state.health.value;
  if (!now) return { kind: 'fine', text: 'connected', hint: '' };
  const hint = `${now.model} · ${now.runtime} · ${now.watching.map(({ folder }) => folder).join(', ')}`;
  const gone = now.watching.find(({ reachable }) => !reachable);
  if (gone) return { kind: 'trouble', text: `cannot reach ${gone.folder}`, hint };
  if (now.problems.length > 0) return { kind: 'trouble', text: now.problems[0].message, hint };
  if (now.diskFree !== null && now.diskFree < LITTLE_DISK)
    return { kind: 'trouble', text: `${(now.diskFree / 1e9).toFixed(1)} GB of disk left`, hint };
  if (now.backlog > 0) return { kind: 'busy', text: `${now.backlog} files to pick`, hint };
  if (now.unfinished > 0) return { kind: 'busy', text: 'a shot is being written', hint };
  return { kind: 'fine', text: 'watching', hint };
}
