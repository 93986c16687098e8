/** The page of the quality control. */
import { describe, expect, it } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { Pick } from '#shared/picks.ts';
import { judgeShot } from '#shared/qc/judge-shot.ts';
import { pageFoot, pageHead, pageShot } from '#shared/report/qc-page.ts';
import { ranges, traceWords } from '#shared/report/trace-words.ts';
import { metres, ms } from '#shared/units.ts';

const recipe = { ffid: 11, source: metres(-8), firstSample: ms(-50), channels: 24, seed: 5 };
const clean = syntheticShot(recipe);
const truth = (onsets: readonly (number | undefined)[]): Pick[] =>
  onsets.map((time) =>
    time === undefined ? { kind: 'skipped', reason: 'dead' } : { kind: 'picked', time: ms(time), confidence: 1 },
  );

describe('the page', () => {
  it('holds verdicts, findings and pictures, and escapes what files are called', () => {
    const one = syntheticShot({ ...recipe, dead: [5] });
    const judgement = judgeShot(one.shot, truth(one.onsets));
    const entry = { file: 'a<b>&"c".sg2', ffid: 11, judgement };
    const html =
      pageHead() +
      pageShot({ ...entry, number: 1, traces: one.shot.traces, picture: 'data:image/png;base64,AA==' }) +
      pageFoot([entry]);
    expect(html).toContain('a&lt;b&gt;&amp;&quot;c&quot;.sg2, FFID 11');
    expect(html).not.toContain('a<b>');
    expect(html).toContain('dead-traces');
    expect(html).toContain('<td>channel 5<td>');
    expect(html).toContain('<h2 id="shot-1">');
    expect(html).toContain('<a href="#shot-1">a&lt;b&gt;');
    expect(html).toContain('src="data:image/png;base64,AA=="');
    expect(html).toContain('1 shots: 0 pass, 1 warn, 0 fail');
  });

  it('names channels, or places in the file where channels do not tell the traces apart', () => {
    const { traces } = clean.shot;
    expect(traceWords(traces, [0, 1, 2, 6])).toBe('channels 1–3, 7');
    expect(traceWords(traces, [])).toBe('whole shot');
    const alike = traces.map((trace) => ({ ...trace, channel: 1 }));
    expect(traceWords(alike, [3])).toBe('trace 3 (from 0)');
  });

  it('draws consecutive traces together', () => {
    expect(ranges([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8');
    expect(ranges([])).toBe('');
  });
});
