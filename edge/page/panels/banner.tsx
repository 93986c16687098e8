/** The verdict on the shot, as large as the crew needs it, why, and what a person decided. */
import { decide, redo, undo } from '../actions/picks.ts';
import * as state from '../state.ts';
import { byWeight, nameOf, saidOf, sentence } from '../words.ts';

export function Banner() {
  const shot = state.detail.value;
  if (!shot)
    return (
      <section class="banner none" aria-label="Verdict">
        <p class="word">No shot yet</p>
        <p class="reason">The next shot will appear here by itself.</p>
      </section>
    );
  const verdict = saidOf(shot);
  const advice =
    shot.verdict === null && !shot.available
      ? 'its file cannot be reached: it is judged when it is back'
      : shot.findings.filter(({ severity }) => severity !== 'info').sort(byWeight)[0]?.advice;
  return (
    <section class={`banner ${verdict.look}`} aria-label="Verdict">
      <p class="word">
        <span aria-hidden="true">{verdict.sign}</span> {verdict.word}
      </p>
      <div class="said">
        <p class="reason" title={shot.reason}>
          <b>{nameOf(shot)}</b> {sentence(shot.reason)}
        </p>
        <p class="advice" title={advice}>
          {shot.accepted === 'rejected' ? verdict.order : sentence(advice ?? verdict.order)}
        </p>
      </div>
      <div class="decisions">
        <button
          type="button"
          class="accept"
          aria-pressed={shot.accepted === 'accepted'}
          onClick={() => decide('accepted')}
          title="Accept (A)"
        >
          {shot.accepted === 'accepted' ? '✓ Accepted' : 'Accept'}
        </button>
        <button
          type="button"
          class="reject"
          aria-pressed={shot.accepted === 'rejected'}
          onClick={() => decide('rejected')}
          title="Reject (X)"
        >
          {shot.accepted === 'rejected' ? '✕ Rejected' : 'Reject'}
        </button>
        <button
          type="button"
          class="icon"
          disabled={!shot.canUndo}
          onClick={undo}
          title="Undo (Ctrl Z)"
          aria-label="Undo"
        >
          ↶
        </button>
        <button
          type="button"
          class="icon"
          disabled={!shot.canRedo}
          onClick={redo}
          title="Redo (Ctrl Y)"
          aria-label="Redo"
        >
          ↷
        </button>
        <button
          type="button"
          class="icon"
          aria-label={shot.notes === '' ? 'Write a note' : 'Note'}
          title={shot.notes === '' ? 'Write a note (N)' : shot.notes}
          aria-pressed={shot.notes !== ''}
          onClick={() => {
            state.dialog.value = 'note';
          }}
        >
          ✎
        </button>
      </div>
    </section>
  );
}
