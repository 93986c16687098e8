/**
 * The field station as a crew has it: from a file being complete to its dots being with the page, while the next ones are written, and
 * large shots one after the other for as long as asked (`FIRSTBREAK_STATION_MINUTES`, else one).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { HealthJson, ShotRow } from '#edge/station/api-types.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { openChromium } from '../browser/chromium.ts';
import { BINARY, ROOT } from './child.ts';
import { type BenchResult, resultOf } from './result.ts';

interface Kind {
  readonly name: string;
  readonly channels: number;
  readonly samples: number;
  readonly shots: number;
  readonly cadenceMs: number;
}

const KINDS: readonly Kind[] = [
  { name: 'station-48x4000', channels: 48, samples: 4000, shots: 40, cadenceMs: 700 },
  { name: 'station-1000x2000', channels: 1000, samples: 2000, shots: 20, cadenceMs: 2000 },
];
const LARGE = { name: 'station-10000x1000', channels: 10_000, samples: 1000, cadenceMs: 10_000 };

export async function* station(model: string | undefined): AsyncGenerator<BenchResult> {
  for (const kind of KINDS)
    for (const seen of [pageByHand, pageInBrowser]) {
      const { dots, cpu, memory } = await shoot(kind, model, seen);
      const { p95, ...rest } = resultOf(seen === pageByHand ? kind.name : `${kind.name}-page`, 'ms', dots, {
        better: 'lower',
        context: {
          max: Math.round(Math.max(...dots)),
          cores: Number(cpu.toFixed(2)),
          'MB at the end': Math.round(memory.at(-1)!.rss),
        },
      });
      yield { ...rest, value: p95, p95 };
    }
  const minutes = Number(process.env.FIRSTBREAK_STATION_MINUTES ?? 1);
  const shots = Math.max(3, Math.round((minutes * 60_000) / LARGE.cadenceMs));
  const { dots, cpu, memory, backlog } = await shoot({ ...LARGE, shots }, model, pageByHand);
  const context = { shots, 'largest backlog': backlog };
  const { p95, ...rest } = resultOf(LARGE.name, 'ms', dots, { better: 'lower', context });
  yield { ...rest, value: p95, p95 };
  yield resultOf(`${LARGE.name}-cores`, 'cores', [cpu], { better: 'lower' });
  yield growthOf(memory, minutes);
}

/**
 * Medians of windows of two minutes, or of a fifth of a shorter run; the last over that in which the shots that the next one is held
 * against have all come in. The first such median is that of what fills up; what grows without end grows behind it as well.
 */
function growthOf(memory: readonly MemorySample[], minutes: number): BenchResult {
  const length = Math.min(2, minutes / 5) * 60;
  const windows = [...Map.groupBy(memory, ({ seconds }) => Math.floor(seconds / length)).values()].filter(
    (samples, i, all) => i < all.length - 1 || samples.length > all[0].length / 2,
  );
  const medians = (of: (sample: MemorySample) => number) =>
    windows.map((samples) => Math.round(median(samples.map(of))));
  const rss = medians(({ rss }) => rss);
  const settled = rss[Math.min(rss.length >> 1, Math.floor(SETTLED_SECONDS / length))];
  const growth = (rss.at(-1)! / settled - 1) * 100;
  const context = {
    minutes,
    'window (s)': Math.round(length),
    MB: rss.join(' '),
    'heaps of the threads': medians(({ heaps }) => heaps).join(' '),
    buffers: medians(({ buffers }) => buffers).join(' '),
    'of those used': medians(({ used }) => used).join(' '),
  };
  return resultOf(`${LARGE.name}-growth`, '%', [growth], { better: 'lower', context });
}

/** Twenty shots, and some time for the heaps to find their size; of shorter runs half is allowed for that. */
const SETTLED_SECONDS = 240;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** MB of the process, and of all its threads together: heaps as reserved and as used, and buffers outside of them. */
interface MemorySample {
  readonly seconds: number;
  readonly rss: number;
  readonly heaps: number;
  readonly used: number;
  readonly buffers: number;
}

/** What each thread of the station tells of itself into a file, each second. */
const TELLS_MEMORY = `
import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
setInterval(() => {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  appendFileSync(process.env.FIRSTBREAK_MEMORY, JSON.stringify({ at: Date.now(), threadId, rss, heapTotal, heapUsed, external }) + '\\n');
}, 1000).unref();`;

/** @param from Date.now() of the first shot that counts */
function memoryIn(file: string, from: number): readonly MemorySample[] {
  const last = new Map<number, { heapTotal: number; heapUsed: number; external: number }>();
  const samples: MemorySample[] = [];
  const mega = (bytes: number) => bytes / 2 ** 20;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { at, threadId, rss, ...own } = JSON.parse(line);
    last.set(threadId, own);
    if (threadId !== 0 || at < from) continue;
    const sum = (of: 'heapTotal' | 'heapUsed' | 'external') =>
      mega([...last.values()].reduce((all, one) => all + one[of], 0));
    samples.push({
      seconds: (at - from) / 1000,
      rss: mega(rss),
      heaps: sum('heapTotal'),
      used: sum('heapUsed'),
      buffers: sum('external'),
    });
  }
  return samples;
}

/** A machine with much else to do. */
const LONGEST_MS = 180_000;

interface Shooting {
  /** From the last byte to the picks being there. [shot], ms */
  readonly dots: readonly number[];
  /** Cores used on average. */
  readonly cpu: number;
  readonly memory: readonly MemorySample[];
  readonly backlog: number;
}

/** Tells of each shot, by its number, when it has come: `Date.now()`. Returns what ends it. */
type Page = (url: string, came: (ffid: number, at: number) => void) => Promise<() => Promise<void>>;

/** Has picks and the gather of a screen as soon as the station tells of the shot. */
const pageByHand: Page = async (url, came) => {
  const abort = new AbortController();
  const met = new Set<string>();
  const listening = listen(url, abort.signal, async ({ id, ffid }) => {
    // It is told of twice: with its picks, and with its verdict.
    if (met.has(id)) return;
    met.add(id);
    await Promise.all([
      fetch(`${url}api/shots/${id}`).then((response) => response.json()),
      fetch(`${url}api/shots/${id}/gather?width=1366&height=600`).then((response) => response.arrayBuffer()),
    ]);
    came(ffid!, Date.now());
  });
  return async () => {
    abort.abort();
    await listening;
  };
};

/** The page itself in headless Chromium, from the last byte to the frame in which its dots are painted. */
const pageInBrowser: Page = async (url, came) => {
  const browser = await openChromium();
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.exposeFunction('painted', came);
  await page.addInitScript(() => {
    const { painted } = globalThis as unknown as { painted(ffid: number, at: number): void };
    let shown = '';
    new MutationObserver(() => {
      const now = document.querySelector('.banner b')?.textContent ?? '';
      if (now === shown) return;
      shown = now;
      requestAnimationFrame(() => setTimeout(() => painted(Number(now.replace('FFID ', '')), Date.now())));
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.goto(url);
  // By then it has put all its files aside.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  return () => browser.close();
};

async function shoot(
  { channels, samples, shots, cadenceMs }: Kind,
  model: string | undefined,
  openPage: Page,
): Promise<Shooting> {
  const root = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  const line = join(root, 'line');
  mkdirSync(line);
  const args = [
    'station',
    '--watch',
    line,
    '--data',
    join(root, 'data'),
    '--port',
    '0',
    ...(model ? ['--model', model] : []),
  ];
  const told = join(root, 'memory');
  const tells = ['--import', `data:text/javascript,${encodeURIComponent(TELLS_MEMORY)}`];
  const child = spawn(process.execPath, [...tells, BINARY, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, FIRSTBREAK_MEMORY: told },
  });
  try {
    const url = await addressOf(child);
    const complete = new Map<number, number>();
    const dots: number[] = [];
    let backlog = 0;
    const closePage = await openPage(url, (ffid, at) => {
      const written = complete.get(ffid);
      if (written === undefined) return;
      dots.push(at - written);
      complete.delete(ffid);
    });
    const arrived = async () => {
      for (let waited = 0; complete.size > 0 && waited < LONGEST_MS; waited += 50) await pause(50);
    };
    const make = shotMaker(channels, samples);
    let before = 0;
    let from = 0;
    let began = 0;
    // One more at first, which warms up.
    for (let i = 0; i <= shots; i++) {
      const begun = performance.now();
      if (i === 1) {
        await arrived();
        dots.length = 0;
        before = cpuSeconds(child.pid!);
        from = performance.now();
        began = Date.now();
      }
      const path = join(line, `${i + 1}.sg2`);
      await writeChunks(path, make(i + 1), 0.2 * cadenceMs);
      complete.set(i + 1, Date.now());
      await pause(Math.max(0, cadenceMs - (performance.now() - begun)));
      const health = (await fetch(`${url}api/health`).then((response) => response.json())) as HealthJson;
      backlog = Math.max(backlog, health.backlog);
    }
    const cpu = (cpuSeconds(child.pid!) - before) / ((performance.now() - from) / 1000);
    await arrived();
    await closePage();
    const memory = memoryIn(told, began);
    if (complete.size > 0) throw new Error(`${complete.size} of ${shots} shots never came to the page`);
    return { dots, cpu, memory, backlog };
  } finally {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await gone;
    rmSync(root, { recursive: true, force: true });
  }
}

const addressOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stderr!.on('data', (chunk) => {
      text += chunk;
      const url = /http:\/\/\S+/.exec(text)?.[0];
      if (url) resolve(url);
    });
    child.once('exit', () => reject(new Error(`the station ended: ${text}`)));
  });

async function listen(url: string, signal: AbortSignal, came: (row: ShotRow) => Promise<void>): Promise<void> {
  const response = await fetch(`${url}api/events`, { signal });
  let text = '';
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (/^event: shot$/m.test(event)) void came(JSON.parse(/^data: (.*)$/m.exec(event)![1]));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Lines of receivers side by side, each trace with noise of its own, as no two channels record the same. */
function shotMaker(channels: number, samples: number): (ffid: number) => Uint8Array {
  const spread = Math.min(channels, LINE);
  const spacing = metres(spread > 100 ? 0.25 : 2);
  const { shot } = syntheticShot({
    ffid: 1,
    source: metres(-3),
    channels: spread,
    spacing,
    length: ms(samples * 0.25),
  });
  const noise = Float32Array.from(
    { length: NOISE },
    () => 0.01 * (Math.random() + Math.random() + Math.random() - 1.5),
  );
  return (ffid) => {
    const amplitudes = new Float32Array(channels * samples); // [trace, sample]
    for (let i = 0; i < channels; i++) {
      const from = (i % spread) * samples;
      const behind = (ffid * 7919 + i * 104_729) % NOISE;
      for (let s = 0; s < samples; s++)
        amplitudes[i * samples + s] = shot.amplitudes[from + s] + noise[(behind + s) % NOISE];
    }
    const traces = Array.from({ length: channels }, (_, i) => ({
      ...shot.traces[i % spread],
      index: i,
      channel: i + 1,
    }));
    return writeSeg2({ ...shot, ffid, amplitudes, traces });
  };
}
/** Receivers of a line. */
const LINE = 1000;
/** A prime, so that pieces of it hardly repeat. */
const NOISE = 1_000_003;

async function writeChunks(path: string, bytes: Uint8Array, during: number): Promise<void> {
  const fd = openSync(path, 'wx');
  const chunk = Math.ceil(bytes.length / 16);
  for (let at = 0; at < bytes.length; at += chunk) {
    await pause(during / 16);
    writeSync(fd, bytes, at, Math.min(chunk, bytes.length - at));
  }
  closeSync(fd);
}

/** Of all threads; clock ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
