/**
 * Every runtime on every artefact, by threads, in Node and in headless Chromium: how fast it picks and judges a SEG-Y file of 1,000-sample
 * traces from disk (in Chromium: dropped on the page's worker), the network alone, how soon it is open, what it takes, what is downloaded.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { DOWNLOADS, runtimeFile } from '#edge/browser/runtime-files.ts';
import { BROWSER_RUNTIMES, type BrowserRuntimeName } from '#edge/browser/runtimes.ts';
import { MACHINE_RUNTIMES, modelFolder, openModelFolder } from '#edge/models.ts';
import { type Artefact, readManifest } from '#shared/model/manifest.ts';
import { openTestPage, type TestPage } from '../browser/open-page.ts';
import type { Speed } from '../model/speed.ts';
import { ROOT, run } from './child.ts';
import { type BenchResult, resultOf } from './result.ts';

/** Traces of a window as panels of the picker have them, and how often it is run. */
export const WINDOW = { traces: 256, runs: 15 } as const;
/** Passes over the file. */
export const PICKS = 5;

export interface RuntimeCosts extends Speed {
  /** More than before it was opened, at the most. */
  readonly mebibytes: number;
  /** Traces a second, each pass; by the clock, and by the time of all processors. */
  readonly rates: readonly number[];
  readonly processorRates: readonly number[];
}

interface Subject {
  readonly where: 'Node' | 'Chromium';
  readonly runtime: string;
  readonly artefact: Artefact;
  readonly threads: number;
}

const THREADS = [1, Math.min(2, availableParallelism())].filter((count, i) => i === 0 || count > 1);

/** @param line a SEG-Y file, all of whose traces have picks */
export async function* runtimes(line: string): AsyncGenerator<BenchResult> {
  const folder = modelFolder();
  const { artefacts } = readManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'), 'manifest.json');
  /** By processor time, so that other programs do not decide. */
  const rates = new Map<string, number>();
  for (const { name, kind, threads: most, isInstalled } of MACHINE_RUNTIMES) {
    if (!isInstalled) continue;
    for (const artefact of artefacts.filter((each) => each.kind === kind))
      for (const threads of THREADS.filter((count) => count <= most)) {
        const costs = await inNode(name, artefact.file, threads, line);
        const results = resultsOf({ where: 'Node', runtime: name, artefact, threads }, costs);
        if (threads === 1) rates.set(`${name} ${artefact.file}`, results[1].value);
        yield* results;
      }
  }
  const { runtime, artefact } = await openModelFolder(folder);
  await runtime.close();
  const usual = rates.get(`${runtime.name} ${artefact.file}`)!;
  const context = { runtime: runtime.name, artefact: artefact.file };
  yield resultOf('runtime-auto-to-fastest', 'times', [usual / Math.max(...rates.values())], { context });

  const page = await openTestPage({ '/line/': dirname(line) });
  try {
    for (const runtime of Object.keys(BROWSER_RUNTIMES) as BrowserRuntimeName[])
      for (const artefact of artefacts.filter(({ kind }) => kind === BROWSER_RUNTIMES[runtime].kind))
        for (const threads of THREADS)
          yield* resultsOf(
            { where: 'Chromium', runtime, artefact, threads },
            await inChromium(page, runtime, artefact, threads, line),
          );
  } finally {
    await page.close();
  }
  yield* downloads(folder, artefacts);
}

async function inNode(runtime: string, artefact: string, threads: number, line: string): Promise<RuntimeCosts> {
  const script = join(ROOT, 'tests/bench/runtime-child.ts');
  const { out } = await run(process.execPath, [script, runtime, artefact, `${threads}`, line], { keep: true });
  return JSON.parse(out);
}

async function inChromium(
  page: TestPage,
  runtime: BrowserRuntimeName,
  artefact: Artefact,
  threads: number,
  line: string,
): Promise<RuntimeCosts> {
  const browser = page.page.context().browser()!;
  const others = await pageProcesses(browser);
  const own = await page.another();
  const opened = (await pageProcesses(browser)).filter((id) => !others.includes(id));
  const before = residentMebibytes(opened);
  const speed = await own.ask({ kind: 'speed', runtime, artefact: artefact.file, threads, of: WINDOW });
  if (!speed || !('openMs' in speed)) throw new Error('expected times of the page, found none');
  const mebibytes = residentMebibytes(opened) - before;
  const name = line.slice(dirname(line).length + 1);
  const rates: number[] = [];
  const files = Array.from({ length: PICKS + 1 }, () => ({ name, address: `/line/${name}` }));
  const passes = await own.pick({ runtime, precision: artefact.precision, threads, files });
  await own.close();
  // They are picked in turn, so each pass lasts from the end of the one before; the first warms up.
  for (let i = 1; i < passes.length; i++) {
    const [last, now] = [passes[i - 1].endedMs, passes[i].endedMs];
    rates.push((1000 * pickedTraces(passes[i].shots)) / (now - last));
  }
  return { ...speed, mebibytes, rates, processorRates: [] };
}

const pickedTraces = (shots: readonly { readonly picks: readonly { readonly kind: string }[] }[]) =>
  shots.reduce((sum, { picks }) => sum + picks.filter(({ kind }) => kind === 'picked').length, 0);

async function pageProcesses(browser: Browser): Promise<readonly number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** Of processes, where the system tells. */
function residentMebibytes(processes: readonly number[]): number {
  return processes.reduce((sum, id) => {
    try {
      const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))!;
      return sum + Number(kibibytes) / 1024;
    } catch {
      return Number.NaN;
    }
  }, 0);
}

function resultsOf({ where, runtime, artefact, threads }: Subject, costs: RuntimeCosts): BenchResult[] {
  const { openMs, firstMs, runMs, mebibytes, rates, processorRates } = costs;
  const context = { where, runtime, artefact: artefact.file, threads, bytes: artefact.bytes };
  const perSecond = runMs.map((ms) => (1000 * WINDOW.traces) / ms);
  const lower = { context, better: 'lower' } as const;
  return [
    resultOf('runtime-pick', 'traces/s', rates, { context }),
    ...(processorRates.length ? [resultOf('runtime-pick-processor', 'traces/s', processorRates, { context })] : []),
    resultOf('runtime-network', 'traces/s', perSecond, { context }),
    resultOf('runtime-open', 'ms', [openMs], lower),
    resultOf('runtime-first', 'ms', [openMs + firstMs], lower),
    ...(Number.isNaN(mebibytes) ? [] : [resultOf('runtime-memory', 'MiB', [mebibytes], lower)]),
  ];
}

/** What a laptop fetches for a runtime and an artefact, as a server compresses it ahead (Brotli, RFC 7932, quality 11). */
function* downloads(folder: string, artefacts: readonly Artefact[]): Generator<BenchResult> {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
  const compressed = (bytes: Uint8Array) => brotliCompressSync(bytes, options).length;
  for (const [runtime, files] of Object.entries(DOWNLOADS)) {
    const parts = files.map((name) => [name, compressed(runtimeFile(name))] as const);
    const { kind } = BROWSER_RUNTIMES[runtime as BrowserRuntimeName];
    for (const { file } of artefacts.filter((each) => each.kind === kind)) {
      const all = [...parts, [file, compressed(readFileSync(join(folder, file)))] as const];
      const megabytes = all.reduce((sum, [, bytes]) => sum + bytes, 0) / 1e6;
      yield resultOf('runtime-download', 'MB', [megabytes], {
        context: { runtime, artefact: file, ...Object.fromEntries(all) },
        better: 'lower',
      });
    }
  }
}
