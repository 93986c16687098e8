/**
 * The quality control: what it adds to picking, shot by shot in one process, and `firstbreak qc` on a line of 1,000 shots of 100
 * traces with picks that are there already: reading, judging, the page, both tables.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SyntheticShot, syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { modelFolder, openModelFolder } from '#edge/models.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import type { TimedShot } from '#shared/gather.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { factsOf, type ShotFacts } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { JUDGES } from '#shared/qc/judges.ts';
import { contextOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { PROFILES } from '#shared/qc/profile.ts';
import { metres, ms } from '#shared/units.ts';
import { BINARY, reportsUsage, run } from './child.ts';
import { type BenchResult, resultOf } from './result.ts';

const CHANNELS = 100;
const SAMPLES = 1000;
const SHOTS = 1000;
/** Different ones among them; the rest are these at other places, at other strengths. */
const DISTINCT = 25;

export async function* qc(model: string | undefined): AsyncGenerator<BenchResult> {
  const made = Array.from({ length: DISTINCT }, (_, i) => shotAt(i));
  const shots = Array.from({ length: 2 * DISTINCT }, (_, i) => placed(made[i % DISTINCT].shot, i));
  const neural = await PICKERS.neural({ model: () => openModelFolder(modelFolder(model)) });
  yield* besidePicking('qc-to-picking', neural, shots);
  yield* besidePicking('qc-to-picking-classical', classicalPicker, shots);
  yield* wholeLine(made);
}

/** Of the shots, so that both run as they do in the middle of a line. */
const [WARMING, COUNTED] = [2, 3];

/**
 * In per cent of the processor time of picking: picked and judged in turn, shot after shot, so that other work on the machine slows
 * both alike; the median over the shots.
 */
async function* besidePicking(name: string, picker: Picker, shots: readonly TimedShot[]): AsyncGenerator<BenchResult> {
  const shares: number[] = [];
  const [picking, judging]: [number[], number[]] = [[], []];
  const parts = new Map<string, number>();
  for (let round = 0; round < WARMING + COUNTED; round++) {
    const line: ShotSummary[] = [];
    for (const shot of shots) {
      const started = microseconds();
      const picks = await picker.pick(shot);
      const picked = microseconds();
      const facts = factsOf(shot, picks, { line: contextOf(line, { file: 'line.sgy' }) });
      line.push(summarise(facts, judgeFacts(facts), 'line.sgy'));
      const judged = microseconds();
      if (round < WARMING) continue;
      picking.push((picked - started) / CHANNELS);
      judging.push((judged - picked) / CHANNELS);
      shares.push((100 * (judged - picked)) / (picked - started));
      timeParts(factsOf(shot, picks, { line: contextOf(line.slice(0, -1), { file: 'line.sgy' }) }), parts);
    }
  }
  const perTrace = (time: number) => Math.round((10 * time) / (shares.length * CHANNELS)) / 10;
  const slowest = [...parts].sort(([, a], [, b]) => b - a).slice(0, 6);
  const context = {
    traces: shares.length * CHANNELS,
    samples: SAMPLES,
    judging_us_a_trace: median(judging),
    picking_us_a_trace: median(picking),
    slowest_us: slowest.map(([part, time]) => `${part} ${perTrace(time)}`).join(' '),
  };
  yield resultOf(name, '%', shares, { context, better: 'lower' });
}

/** What judges share, in the order in which one needs the other. */
const SHARED = ['conditions', 'coarse', 'period', 'breaks', 'levels', 'breakLevels', 'offTrend', 'distances'] as const;

/** Each judge after what it shares with others. */
function timeParts(facts: ShotFacts, parts: Map<string, number>): void {
  let before = microseconds();
  const add = (part: string) => {
    const now = microseconds();
    parts.set(part, (parts.get(part) ?? 0) + now - before);
    before = now;
  };
  for (const part of SHARED) if (facts[part]) add(part);
  for (const [k, judge] of JUDGES.entries()) {
    const [remark] = judge(facts, PROFILES.refraction);
    add(judge.name || remark?.code || `judge ${k + 1}`);
  }
}

const median = (values: readonly number[]): number =>
  Math.round(values.toSorted((a, b) => a - b)[values.length >> 1] * 10) / 10;

/** Of this process, its compiler and collector included: the clock of a thread ticks in milliseconds only. */
const microseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function* wholeLine(made: readonly SyntheticShot[]): AsyncGenerator<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-bench-'));
  try {
    const path = join(folder, 'line.sgy');
    const picks = join(folder, 'picks.csv');
    const file = openSync(path, 'w');
    for await (const chunk of writeSegy(lineOf(made))) writeSync(file, chunk);
    closeSync(file);
    writeFileSync(picks, picksOf(made));
    const page = join(folder, 'qc.html');
    const outputs = ['--html', page, '--csv', join(folder, 'qc.csv'), '--line-json', join(folder, 'line.json')];
    const args = [BINARY, 'qc', '--quiet', path, '--picks', picks, ...outputs];
    const { seconds, usage } = await run(process.execPath, [...reportsUsage, ...args], { codes: [0, 3] });
    if (!usage) throw new Error('the command did not tell what it used');
    const context = {
      shots: SHOTS,
      traces: SHOTS * CHANNELS,
      samples: SAMPLES,
      megabytes: Math.round(statSync(path).size / 1e6),
      page_megabytes: Number((statSync(page).size / 1e6).toFixed(1)),
    };
    yield resultOf('qc-line', 's', [seconds], { context });
    yield resultOf('qc-line-processor', 's', [usage.processorSeconds], { context });
    yield resultOf('qc-line-memory', 'MiB', [usage.peakMiB], { context });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every fifth with a dead, every seventh with a noisy channel, so that there is something to find and to draw. */
const shotAt = (i: number): SyntheticShot =>
  syntheticShot({
    ffid: i + 1,
    source: metres(2 * i + 21),
    channels: CHANNELS,
    spacing: metres(2),
    sampleInterval: ms(0.5),
    firstSample: ms(-50),
    length: ms(0.5 * SAMPLES),
    dead: i % 5 === 0 ? [1 + ((7 * i) % CHANNELS)] : [],
    noisy: i % 7 === 0 ? [1 + ((11 * i) % CHANNELS)] : [],
  });

function* lineOf(made: readonly SyntheticShot[]): Generator<TimedShot> {
  for (let i = 0; i < SHOTS; i++) yield placed(made[i % DISTINCT].shot, i);
}

/** The shot as the `i`th of a line that moves on. */
function placed(shot: TimedShot, i: number): TimedShot {
  const by = 4 * Math.floor(i / DISTINCT) * DISTINCT;
  const strength = 1 + 0.2 * Math.sin(i);
  const moved = <P extends { readonly x: number }>(place: P): P => ({ ...place, x: metres(place.x + by) });
  return {
    ...shot,
    ffid: i + 1,
    sourcePoint: i + 1,
    amplitudes: shot.amplitudes.map((value) => value * strength),
    source: moved(shot.source!),
    traces: shot.traces.map((trace, k) => ({ ...trace, index: i * CHANNELS + k, receiver: moved(trace.receiver!) })),
    recordedAt: new Date(Date.UTC(2024, 4, 14) + 60_000 * i).toISOString().slice(0, 19),
  };
}

function picksOf(made: readonly SyntheticShot[]): string {
  const rows = Array.from({ length: SHOTS }, (_, i) =>
    made[i % DISTINCT].onsets.map(
      (time, k) => `line.sgy,${i * CHANNELS + k},${i + 1},${time === undefined ? '' : time.toFixed(3)}\n`,
    ),
  );
  return `file,trace,ffid,time_ms\n${rows.flat().join('')}`;
}
