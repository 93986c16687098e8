/** In the evening all goes home, to a folder and to the cloud: once, however often and however broken off. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EditJson } from '#edge/station/api-types.ts';
import { type Step, stateOf } from '#edge/station/edits.ts';
import type { Station } from '#edge/station/station.ts';
import { entriesOf, type SyncTarget, sync } from '#edge/station/sync.ts';
import { cloudTarget } from '#edge/station/sync-cloud.ts';
import { folderTarget } from '#edge/station/sync-folder.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { judged, type Site, shotFile, shotsOf, site, until } from './station.ts';

let here: Site;
let station: Station;
const home = scratch();

beforeAll(async () => {
  here = site();
  for (let n = 1; n <= 3; n++) here.put(`${n}.sg2`, shotFile(n));
  here.put('copy.sg2', shotFile(1));
  station = await here.open();
  await until(() => judged(station, 3) && station.store.files().length === 4, 'shots');
  const { id } = shotsOf(station).find(({ ffid }) => ffid === 2)!;
  station.edit(id, { base: 0, edits: [{ kind: 'set', trace: 1, timeMs: 9 }, { kind: 'accept' }], who: 'a' });
  station.edit(id, { base: 1, edits: [{ kind: 'kill', trace: 3 }], who: 'b' });
  station.turn(id, 'undo', { base: 2, who: 'b' });
  // The verdict after the corrections is part of what is sent.
  let [revision, judgedAnew] = [0, false];
  const silent = station.listen({
    change(change) {
      if (change.kind === 'shot' && change.row.id === id && change.row.revision === revision) judgedAnew = true;
    },
  });
  revision = station.detail(id).revision;
  await until(() => judgedAnew, 'a verdict');
  silent();
});
afterAll(async () => {
  await station.close();
  here.remove();
  home.remove();
});

describe('to a folder', () => {
  it('sends files by their digests, shots with their history, tables; and nothing the second time', async () => {
    const folder = join(home.path, 'share');
    const first = await sync(station.store, folderTarget(folder));
    expect(first).toMatchObject({ known: 0, away: [] });
    const again = await sync(station.store, folderTarget(folder));
    expect(again).toEqual({ sent: 0, known: first.sent, away: [] });
    const files = globSync('files/*', { cwd: folder });
    expect(files).toHaveLength(3);
    for (const file of files)
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ).toBe(file.slice(6, 70));
    expect(globSync('shots/*.json', { cwd: folder })).toHaveLength(3);
    expect(readFileSync(join(folder, 'labels.csv'), 'utf8').split('\n')).toHaveLength(14);
    expect(globSync('**/*.part', { cwd: folder })).toEqual([]);
  });

  it('sends what was away when it is back', async () => {
    const folder = join(home.path, 'later');
    renameSync(here.watched, `${here.watched}-away`);
    const first = await sync(station.store, folderTarget(folder));
    expect(first.away).toHaveLength(3);
    renameSync(`${here.watched}-away`, here.watched);
    expect(await sync(station.store, folderTarget(folder))).toMatchObject({ sent: 3, away: [] });
  });

  it('goes on where it was broken off', async () => {
    const folder = join(home.path, 'broken');
    const whole = folderTarget(folder);
    let left = 4;
    const breaking: SyncTarget = {
      ...whole,
      file: (file) => (left-- > 2 ? whole.file(file) : Promise.reject(new Error('no line'))),
    };
    await expect(sync(station.store, breaking)).rejects.toThrow('no line');
    const { sent, known } = await sync(station.store, whole);
    expect(known).toBe(2);
    expect(sent).toBeGreaterThan(0);
  });
});

describe('to the cloud', () => {
  const store = join(home.path, 'cloud');
  let server: ChildProcess;
  let url = '';
  beforeAll(async () => {
    const binary = resolve(import.meta.dirname, '../../edge/cli/firstbreak.ts');
    server = spawn(process.execPath, [binary, 'serve', '--port', '0', '--store', store, '--workers', '1'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [server.stdout!, server.stderr!]) stream.on('data', (chunk) => (text += chunk));
    await until(() => /http:\/\/\S+/.test(text), 'the server', 60_000);
    url = /http:\/\/[^\s/]+/.exec(text)![0];
  }, 70_000);
  afterAll(async () => {
    const gone = new Promise((done) => server.once('exit', done));
    server.kill();
    await gone;
  });
  const target = () => cloudTarget({ url, data: here.data });
  const objects = (pattern: string) => globSync(pattern, { cwd: store });

  it('uploads each file once and each correction once', async () => {
    const first = await sync(station.store, target());
    expect(first.away).toEqual([]);
    expect(objects('**/uploads/*/*.sg2')).toHaveLength(3);
    const edits = objects('**/edits/*/*/*.json');
    expect(edits).toHaveLength(3);
    const before = objects('**/*').filter((path) => statSync(join(store, path)).isFile()).length;
    expect(await sync(station.store, target())).toEqual({ sent: 0, known: first.sent, away: [] });
    expect(objects('**/*').filter((path) => statSync(join(store, path)).isFile())).toHaveLength(before);
  });

  it('goes on after its memory of the upload is lost, and says in one line when nobody answers', async () => {
    for (const file of globSync('sync-*.json', { cwd: here.data })) rmSync(join(here.data, file));
    const { away } = await sync(station.store, target());
    expect(away).toEqual([]);
    const nobody = cloudTarget({ url: 'http://127.0.0.1:9', data: home.path });
    await expect(sync(station.store, nobody)).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9: expected an answer, found .*$/,
    );
  });
});

describe('firstbreak sync', () => {
  it('refuses a folder that a station works on, and one that is none', async () => {
    const busy = await firstbreak(['sync', join(home.path, 'x'), '--data', here.data]);
    expect(busy.code).toBe(1);
    expect(busy.err).toMatch(/expected no other station/);
    expect((await firstbreak(['sync', join(home.path, 'x'), '--data', join(home.path, 'nowhere')])).code).toBe(2);
  });
});

describe('a history as edits', () => {
  it('ends in the same state, undone and redone steps included', () => {
    const by = { at: '2026-05-01T08:00:00.000Z', who: 'a' };
    const edits = (...list: EditJson[]) => ({ ...by, kind: 'edits' as const, edits: list });
    const parts = [
      edits({ kind: 'set', trace: 1, timeMs: 4 }, { kind: 'note', text: 'n' }),
      edits({ kind: 'kill', trace: 1 }, { kind: 'remove', trace: 2 }, { kind: 'reject' }),
      { ...by, kind: 'undo' as const },
      { ...by, kind: 'undo' as const },
      { ...by, kind: 'redo' as const },
      edits({ kind: 'reverse', trace: 5 }),
    ];
    const steps: Step[] = parts.map((part, i) => ({ ...part, revision: i + 1 }));
    const told: Step[] = entriesOf(steps).map(({ id, at, who, edits: list }) => ({
      revision: Number(id),
      at,
      who,
      kind: 'edits',
      edits: list,
    }));
    const { traces, decision, notes } = stateOf(steps);
    expect(stateOf(told)).toMatchObject({ decision, notes });
    expect(stateOf(told).traces).toEqual(traces);
  });
});
