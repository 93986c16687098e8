/** The line as a whole: what only many shots show. */
import { Receivers } from '../charts/receivers.tsx';
import { Trends } from '../charts/trends.tsx';
import * as state from '../state.ts';
import { VERDICTS } from '../words.ts';

export function LineView() {
  const line = state.line.value;
  if (!line || line.shots.length === 0)
    return (
      <section class="line-view" aria-label="Line">
        <p class="none">The line appears with the first shots.</p>
      </section>
    );
  const { sign, word } = VERDICTS[line.verdict];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section class="line-view" aria-label="Line" tabIndex={0}>
      <div class={`banner ${line.verdict}`}>
        <p class="word">
          <span aria-hidden="true">{sign}</span> {word === 'Re-shoot' ? 'Stop' : word}
        </p>
        <div class="said">
          <p class="reason">
            <b>Line</b> {line.reason}
          </p>
          <p class="advice">
            {line.findings.find(({ severity }) => severity !== 'info')?.advice ??
              `the latest ${line.shots.length} of ${line.total} shots`}
          </p>
        </div>
      </div>
      <div class="line-charts">
        <Trends />
        <Receivers />
      </div>
      <ul class="line-findings" aria-label="Findings of the line">
        {line.findings.map(({ code, severity, cause, advice }, i) => (
          <li key={`${i} ${code}`} class={severity}>
            <b>{cause}</b> {advice}
          </li>
        ))}
      </ul>
    </section>
  );
}
