/** What the marks mean, and how many there are; and the trace under the cursor in numbers. */
import * as state from '../state.ts';
import { traceWords } from '../words.ts';
import { type Mark, markOf } from './marks.ts';

const SIGNS: Readonly<Record<Mark, string>> = {
  dead: '✕ dead',
  'low-confidence': '○ low confidence',
  auxiliary: '□ auxiliary',
  removed: '– removed',
  killed: '☒ killed',
  reversed: '△ reversed',
};

export function Legend() {
  const picks = state.detail.value?.picks ?? [];
  const counts = new Map<Mark, number>();
  for (const pick of picks) {
    const mark = markOf(pick);
    if (mark) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  const byHand = picks.filter(({ edited, timeMs }) => edited && timeMs !== null).length;
  const under = picks[state.cursor.value];
  return (
    <p class="legend">
      <span class="under">{under ? traceWords(under) : ''}</span>
      <span>
        <i class="dot" /> {picks.filter(({ timeMs }) => timeMs !== null).length} picked, larger is surer
      </span>
      {byHand > 0 && (
        <span>
          <i class="diamond" /> {byHand} by hand
        </span>
      )}
      {state.ghostTimes.value && (
        <span>
          <i class="ring" /> shot before at this place
        </span>
      )}
      {[...counts].map(([mark, count]) => (
        <span key={mark}>
          {SIGNS[mark]} {count}
        </span>
      ))}
    </p>
  );
}
