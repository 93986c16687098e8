/** What the quality control writes: the page, the table of findings, the line as JSON. */
import { describe, expect, it } from 'vitest';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLineFacts } from '#shared/qc/line/judge-line.ts';
import { PROFILES } from '#shared/qc/profile.ts';
import { indexedPng } from '#shared/report/indexed-png.ts';
import { findingsHeader, lineFindingRows, shotFindingRows } from '#shared/report/qc-csv.ts';
import { linesJson } from '#shared/report/qc-line-json.ts';
import { type PageLine, qcPage, tally } from '#shared/report/qc-page.ts';
import { ranges, traceWords } from '#shared/report/trace-words.ts';
import { badness, galleryOf, worstFirst } from '#shared/report/worst-first.ts';
import { late, madeLine } from './made-line.ts';

/** One shot 9 ms off, one channel dead throughout. */
const shots = madeLine({
  shots: 12,
  dead: () => [5],
  change: (made, i) => (i === 3 ? late(made, 9) : made),
  file: (i) => (i === 3 ? 'a<b>&"c".sg2' : `${i}.sg2`),
});
const pageLine = (of: typeof shots): PageLine => {
  const facts = lineFactsOf(of);
  return { name: '', facts, judgement: judgeLineFacts(facts) };
};
const made = pageLine(shots);

async function pageOf(lines: readonly PageLine[], pictures: ReadonlyMap<(typeof shots)[number], string>) {
  let html = '';
  for await (const piece of qcPage({ lines, pictures, profile: PROFILES.refraction, picks: 'neural' })) html += piece;
  return html;
}

describe('the page', () => {
  const picture = 'data:image/png;base64,AA==';

  it('holds verdicts, findings, charts and pictures, and needs nothing else', async () => {
    const html = await pageOf([made], new Map([[shots[3], picture]]));
    expect(html).toContain('12 shots: 0 pass, 12 warn, 0 fail');
    expect(html).toContain('<td>channel 5<td>');
    expect(html).toContain('<td>reciprocity-error<td>');
    expect(html).toContain('<td>bad-receivers<td>');
    expect(html).toContain(`src="${picture}"`);
    expect(html).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    expect(html.match(/<svg /g)!.length).toBe(7); // two maps, times, levels, time zero, velocities, coverage
    expect(html.match(/href="data:image\/png/g)!.length).toBe(4); // each map under a strip of verdicts
    expect(html).toContain('Pictures of the 1 worst of 12 shots');
  });

  it('escapes what files are called, and links only to what is there', async () => {
    const html = await pageOf([made], new Map());
    expect(html).toContain('a&lt;b&gt;&amp;&quot;c&quot;.sg2, FFID 103');
    expect(html).not.toContain('a<b>');
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(0);
    for (const id of links) expect(html).toContain(`id="${id}"`);
  });

  it('says what to shoot again, the worst shots first', async () => {
    const failing = shots.map((shot, i) =>
      i === 8
        ? { ...shot, verdict: 'fail' as const, findings: [{ ...shot.findings[0], severity: 'fail' as const }] }
        : shot,
    );
    const html = await pageOf([pageLine(failing)], new Map());
    const again = html.slice(html.indexOf('To shoot again'), html.indexOf('The line'));
    expect(again).toContain('8.sg2, FFID 108');
    expect(again).not.toContain('FFID 107');
    expect(html.slice(html.indexOf('Shots, the worst first')).match(/FFID \d+/)![0]).toBe('FFID 108');
    expect(await pageOf([made], new Map())).toContain('None: no shot fails.');
  });

  it('of no shot, one shot, or shots without geometry is a page as well', async () => {
    const bare = shots.map(({ source: _, ...shot }) => ({
      ...shot,
      branches: [],
      traces: shot.traces.map(({ receiver: _r, distance: _d, residual: _s, time: _t, ...trace }) => trace),
    }));
    for (const some of [[], shots.slice(0, 1), bare]) {
      const html = await pageOf([pageLine(some)], new Map());
      expect(html).toContain('</html>');
      expect(html).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('worst first', () => {
  it('orders by verdict, then by failures and warnings', () => {
    const judged = (verdict: 'pass' | 'warn' | 'fail', ...severities: ('info' | 'warn' | 'fail')[]) => ({
      verdict,
      findings: severities.map((severity) => ({ ...shots[0].findings[0], severity })),
    });
    const order = [
      judged('pass', 'info'),
      judged('warn', 'warn'),
      judged('fail', 'fail'),
      judged('fail', 'fail', 'warn'),
    ];
    expect(worstFirst(order)).toEqual(order.toReversed());
    expect(badness(judged('pass'))).toBe(0);
  });

  it('keeps the pictures of the worst, and draws no more for equals', () => {
    const gallery = galleryOf<(typeof shots)[number], number>(2);
    const as = (verdict: 'pass' | 'warn' | 'fail') => ({ ...shots[0], verdict });
    const [a, b, c, d] = [as('pass'), as('warn'), as('warn'), as('fail')];
    for (const [i, shot] of [a, b, c].entries()) gallery.keep(shot, i);
    expect([...gallery.kept.values()]).toEqual([1, 2]);
    expect(gallery.wants(as('warn'))).toBe(false);
    gallery.keep(d, 3);
    expect([...gallery.kept.values()]).toEqual([1, 3]);
    expect(galleryOf(0).wants(d)).toBe(false);
  });
});

describe('the table of findings', () => {
  it('has a row a finding, as many fields in each', () => {
    const rows = shotFindingRows(shots[3]) + lineFindingRows('north', made.judgement, shots);
    const lines = rows.trim().split('\n');
    expect(lines.length).toBe(shots[3].findings.length + made.judgement.findings.length);
    const count = (line: string) => line.replace(/"([^"]|"")*"/g, '').split(',').length;
    for (const line of lines) expect(count(line)).toBe(count(findingsHeader));
    expect(lines[0]).toMatch(/^shot,"a<b>&""c""\.sg2",103,warn,dead-traces,warn,4\.17,/);
    expect(rows).toMatch(/^line,north,103,warn,reciprocity-error,warn,9/m);
  });
});

describe('the line as JSON', () => {
  it('names shots and receivers of a finding, and the numbers behind it', () => {
    const document = JSON.parse(JSON.stringify(linesJson([made], PROFILES.refraction)));
    expect(document).toMatchObject({ schema: 'firstbreak.qc-lines/1', profile: 'refraction' });
    const [line] = document.lines;
    expect(line.shots).toHaveLength(12);
    const findings = new Map(line.findings.map((finding: { code: string }) => [finding.code, finding]));
    expect(findings.get('reciprocity-error')).toMatchObject({ shots: [3], receivers: [] });
    expect(findings.get('bad-receivers')).toMatchObject({
      receivers: [{ channel: 5, position: { x: 8, y: 0, z: 0 } }],
    });
    expect(line.shots[3].timeZeroMs).toBeGreaterThan(7);
    expect(line.receivers).toHaveLength(24);
    expect(line.reciprocity.pairs).toBeGreaterThan(30);
    expect(line.coverage[0].traces).toBeGreaterThan(0);
  });
});

describe('words and pictures', () => {
  it('names channels, or places in the file where channels do not tell the traces apart', () => {
    const { traces } = shots[0];
    expect(traceWords(traces, [0, 1, 2, 6])).toBe('channels 1–3, 7');
    expect(traceWords(traces, [])).toBe('whole shot');
    const alike = traces.map((trace) => ({ ...trace, channel: 1 }));
    expect(traceWords(alike, [3])).toBe('trace 3 (from 0)');
  });

  it('draws consecutive traces together', () => {
    expect(ranges([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8');
    expect(ranges([])).toBe('');
  });

  it('counts verdicts', () => {
    expect(tally([{ verdict: 'pass' }, { verdict: 'fail' }])).toBe('2 shots: 1 pass, 0 warn, 1 fail');
  });

  it('writes PNG that others read', async () => {
    const { createCanvas, loadImage } = await import('@napi-rs/canvas');
    const png = await indexedPng(3, 2, Uint8Array.of(0, 1, 2, 2, 1, 0), [0xff0000, 0x00ff00, 0x102030]);
    const image = await loadImage(Buffer.from(png));
    expect([image.width, image.height]).toEqual([3, 2]);
    const context = createCanvas(3, 2).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, 3, 2);
    expect([...data.slice(0, 12)]).toEqual([255, 0, 0, 255, 0, 255, 0, 255, 16, 32, 48, 255]);
    expect([...data.slice(12, 15)]).toEqual([16, 32, 48]);
  });
});
