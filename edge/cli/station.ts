/** `firstbreak station`: watches the recorder's folders, picks and judges each shot, and shows it on a page of this machine. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CURRENT_FILE } from '#shared/model/current.ts';
import { numberOption, UsageError } from '#shared/options.ts';
import { isIn, makeFolder } from '../folders.ts';
import { followModel, modelsIn, pullOnce } from '../station/follow-model.ts';
import { PATIENCE } from '../station/intake.ts';
import { pageFolder } from '../station/page-folder.ts';
import type { SimulatedFile } from '../station/simulate.ts';
import { LASTING, openStation, type Station } from '../station/station.ts';
import { defineCommand, EXIT, type ExitCode } from './command.ts';
import { PICKER_OPTIONS, pickerChoice } from './opening.ts';
import { complain, oneLine, print } from './output.ts';
import { profileOf } from './qc-inputs.ts';

const PORT = 8470;

export const command = defineCommand({
  usage: '--watch DIR [--watch DIR] [--data DIR] [--port N]',
  about:
    'Watches folders that a recorder writes to, picks and judges each shot as soon as its file is whole, and shows it on a page of\n' +
    'this machine, where picks are corrected. The folders are only read. See docs/station.md.',
  options: {
    watch: {
      type: 'string',
      value: 'DIR',
      multiple: true,
      help: 'a folder to watch, with all in it; may be given several times',
    },
    data: { type: 'string', value: 'DIR', help: 'where the station keeps shots, picks and edits (default station)' },
    'keep-raw': { type: 'boolean', help: 'keeps copies of the shot files there too' },
    port: { type: 'string', value: 'N', help: `of the page (default ${PORT}; 0: any that is free)` },
    lan: { type: 'boolean', help: 'reachable from the network, with a token that is printed' },
    open: { type: 'boolean', help: 'opens the page in the browser of this machine' },
    once: { type: 'boolean', help: 'takes what lies there and ends; no page' },
    sync: { type: 'string', value: 'DIR|URL', help: 'sends what is kept there, now and then, as firstbreak sync does' },
    'sync-every': { type: 'string', value: 'MIN', help: 'minutes between (default 15)' },
    registry: {
      type: 'string',
      value: 'PLACE',
      help: 'picks with the stable model of this registry, and follows it; see firstbreak models pull',
    },
    trust: { type: 'string', multiple: true, value: 'KEY.pub.pem', help: 'with --registry: whose signature counts' },
    simulate: {
      type: 'string',
      value: 'DIR',
      help: 'writes the shots of this folder into the first watched one, as a recorder does',
    },
    cadence: { type: 'string', value: 'S', help: 'seconds from one simulated shot to the next (default 5)' },
    faults: { type: 'boolean', help: 'some simulated shots are dead, noisy, mistimed or cut short' },
    profile: { type: 'string', value: 'NAME|FILE', help: 'thresholds of the quality control, as of firstbreak qc' },
    ...PICKER_OPTIONS,
  },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
    const folders = values.watch ?? [];
    if (folders.length === 0) throw new UsageError('expected --watch DIR, found none');
    const port = numberOption('port', values.port, { min: 0, max: 65_535, whole: true }) ?? PORT;
    const cadence = numberOption('cadence', values.cadence?.replace(/s$/, ''), { min: 0, unit: 's' }) ?? 5;
    if (values.simulate === undefined && (values.faults || values.cadence !== undefined))
      throw new UsageError(`--${values.faults ? 'faults' : 'cadence'}: expected --simulate DIR, found none`);
    const data = values.data ?? 'station';
    if (folders.some((folder) => isIn(folder, data) && isIn(data, folder)))
      throw new UsageError(`--data ${data}: expected a folder of its own, found one that is watched`);
    const simulated = values.simulate === undefined ? undefined : await simulatedFiles(values.simulate, folders[0]);
    if (simulated && values.once) throw new UsageError('--simulate: expected no --once beside it');
    const everyMinutes = numberOption('sync-every', values['sync-every'], { min: 0.1, unit: 'minutes' }) ?? 15;
    const { registry, trust } = values;
    if (registry !== undefined && (values.model !== undefined || values.picker !== undefined))
      throw new UsageError(`--registry: expected no --${values.model === undefined ? 'picker' : 'model'} beside it`);
    if ((registry === undefined) !== (trust === undefined))
      throw new UsageError('--registry and --trust: expected both or neither, found one');
    const models = modelsIn(data);
    makeFolder(data);
    // A station that stays looks while it picks; one that ends looks before.
    if (values.once && registry !== undefined && trust !== undefined)
      await pullOnce({ registry, trust, models, say: complain });
    const pulled = registry !== undefined && existsSync(join(models, CURRENT_FILE)) ? { model: models } : {};
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const station = await openStation({
      folders,
      data,
      choice: pickerChoice({ ...values, ...pulled }),
      version: manifest.version,
      ...(values['keep-raw'] && { keepRaw: true }),
      ...(values.once && { patience: { ...PATIENCE, cut: 2000, cutNext: 1000 } }),
      ...(values.profile !== undefined && { profile: profileOf(values.profile) }),
    });
    try {
      if (values.once) return await takeAll(station);
      const { serveStation } = await import('../station/server.ts');
      const page = await pageFolder(complain);
      const server = await serveStation(station, { port, ...(values.lan && { lan: { data } }), page });
      const ending: (() => unknown)[] = [() => server.close()];
      try {
        complain(`watching ${oneLine(folders.join(', '))}; the page is at ${server.urls.join(' and ')}\n`);
        if (values.open) openBrowser(server.urls[0]);
        const stopped = stopSignal();
        ending.unshift(printShots(station));
        if (registry !== undefined && trust !== undefined) {
          const following = followModel({ registry, trust, models, use: station.useModel, say: complain });
          ending.unshift(() => following.stop());
        }
        if (values.sync !== undefined) {
          const syncing = syncEvery(station, values.sync, data, everyMinutes * 60_000);
          ending.unshift(() => syncing.stop());
        }
        if (simulated) {
          const { simulate } = await import('../station/simulate.ts');
          const into = folders[0];
          await Promise.race([
            stopped,
            simulate({ files: simulated, into, cadenceMs: cadence * 1000, faults: values.faults ?? false }),
          ]);
        }
        await stopped;
      } finally {
        for (const end of ending) await end();
      }
      return EXIT.fine;
    } finally {
      await station.close();
    }
  },
});

/** @throws UsageError where the shots would be written among those that they are copies of */
async function simulatedFiles(from: string, into: string): Promise<readonly SimulatedFile[]> {
  if (isIn(from, into) || isIn(into, from))
    throw new UsageError(`--simulate ${from}: expected a folder apart from the watched one, found ${into}`);
  return (await import('../station/simulate.ts')).filesOf(from);
}

/** Where there is none, the address on the terminal is enough. */
function openBrowser(url: string): void {
  const [command, ...args] = { win32: ['cmd', '/c', 'start', '', url], darwin: ['open', url] }[
    process.platform as string
  ] ?? ['xdg-open', url];
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

/** Ctrl-C and the end of the session: what was begun is kept, what was not is found again at the next start. */
export const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.once(signal, () => resolve());
    }
  });

export function printShots(station: Station): () => void {
  const printed = new Set<string>();
  return station.listen({
    change(change) {
      if (change.kind !== 'shot' || printed.has(change.row.id)) return;
      const { verdict, file, ffid, reason, latencyMs, problem: trouble } = change.row;
      if (verdict === null && trouble === null) return; // to be judged yet
      printed.add(change.row.id);
      const late = latencyMs === null ? '' : ` (${latencyMs} ms)`;
      const line = trouble
        ? `----  ${trouble.message}`
        : `${(verdict ?? '').padEnd(5)} ${file}  FFID ${ffid ?? '?'}: ${reason}${late}`;
      void print(`${oneLine(line)}\n`);
    },
    problem({ code, message, file }) {
      // What is wrong with a file stands in its own line.
      if (file === undefined || LASTING.has(code)) complain(`firstbreak: ${oneLine(message)}\n`);
    },
  });
}

/** No line is no trouble: it is tried again the next time. */
function syncEvery(station: Station, to: string, data: string, everyMs: number): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const run = async () => {
    const [{ sync }, { sumOf, targetOf }] = await Promise.all([import('../station/sync.ts'), import('./sync.ts')]);
    try {
      const report = await sync(station.store, await targetOf(to, data));
      if (report.sent > 0) complain(`${to}: ${sumOf(report)}\n`);
    } catch (error) {
      complain(`firstbreak: ${(error as Error).message}; trying again later\n`);
    }
  };
  const start = () => {
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(start, everyMs);
  start();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Until nothing waits and nothing is being written any more. */
async function takeAll(station: Station): Promise<ExitCode> {
  const silent = printShots(station);
  await station.listed;
  for (let quiet = 0; quiet < QUIET_ROUNDS; ) {
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    const { backlog, unfinished, watching } = station.health();
    quiet = backlog + unfinished === 0 && watching.every(({ reachable }) => reachable) ? quiet + 1 : 0;
    if (watching.some(({ reachable }) => !reachable)) break;
  }
  silent();
  const { shots, unreadable, watching } = station.health();
  complain(`${shots} ${shots === 1 ? 'shot' : 'shots'}, ${unreadable} unreadable\n`);
  return unreadable > 0 || watching.some(({ reachable }) => !reachable) ? EXIT.failed : EXIT.fine;
}
const ROUND_MS = 100;
const QUIET_ROUNDS = 5;
