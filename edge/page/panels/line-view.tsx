/** The line as a whole: what only many shots show. */
import type { LineResponse } from '../../station/api-types.ts';
import { Receivers } from '../charts/receivers.tsx';
import { Trends } from '../charts/trends.tsx';
import { lineStanding } from '../line-standing.ts';
import * as state from '../state.ts';
import { sentence, VERDICTS } from '../words.ts';

export function LineView() {
  const line = state.line.value;
  if (!line || line.shots.length === 0)
    return (
      <section class="line-view" aria-label="Line">
        <p class="none">The line appears with the first shots.</p>
      </section>
    );
  // The list hears of decisions before the line is asked for anew.
  const rows = new Map(state.shots.value.map((row) => [row.id, row]));
  const decided = line.ids.map((id, i) => (rows.get(id) ?? { accepted: line.accepted[i] }).accepted);
  const { look, todo } = lineStanding(line, decided);
  const { sign, word } = VERDICTS[look];
  const advice = line.findings.find(({ severity }) => severity !== 'info')?.advice;
  const said = [todo, advice ?? ''].filter((text) => text !== '').map(sentence);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section class="line-view" aria-label="Line" tabIndex={0}>
      <div class={`banner ${look}`}>
        <p class="word">
          <span aria-hidden="true">{sign}</span> {line.verdict === 'fail' ? 'Stop' : word}
        </p>
        <div class="said">
          <p class="reason">
            <b>Line</b> {sentence(line.reason)}
          </p>
          <p class="advice">{said.length > 0 ? said.join('. ') : seenOf(line)}</p>
        </div>
      </div>
      <div class="line-charts">
        <Trends />
        <Receivers />
      </div>
      <ul class="line-findings" aria-label="Findings of the line">
        {line.findings.map(({ code, severity, cause, advice }, i) => (
          <li key={`${i} ${code}`} class={severity}>
            <b>{sentence(cause)}</b> {sentence(advice)}
          </li>
        ))}
      </ul>
    </section>
  );
}

const seenOf = ({ shots, total }: LineResponse): string =>
  shots.length < total ? `The latest ${shots.length} of ${total} shots` : 'Go on';
