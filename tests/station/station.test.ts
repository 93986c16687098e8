/** The station without its page: what it takes from folders, what it keeps, and what it survives. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  fsyncSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import type { Station } from '#edge/station/station.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { writeSegy } from '#shared/formats/segy/write.ts';
import { metres, ms } from '#shared/units.ts';
import { firstbreak } from '../cli/run.ts';
import { judged, type Site, shotFile, shotsOf, site, until } from './station.ts';

let here: Site;
let stations: Station[] = [];
const start = async (options?: Parameters<Site['open']>[0]) => {
  const station = await here.open(options);
  stations.push(station);
  return station;
};
const stop = async (station: Station) => {
  stations = stations.filter((one) => one !== station);
  await station.close();
};
afterEach(async () => {
  for (const station of stations) await station.close();
  stations = [];
  here.remove();
});
const has = (station: Station, count: number) => until(() => judged(station, count), `${count} shots`);

describe('what lies in the folders', () => {
  it('is taken once, whatever it is called, nested or not, and picked as the command line picks it', async () => {
    here = site();
    here.put('1.sg2', shotFile(1));
    here.put('day 2/stick/2.sg2', shotFile(2));
    here.put('copy of 1.sg2', shotFile(1));
    here.put('notes.txt', 'wind from west');
    here.put('.hidden.sg2', shotFile(8));
    here.put('3.sg2.part', shotFile(9));
    const station = await start();
    await has(station, 2);
    await until(() => station.store.files().length === 4, 'all files known');
    const states = station.store.files().map(({ path, state }) => [path.slice(here.watched.length + 1), state]);
    expect(Object.fromEntries(states)).toMatchObject({ 'day 2/stick/2.sg2': 'shots', 'notes.txt': 'passed-over' });
    expect(
      [states.find(([name]) => name === '1.sg2')![1], states.find(([name]) => name === 'copy of 1.sg2')![1]].sort(),
    ).toEqual(['again', 'shots']);
    expect(states).toHaveLength(4);
    const { out } = await firstbreak([
      'pick',
      join(here.watched, 'day 2/stick/2.sg2'),
      '--picker',
      'classical',
      '--quiet',
    ]);
    const mine = station.export({ format: 'csv', rejected: false }).content as string;
    expect(
      out
        .split('\n')
        .slice(1)
        .filter((row) => !mine.includes(row)),
    ).toEqual([]);
  });

  it('is taken when it is whole, and never before', async () => {
    here = site();
    const bytes = shotFile(5);
    const station = await start();
    const path = here.put('5.sg2', bytes.subarray(0, 3000));
    for (let at = 3000; at < bytes.length; at += 6000) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(shotsOf(station)).toEqual([]);
      appendFileSync(path, bytes.subarray(at, at + 6000));
    }
    await has(station, 1);
    const [{ traces, latencyMs, problem }] = shotsOf(station);
    expect({ traces, problem }).toEqual({ traces: 12, problem: null });
    expect(latencyMs).toBeLessThan(5000);
  });

  it('is listed with the reason when nothing comes after all, and mended when it does', async () => {
    here = site();
    const bytes = shotFile(6);
    const station = await start();
    here.put('6.sg2', bytes.subarray(0, 20));
    await has(station, 1);
    expect(shotsOf(station)[0]).toMatchObject({ verdict: null, problem: { code: expect.any(String) } });
    here.put('6.sg2', bytes);
    await until(() => shotsOf(station)[0]?.verdict === 'pass' || shotsOf(station)[0]?.traces === 12, 'the whole shot');
    expect(shotsOf(station)).toHaveLength(1);
  });

  it('is listed when it stays empty, each file of its own, until there is something in it', async () => {
    here = site();
    const station = await start();
    here.put('7.sg2', '');
    here.put('8.sg2', '');
    here.put('ready.flag', '');
    await has(station, 2);
    for (const { file, problem } of shotsOf(station))
      expect(problem?.message).toBe(`${file}: expected a shot record, found a file of 0 bytes`);
    await until(() => station.store.files().length === 3, 'all files known');
    expect(station.health()).toMatchObject({ unreadable: 2, unfinished: 0 });
    here.put('7.sg2', shotFile(7));
    await until(() => shotsOf(station).some(({ ffid }) => ffid === 7), 'the shot');
    expect(shotsOf(station)).toHaveLength(2);
    expect(station.health()).toMatchObject({ shots: 1, unreadable: 1 });
  });

  it('may grow by further shots: those that stand keep their edits', async () => {
    here = site();
    const line = [1, 2, 3].map((n) => syntheticShot({ ffid: n, source: metres(n), channels: 12, length: ms(60) }).shot);
    const bytes = async (count: number) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of writeSegy(line.slice(0, count), { revision: 1 })) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const station = await start();
    here.put('line.sgy', await bytes(2));
    await has(station, 2);
    const { id } = shotsOf(station).find(({ ffid }) => ffid === 2)!;
    station.edit(id, { base: 0, edits: [{ kind: 'set', trace: 13, timeMs: 4 }], who: 'observer' });
    appendFileSync(join(here.watched, 'line.sgy'), (await bytes(3)).subarray((await bytes(2)).length));
    await has(station, 3);
    expect(
      shotsOf(station)
        .map(({ ffid }) => ffid)
        .sort(),
    ).toEqual([1, 2, 3]);
    expect(shotsOf(station).find(({ ffid }) => ffid === 2)).toMatchObject({ id, edited: 1 });
  });

  it('comes newest first after a start', async () => {
    here = site();
    // Their recorder gives all of them one date.
    for (let n = 1; n <= 6; n++) utimesSync(here.put(`${n}.sg2`, shotFile(n)), n * 1000, n * 1000);
    const station = await start();
    await has(station, 6);
    const bySequence = shotsOf(station).toSorted((a, b) => a.sequence - b.sequence);
    expect(bySequence.map(({ ffid }) => ffid)).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('is listed as it was fired, however it came in: the last first', async () => {
    here = site();
    const dated = (ffid: number, recordedAt: string) =>
      writeSeg2({ ...syntheticShot({ ffid, source: metres(0), channels: 12, length: ms(60) }).shot, recordedAt });
    // Copied in the wrong order; what cannot be read has the time of its file alone.
    const day = [
      { name: '3.sg2', bytes: dated(3, '2026-05-01T08:02:00'), written: '2026-05-02T09:00:00' },
      { name: '1.sg2', bytes: dated(1, '2026-05-01T08:00:00'), written: '2026-05-02T09:00:01' },
      { name: '2.sg2', bytes: dated(2, '2026-05-01T08:01:00'), written: '2026-05-02T09:00:02' },
      { name: 'torn.sg2', bytes: dated(9, '2026-05-01T08:00:30').subarray(0, 20), written: '2026-05-01T08:01:30' },
    ];
    for (const { name, bytes, written } of day) utimesSync(here.put(name, bytes), new Date(written), new Date(written));
    const station = await start();
    await has(station, 4);
    const names = (rows = shotsOf(station)) => rows.map(({ file }) => basename(file));
    expect(names()).toEqual(['3.sg2', 'torn.sg2', '2.sg2', '1.sg2']);
    const first = station.list({ limit: 2 });
    expect([names([...first.shots]), first.more]).toEqual([['3.sg2', 'torn.sg2'], true]);
    const rest = station.list({ before: first.shots[1].id, limit: 2 });
    expect([names([...rest.shots]), rest.more]).toEqual([['2.sg2', '1.sg2'], false]);
    const ffidOf = new Map(shotsOf(station).map(({ id, ffid }) => [id, ffid]));
    expect((await station.line(10)).ids.map((id) => ffidOf.get(id))).toEqual([1, 2, 3]);
    expect((await station.line(2)).ids.map((id) => ffidOf.get(id))).toEqual([2, 3]);
    expect(station.log('csv').match(/(\d|torn)\.sg2/g)).toEqual(['1.sg2', '2.sg2', 'torn.sg2', 'torn.sg2', '3.sg2']);
    const second = shotsOf(station).find(({ ffid }) => ffid === 2)!;
    expect(ffidOf.get(station.detail(second.id).previousAtSource!)).toBe(1);
    here.put('4.sg2', dated(4, '2026-05-01T08:03:00'));
    await has(station, 5);
    expect(names()[0]).toBe('4.sg2');
  });

  it('is only read: nothing in the folder changes', async () => {
    here = site();
    const path = here.put('1.sg2', shotFile(1));
    const before = [statSync(path).mtimeMs, statSync(here.watched).mtimeMs, readFileSync(path).toString('base64')];
    const station = await start();
    await has(station, 1);
    expect([statSync(path).mtimeMs, statSync(here.watched).mtimeMs, readFileSync(path).toString('base64')]).toEqual(
      before,
    );
  });
});

describe('a clock that is set', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['back by an hour', -3_600_000],
    ['forward by a day, and back', 86_400_000],
  ])('%s: shots stay in the order in which they were fired, none lost, none told twice', async (_, jumpMs) => {
    here = site();
    const station = await start();
    await station.listed;
    const told: string[] = [];
    station.listen({
      change: (change) => change.kind === 'shot' && told.push(`${change.row.ffid} ${change.row.verdict}`),
    });
    const { now } = Date;
    let jump = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + jump);
    // Without a date of their own: the file's is all that is known.
    const fire = async (ffid: number) => {
      const { recordedAt: _, ...shot } = syntheticShot({ ffid, source: metres(0), channels: 12, length: ms(60) }).shot;
      const path = here.put(`${ffid}.sg2.part`, writeSeg2(shot));
      utimesSync(path, Date.now() / 1000, Date.now() / 1000);
      renameSync(path, path.replace('.part', ''));
      await has(station, ffid);
    };
    await fire(1);
    await fire(2);
    jump = jumpMs;
    await fire(3);
    await fire(4);
    jump = 0;
    await fire(5);
    await fire(6);
    expect(shotsOf(station).map(({ ffid }) => ffid)).toEqual([6, 5, 4, 3, 2, 1]);
    expect((await station.line(10)).shots.map(({ ffid }) => ffid)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { latencyMs } of shotsOf(station)) expect(latencyMs).toBeGreaterThanOrEqual(0);
    expect(told).toEqual([1, 2, 3, 4, 5, 6].flatMap((ffid) => [`${ffid} null`, `${ffid} pass`]));
    await stop(station);
    expect(shotsOf(await start()).map(({ ffid }) => ffid)).toEqual([6, 5, 4, 3, 2, 1]);
  });
});

describe('a folder that goes and comes back', () => {
  it('is said to be away, and its new shots are taken when it is back', async () => {
    here = site();
    here.put('1.sg2', shotFile(1));
    const station = await start();
    await has(station, 1);
    const away = `${here.watched}-away`;
    renameSync(here.watched, away);
    await until(() => station.health().problems.some(({ code }) => code === 'folder-away'), 'a word of it');
    expect(station.detail(shotsOf(station)[0].id).available).toBe(false);
    await expect(station.gather(shotsOf(station)[0].id, {})).rejects.toThrow(/found it away or changed/);
    writeFileSync(join(away, '2.sg2'), shotFile(2));
    renameSync(away, here.watched);
    await has(station, 2);
    expect(station.health().problems).toEqual([]);
  });
});

describe('a folder that goes for good', () => {
  it('takes the gathers with it, but where copies of the files are kept', async () => {
    here = site();
    here.put('1.sg2', shotFile(1));
    const first = await start();
    await has(first, 1);
    await until(() => first.store.files().length === 1, 'the file settled');
    const { id } = shotsOf(first)[0];
    const seen = await first.gather(id, {});
    await stop(first);
    expect(existsSync(join(here.data, 'raw'))).toBe(false);

    // What came before is copied as well, and each content once.
    here.put('copy of 1.sg2', shotFile(1));
    const keeping = await start({ keepRaw: true });
    here.put('2.sg2', shotFile(2));
    await has(keeping, 2);
    await until(() => keeping.store.files().length === 3, 'all files known');
    const copies = () => globSync('raw/*/*', { cwd: here.data }).map((path) => basename(path));
    await until(() => copies().length === 2, 'two copies');
    rmSync(here.watched, { recursive: true });
    await stop(keeping);

    const again = await start();
    await again.listed;
    expect(again.detail(id).available).toBe(true);
    expect(await again.gather(id, {})).toEqual(seen);
    const { sha256 } = again.detail(id);
    const copy = again.store.pathsOf(sha256).find((path) => path.startsWith(here.data))!;
    expect(createHash('sha256').update(readFileSync(copy)).digest('hex')).toBe(sha256);
  });
});

describe('what is kept', () => {
  it('is the same after a new start, and from the journal alone', async () => {
    here = site();
    for (let n = 1; n <= 3; n++) here.put(`${n}.sg2`, shotFile(n));
    const first = await start();
    await has(first, 3);
    const { id } = shotsOf(first)[0];
    first.edit(id, {
      base: 0,
      edits: [
        { kind: 'remove', trace: 2 },
        { kind: 'note', text: 'lorry' },
      ],
      who: 'a',
    });
    first.edit(id, { base: 1, edits: [{ kind: 'reject' }], who: 'b' });
    first.turn(id, 'undo', { base: 2, who: 'a' });
    const was = [shotsOf(first), first.detail(id), first.history(id)];
    await stop(first);
    const again = await start();
    expect([shotsOf(again), again.detail(id), again.history(id)]).toEqual(was);
    await stop(again);
    for (const ending of ['', '-wal', '-shm']) rmSync(join(here.data, `station.sqlite${ending}`), { force: true });
    const rebuilt = await start();
    expect([shotsOf(rebuilt), rebuilt.detail(id), rebuilt.history(id)]).toEqual(was);
    await stop(rebuilt);
    writeFileSync(
      join(here.data, 'station.sqlite'),
      'not a database at all, but long enough to be looked at'.repeat(100),
    );
    const mended = await start();
    expect([shotsOf(mended), mended.detail(id), mended.history(id)]).toEqual(was);
  });

  it('loses only the line that a power cut tore off', async () => {
    here = site();
    here.put('1.sg2', shotFile(1));
    const first = await start();
    await has(first, 1);
    const { id } = shotsOf(first)[0];
    first.edit(id, { base: 0, edits: [{ kind: 'note', text: 'kept' }], who: 'a' });
    first.edit(id, { base: 1, edits: [{ kind: 'note', text: 'torn' }], who: 'a' });
    await stop(first);
    const journal = join(here.data, 'journal.ndjson');
    truncateSync(journal, statSync(journal).size - 7);
    const again = await start();
    expect(again.detail(id)).toMatchObject({ notes: 'kept', revision: 1 });
    expect(again.edit(id, { base: 1, edits: [{ kind: 'accept' }], who: 'a' })[1]).toBe(200);
  });

  it('shows picks before the verdict is found', async () => {
    here = site();
    const station = await start();
    const seen: (string | null)[] = [];
    station.listen({
      change(change) {
        if (change.kind !== 'shot') return;
        const { verdict, picked } = change.row;
        seen.push(verdict);
        expect(picked).toBe(12);
        expect(station.detail(change.row.id).picks.filter(({ status }) => status === 'picked')).toHaveLength(12);
      },
    });
    here.put('1.sg2', shotFile(1));
    await has(station, 1);
    expect(seen).toEqual([null, 'pass']);
  });

  /** As a kill leaves it that came when this many entries had been written. */
  const killedAfter = (entries: number) => {
    const journal = join(here.data, 'journal.ndjson');
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
    const kinds = lines.map((line) => JSON.parse(line).kind);
    writeFileSync(journal, `${lines.slice(0, entries).join('\n')}\n`);
    return kinds;
  };

  it('is judged after a kill that came between picks and verdict', async () => {
    here = site();
    here.put('1.sg2', shotFile(1));
    const first = await start();
    await has(first, 1);
    await until(() => first.store.files().length === 1, 'the file settled');
    const was = first.detail(shotsOf(first)[0].id);
    await stop(first);
    expect(killedAfter(1)).toEqual(['shot', 'judged', 'file']);
    const again = await start();
    await has(again, 1);
    expect(again.detail(was.id)).toEqual(was);
    await until(() => again.store.files().length === 1, 'the file settled');
  });

  it('stays unjudged, with its picks and corrections, as long as the file is away', async () => {
    here = site();
    const path = here.put('1.sg2', shotFile(1));
    const first = await start();
    await has(first, 1);
    await until(() => first.store.files().length === 1, 'the file settled');
    await stop(first);
    killedAfter(1);
    renameSync(path, `${path}.part`);
    const again = await start();
    await again.listed;
    const [{ id, verdict, picked }] = shotsOf(again);
    expect({ verdict, picked }).toEqual({ verdict: null, picked: 12 });
    again.edit(id, { base: 0, edits: [{ kind: 'remove', trace: 3 }], who: 'a' });
    expect((await again.line(10)).ids).toEqual([]);
    expect(again.log('csv')).toContain('not judged');
    renameSync(`${path}.part`, path);
    await has(again, 1);
    expect(again.detail(id)).toMatchObject({ verdict: 'pass', picked: 11, revision: 1 });
  });

  it('knows a torn file again that was whole after a kill', async () => {
    here = site();
    const bytes = shotFile(6);
    const torn = bytes.subarray(0, Math.floor(0.7 * bytes.length));
    here.put('6.sg2', torn);
    const first = await start();
    await has(first, 1);
    await until(() => first.store.files().length === 1, 'the file settled');
    expect(shotsOf(first)[0].traces).toBeLessThan(12);
    await stop(first);
    expect(killedAfter(2)).toEqual(['file', 'shot', 'judged', 'file']);
    here.put('6.sg2', bytes);
    const again = await start();
    await until(() => judged(again, 1) && shotsOf(again)[0].traces === 12, 'the whole shot alone');
  });

  it('belongs to one station at a time', async () => {
    here = site();
    await start();
    await expect(here.open()).rejects.toThrow(/expected no other station/);
  });

  it('starts beside one that is still going away', async () => {
    here = site();
    const held = `const { DatabaseSync } = require('node:sqlite');
      const lock = new DatabaseSync(process.argv[1]);
      lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
      console.log('held'); setTimeout(() => lock.close(), 700);`;
    mkdirSync(here.data, { recursive: true });
    const other = spawn(process.execPath, ['--eval', held, join(here.data, 'lock.sqlite')]);
    await once(other.stdout, 'data');
    expect(shotsOf(await start())).toEqual([]);
  });
});

describe('a full disk', () => {
  it('that has room for picks and none for the verdict: it comes when there is room', async () => {
    here = site();
    let room = false;
    const disk = {
      write(fd: number, bytes: Uint8Array) {
        if (room || !Buffer.from(bytes).toString().startsWith('{"kind":"judged"')) return writeSync(fd, bytes);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
      sync: fsyncSync,
    };
    const station = await start({ disk });
    here.put('1.sg2', shotFile(1));
    await until(() => shotsOf(station).length === 1, 'the picks');
    // Longer than it is tried again.
    await new Promise((resolve) => setTimeout(resolve, 7000));
    expect(shotsOf(station)).toMatchObject([{ verdict: null, picked: 12 }]);
    expect(station.store.files()).toEqual([]);
    expect(station.health().problems).toMatchObject([{ code: 'disk-full' }]);
    room = true;
    await has(station, 1);
    await until(() => station.health().problems.length === 0, 'that it is over');
    expect(station.store.files()).toMatchObject([{ state: 'shots' }]);
  });

  it('is said, loses nothing, and is got over', async () => {
    here = site();
    let room = true;
    const disk = {
      write(fd: number, bytes: Uint8Array) {
        if (room) return writeSync(fd, bytes);
        // As a disk does: a part of it fits.
        if (bytes.length > 100) return writeSync(fd, bytes.subarray(0, 60));
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
      sync: fsyncSync,
    };
    const station = await start({ disk });
    here.put('1.sg2', shotFile(1));
    await has(station, 1);
    const { id } = shotsOf(station)[0];
    room = false;
    here.put('2.sg2', shotFile(2));
    await until(() => station.health().problems.some(({ code }) => code === 'disk-full'), 'a word of it');
    expect(() => station.edit(id, { base: 0, edits: [{ kind: 'accept' }], who: 'a' })).toThrow(/ENOSPC/);
    expect(station.detail(id).revision).toBe(0);
    room = true;
    await has(station, 2);
    await until(() => station.health().problems.length === 0, 'that it is over');
    expect(station.edit(id, { base: 0, edits: [{ kind: 'accept' }], who: 'a' })[0].revision).toBe(1);
    await stop(station);
    expect(shotsOf(await start())).toHaveLength(2);
  });
});
