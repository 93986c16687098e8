/** What opens over the page: the map of the keys, a note, exports, settings. Esc closes each. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { download } from '../actions/files.ts';
import { note } from '../actions/picks.ts';
import { KEYS } from '../keys.ts';
import { EXPORTS } from '../source/exports.ts';
import * as state from '../state.ts';
import { who } from '../who.ts';
import { Settings } from './toolbar.tsx';

const close = () => {
  state.dialog.value = undefined;
};

export function Dialogs() {
  switch (state.dialog.value) {
    case 'keys':
      return (
        <Dialog title="Keys">
          <KeyMap />
        </Dialog>
      );
    case 'settings':
      return (
        <Dialog title="View">
          <Settings />
        </Dialog>
      );
    case 'note':
      return (
        <Dialog title="Note on this shot">
          <Note />
        </Dialog>
      );
    case 'export':
      return (
        <Dialog title="Export">
          <Exports />
        </Dialog>
      );
    default:
      return null;
  }
}

/** The browser keeps the focus inside and gives it back. */
function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector('textarea')?.focus();
  }, []);
  return (
    <dialog ref={dialog} onCancel={close} onClose={close} aria-label={title}>
      <header>
        <h2 class="dialog-title">{title}</h2>
        <button type="button" class="icon" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

const KeyMap = () => (
  <div class="keymap">
    {KEYS.map(({ title, keys }) => (
      <section key={title}>
        <h3>{title}</h3>
        <dl>
          {keys.map(({ keys: words, shown, does }) => (
            <div key={does}>
              <dt>
                <kbd>{shown ?? (words[0].length === 1 ? words[0].toUpperCase() : words[0])}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
    <section>
      <h3>Mouse</h3>
      <dl>
        {MOUSE.map(([what, does]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  </div>
);

const MOUSE = [
  ['click', 'pick, snapped to the onset; with Alt exactly there'],
  ['drag', 'paint picks across traces'],
  ['right click, drag', 'remove picks'],
  ['wheel', 'zoom; with Shift traces only, with Alt times only'],
  ['middle drag, Ctrl drag', 'move the picture'],
] as const;

function Note() {
  const text = useRef<HTMLTextAreaElement>(null);
  const save = () => {
    note(text.current!.value);
    close();
  };
  return (
    <form
      class="note"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={text}
        aria-label="Note"
        rows={5}
        maxLength={2000}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
        }}
      >
        {state.detail.value?.notes}
      </textarea>
      <label>
        <span>Your name</span>
        <input
          type="text"
          value={who.value}
          maxLength={60}
          onChange={(event) => {
            who.value = event.currentTarget.value.trim() || 'observer';
          }}
        />
      </label>
      <button type="submit" class="main">
        Save (Ctrl Enter)
      </button>
    </form>
  );
}

const Exports = () => (
  <ul class="exports">
    {EXPORTS.map(({ name, about }) => (
      <li key={name}>
        <button
          type="button"
          onClick={() => {
            download(name);
            close();
          }}
        >
          <b>{name}</b>
          <span>{about}</span>
        </button>
      </li>
    ))}
  </ul>
);
