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
  for (const kind of KINDS) {
    const { dots, cpu, rss } = await shoot(kind, model);
    const { p95, ...rest } = resultOf(kind.name, 'ms', dots, {
      better: 'lower',
      context: {
        max: Math.round(Math.max(...dots)),
        cores: Number(cpu.toFixed(2)),
        'MB at the end': Math.round(rss.at(-1)!),
      },
    });
    yield { ...rest, value: p95, p95 };
  }
  const minutes = Number(process.env.FIRSTBREAK_STATION_MINUTES ?? 1);
  const shots = Math.max(3, Math.round((minutes * 60_000) / LARGE.cadenceMs));
  const { dots, cpu, rss, backlog } = await shoot({ ...LARGE, shots }, model);
  const context = {
    shots,
    'largest backlog': backlog,
    'MB at half': Math.round(rss[rss.length >> 1]),
    'MB at the end': Math.round(rss.at(-1)!),
  };
  const { p95, ...rest } = resultOf(LARGE.name, 'ms', dots, { better: 'lower', context });
  yield { ...rest, value: p95, p95 };
  yield resultOf(`${LARGE.name}-cores`, 'cores', [cpu], { better: 'lower' });
  const half = rss.slice(rss.length >> 1);
  const growth = Math.max(0, (Math.max(...half) / Math.max(...rss.slice(0, rss.length >> 1)) - 1) * 100);
  yield resultOf(`${LARGE.name}-growth`, '%', [growth], { better: 'lower', context: { minutes } });
}

/** A machine with much else to do. */
const LONGEST_MS = 180_000;

interface Shooting {
  /** From the last byte to the picks and the gather of a screen being there. [shot], ms */
  readonly dots: readonly number[];
  /** Cores used on average, and resident memory after each shot, MB. */
  readonly cpu: number;
  readonly rss: readonly number[];
  readonly backlog: number;
}

async function shoot({ channels, samples, shots, cadenceMs }: Kind, model: string | undefined): Promise<Shooting> {
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
  const child = spawn(process.execPath, [BINARY, ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const url = await addressOf(child);
    const complete = new Map<string, number>();
    const dots: number[] = [];
    const rss: number[] = [];
    let backlog = 0;
    const abort = new AbortController();
    const listening = listen(url, abort.signal, async (row) => {
      const at = complete.get(row.file);
      if (at === undefined) return;
      await Promise.all([
        fetch(`${url}api/shots/${row.id}`).then((response) => response.json()),
        fetch(`${url}api/shots/${row.id}/gather?width=1366&height=600`).then((response) => response.arrayBuffer()),
      ]);
      dots.push(performance.now() - at);
      complete.delete(row.file);
    });
    const arrived = async () => {
      for (let waited = 0; complete.size > 0 && waited < LONGEST_MS; waited += 50) await pause(50);
    };
    const make = shotMaker(channels, samples);
    let before = 0;
    let from = 0;
    // One more at first, which warms up.
    for (let i = 0; i <= shots; i++) {
      const begun = performance.now();
      if (i === 1) {
        await arrived();
        dots.length = 0;
        before = cpuSeconds(child.pid!);
        from = performance.now();
      }
      const path = join(line, `${i + 1}.sg2`);
      await writeChunks(path, make(i + 1), 0.2 * cadenceMs);
      complete.set(path, performance.now());
      await pause(Math.max(0, cadenceMs - (performance.now() - begun)));
      const health = (await fetch(`${url}api/health`).then((response) => response.json())) as HealthJson;
      backlog = Math.max(backlog, health.backlog);
      rss.push(health.memoryMb);
    }
    const cpu = (cpuSeconds(child.pid!) - before) / ((performance.now() - from) / 1000);
    await arrived();
    abort.abort();
    await listening;
    if (complete.size > 0) throw new Error(`${complete.size} of ${shots} shots never came to the page`);
    return { dots, cpu, rss, backlog };
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
    writeSync(fd, bytes, at, Math.min(chunk, bytes.length - at));
    await pause(during / 16);
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
