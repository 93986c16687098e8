/**
 * Days of shots in minutes: `node tests/station/soak.ts [--shots 5000] [--seed 1]`. A recorder writes into two folders, chunk by chunk,
 * with copies, temporary names, torn and foreign files, while the station is killed (−9), its folders vanish and its disk fills up.
 * In the end every file must be accounted for, every shot be there once, and every edit that was confirmed stand.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { EditResponse, HealthJson, ShotRow, ShotsPage } from '#edge/station/api-types.ts';
import { openStore } from '#edge/station/store.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { metres, ms } from '#shared/units.ts';

export interface SoakOptions {
  readonly shots: number;
  readonly seed: number;
  /** ms between shots; several are written at once when the station is to have a backlog. */
  readonly cadenceMs: number;
  /** Mean time between troubles. */
  readonly troubleMs: number;
  readonly note?: (line: string) => void;
}

export interface SoakResult {
  readonly shots: number;
  readonly files: number;
  readonly kills: number;
  readonly vanishings: number;
  readonly fullDisks: number;
  readonly edits: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly unaccounted: readonly string[];
  readonly editsLost: readonly string[];
  /** Shots whose picks are there and no verdict. */
  readonly unjudged: readonly string[];
  readonly seconds: number;
}

const CHILD = resolve(import.meta.dirname, 'soak-child.ts');
/** Room for what is kept, and little more to fill. */
const DISK_MB = 256;

export async function soak({ shots, seed, cadenceMs, troubleMs, note = () => {} }: SoakOptions): Promise<SoakResult> {
  const started = performance.now();
  const random = dice(seed);
  const chance = (share: number) => random() < share;
  const root = mkdtempSync(join(tmpdir(), 'firstbreak-soak-'));
  const folders = [join(root, 'recorder'), join(root, 'stick')];
  const data = join(root, 'data');
  for (const folder of [...folders, data]) mkdirSync(folder);
  const disk = smallDisk(data);
  const counts = { kills: 0, vanishings: 0, fullDisks: 0, edits: 0 };
  /** FFID of every shot that was written whole. */
  const expected = new Set<number>();
  /** Every file that was written under its own name. */
  const written = new Set<string>();
  /** By FFID: a shot that was read too early has another name when it is whole. */
  const confirmed = new Map<number, string>();
  let writing = true;
  let away: string | undefined;
  let child: { readonly process: ChildProcess; readonly url: string } | undefined;

  async function startChild(): Promise<void> {
    const started = spawn(process.execPath, [CHILD, data, ...folders], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise<string | undefined>((done) => {
      started.stdout.once('data', (line) => done(String(line).trim().replace(/\/$/, '')));
      started.once('exit', () => done(undefined));
    });
    // A full disk may keep it from starting; it is started again as a person would.
    if (url) child = { process: started, url };
    else await pause(300).then(startChild);
  }
  async function killChild(): Promise<void> {
    const dying = child?.process;
    child = undefined;
    if (!dying || dying.exitCode !== null) return;
    const gone = new Promise((done) => dying.once('exit', done));
    dying.kill('SIGKILL');
    await gone;
  }
  const ask = async <T>(path: string, body?: unknown): Promise<T | undefined> => {
    try {
      const response = await fetch(`${child?.url}${path}`, {
        ...(body !== undefined && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
        signal: AbortSignal.timeout(20_000),
      });
      return response.ok ? ((await response.json()) as T) : undefined;
    } catch {
      return undefined; // killed meanwhile
    }
  };

  /** A folder that is away cannot be written to either: the recorder waits. */
  const place = async (folder: string): Promise<string> => {
    while (away === folder) await pause(20);
    return folder;
  };
  async function write(name: string, bytes: Uint8Array): Promise<string> {
    const folder = await place(folders[chance(0.3) ? 1 : 0]);
    const day = join(folder, `day ${1 + (expected.size >> 9)}`);
    mkdirSync(day, { recursive: true });
    const path = join(day, name);
    written.add(path);
    if (chance(0.1)) {
      writeFileSync(`${path}.part`, bytes);
      renameSync(`${path}.part`, path);
      return path;
    }
    const pieces = chance(0.5) ? 1 : 1 + Math.floor(random() * 5);
    const size = Math.ceil(bytes.length / pieces);
    for (let at = 0; at < bytes.length; at += size) {
      await place(folder);
      appendFileSync(path, bytes.subarray(at, at + size));
      if (at + size < bytes.length) await pause(random() * 20);
    }
    return path;
  }

  const later: Promise<void>[] = [];
  async function record(ffid: number): Promise<number> {
    const shot = (n: number) =>
      syntheticShot({
        ffid: n,
        source: metres((n % 11) * 2 - 3),
        channels: 8,
        length: ms(40),
        seed: seed * 100_000 + n,
      }).shot;
    if (chance(0.01)) await write(`${ffid}.foreign.sg2`, Buffer.from(`no shot at all ${ffid} `.repeat(20)));
    if (chance(0.02)) {
      const line = [0, 1, 2].map((i) => shot(ffid + i));
      const chunks: Uint8Array[] = [];
      for await (const chunk of writeSegy(line, { revision: 1 })) chunks.push(chunk);
      await write(`${ffid}.sgy`, Buffer.concat(chunks));
      for (const { ffid: n } of line) expected.add(n!);
      return 3;
    }
    const bytes = writeSeg2(shot(ffid));
    if (chance(0.01)) {
      const half = Math.floor(bytes.length * random() * 0.8);
      const path = await write(`${ffid}.sg2`, bytes.subarray(0, half));
      // The rest comes after a while, when the station may long have given up.
      later.push(
        pause(1000 + random() * 6000).then(async () => {
          for (const folder of folders) if (path.startsWith(folder)) await place(folder);
          appendFileSync(path, bytes.subarray(half));
        }),
      );
    } else {
      const path = await write(`${ffid}.sg2`, bytes);
      if (chance(0.02)) {
        const copy = path.replace(/\.sg2$/, ' copy.sg2');
        for (const folder of folders) if (path.startsWith(folder)) await place(folder);
        copyFileSync(path, copy);
        written.add(copy);
      }
    }
    expected.add(ffid);
    return 1;
  }

  async function trouble(): Promise<void> {
    while (writing) {
      await pause(troubleMs * (0.5 + random()));
      const dice = random();
      if (dice < 0.6) {
        counts.kills++;
        await killChild();
        if (chance(0.3)) await pause(300);
        await startChild();
      } else if (dice < 0.8) {
        counts.vanishings++;
        const folder = folders[chance(0.5) ? 0 : 1];
        away = folder;
        renameSync(folder, `${folder} away`);
        await pause(200 + random() * 1500);
        renameSync(`${folder} away`, folder);
        away = undefined;
      } else if (disk) {
        counts.fullDisks++;
        disk.fill();
        await pause(500 + random() * 1500);
        if (chance(0.3)) {
          await killChild();
          counts.kills++;
          setTimeout(disk.free, 500);
          await startChild();
        } else disk.free();
      }
    }
  }

  async function observer(): Promise<void> {
    while (writing) {
      await pause(50 + random() * 200);
      const page = await ask<ShotsPage>('/api/shots?limit=50');
      const shot = page?.shots.filter(({ verdict }) => verdict !== null)[Math.floor(random() * 20)];
      if (!shot) continue;
      const text = `seen ${counts.edits} ${random()}`;
      const answer = await ask<EditResponse>(`/api/shots/${shot.id}/edits`, {
        base: shot.revision,
        edits: [{ kind: 'note', text }],
        who: 'observer',
      });
      if (!answer) continue;
      counts.edits++;
      confirmed.set(shot.ffid!, text);
    }
  }

  try {
    await startChild();
    const troubles = trouble();
    const observing = observer();
    for (let ffid = 1; ffid <= shots; ) {
      ffid += await record(ffid);
      if (cadenceMs > 0) await pause(random() * 2 * cadenceMs);
      if (ffid % 500 < 2) note(`${ffid} of ${shots} shots written, ${counts.kills} kills`);
    }
    await Promise.all(later);
    writing = false;
    await Promise.all([troubles, observing]);
    if (!child) await startChild();
    const settled = async () => {
      const health = await ask<HealthJson>('/api/health');
      return health !== undefined && health.backlog + health.unfinished === 0;
    };
    for (let quiet = 0; quiet < 8; quiet = (await settled()) ? quiet + 1 : 0) await pause(250);
    const all: ShotRow[] = [];
    for (let before = ''; ; ) {
      const page = (await ask<ShotsPage>(`/api/shots?limit=500${before}`))!;
      all.push(...page.shots);
      if (!page.more) break;
      before = `&before=${page.shots.at(-1)!.id}`;
    }
    await killChild();
    const store = openStore(data);
    const known = new Set(store.files().flatMap(({ path, state }) => (state === 'begun' ? [] : [path])));
    store.close();
    const found = Map.groupBy(
      all.filter(({ problem }) => problem === null),
      ({ ffid }) => ffid!,
    );
    const notes = new Map(all.map(({ ffid, notes: text }) => [ffid, text]));
    return {
      shots: expected.size,
      files: written.size,
      ...counts,
      lost: [...expected].filter((ffid) => !found.has(ffid)).map(String),
      duplicated: [...found].filter(([, rows]) => rows.length > 1).map(([ffid]) => String(ffid)),
      unaccounted: [...written].filter((path) => !known.has(path)),
      // The last confirmed one, or one after it whose confirmation the kill swallowed.
      editsLost: [...confirmed]
        .filter(([ffid, text]) => !notes.get(ffid) || notesAge(notes.get(ffid)!) < notesAge(text))
        .map(([ffid]) => String(ffid)),
      unjudged: all.filter(({ verdict, problem }) => !verdict && !problem).map(({ ffid }) => String(ffid)),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    writing = false;
    await killChild();
    disk?.remove();
    rmSync(root, { recursive: true, force: true });
  }
}

const notesAge = (text: string): number => Number(text.split(' ')[1]);

/** A disk that can be filled; undefined where none can be made. */
function smallDisk(folder: string): { fill(): void; free(): void; remove(): void } | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      try {
        // All but less than a page more than nothing.
        writeFileSync(ballast, new Uint8Array(bavail * bsize));
      } catch {
        // as full as it gets
      }
    },
    free() {
      if (existsSync(ballast)) rmSync(ballast);
    },
    remove: () => void execFileSync('umount', ['-l', folder]),
  };
}

/** Uniform 0–1, the same sequence for the same seed (mulberry32, T. Ettinger, public domain). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { shots: { type: 'string' }, seed: { type: 'string' }, cadence: { type: 'string' } },
  });
  const result = await soak({
    shots: Number(values.shots ?? 5000),
    seed: Number(values.seed ?? 1),
    cadenceMs: Number(values.cadence ?? 15),
    troubleMs: 3000,
    note: (line) => console.error(line),
  });
  console.log(JSON.stringify(result, null, 1));
  const { lost, duplicated, unaccounted, editsLost, unjudged } = result;
  process.exitCode = [lost, duplicated, unaccounted, editsLost, unjudged].some(({ length }) => length > 0) ? 1 : 0;
}
