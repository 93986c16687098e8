/** The shots, newest first: a colour, a sign and a word each, so that one glance says good or shoot again. */
import type { ShotRow } from '../../station/api-types.ts';
import { source } from '../actions/session.ts';
import { choose, goLive, olderShots } from '../actions/shots.ts';
import * as state from '../state.ts';
import { fileOf, nameOf, saidOf, timeOf } from '../words.ts';

export function ShotList() {
  const rows = state.shots.value;
  return (
    <nav class="shots" aria-label="Shots">
      <div class="shots-head">
        <h2>
          Shots <small>{state.totalShots}</small>
        </h2>
        <button
          type="button"
          class="live"
          aria-pressed={state.follow.value}
          onClick={goLive}
          title="Newest shot, and stay with it (Home)"
        >
          {state.follow.value && source().kind === 'station' ? '● Live' : '↑ Newest'}
        </button>
      </div>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>{row.problem ? <Unreadable row={row} /> : <ShotButton row={row} />}</li>
        ))}
        {state.moreShots.value && (
          <li>
            <button type="button" class="more" onClick={olderShots}>
              Older shots
            </button>
          </li>
        )}
        {rows.length === 0 && <li class="none">Waiting for the first shot.</li>}
      </ul>
    </nav>
  );
}

function ShotButton({ row }: { row: ShotRow }) {
  const verdict = saidOf(row);
  const chosen = state.chosen.value === row.id;
  return (
    <button
      type="button"
      class={`shot ${verdict.look}`}
      aria-current={chosen ? 'true' : undefined}
      title={`${row.file}\n${row.reason}`}
      onClick={() => choose(row.id)}
    >
      <span class="sign" aria-hidden="true">
        {verdict.sign}
      </span>
      <span class="name">{nameOf(row)}</span>
      <span class="verdict">{verdict.word}</span>
      <span class="count">
        {row.picked}/{row.traces} picked
      </span>
      <span class="when">{timeOf(row.firedAt)}</span>
      <span class="flags">
        {row.accepted === 'accepted' && <b class="accepted">accepted</b>}
        {row.edited > 0 && <span>{row.edited} edited</span>}
        {row.notes !== '' && <span title={row.notes}>note</span>}
      </span>
    </button>
  );
}

function Unreadable({ row }: { row: ShotRow }) {
  return (
    <div class="shot unreadable" title={row.file}>
      <span class="sign" aria-hidden="true">
        ?
      </span>
      <span class="name">{fileOf(row.file)}</span>
      <span class="verdict">not read</span>
      <span class="why">{row.problem?.message}</span>
    </div>
  );
}
