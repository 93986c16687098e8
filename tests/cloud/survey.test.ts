/** A survey judged as a whole: what comes of it is what `firstbreak qc` says of the same files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SurveyResult } from '#functions/work/line.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { madeApp } from './made-app.ts';
import { lineBytes, madeShot } from './made-survey.ts';
import { startProgram } from './started.ts';

const BASE = 'http://localhost';
/** Small, so that the line lies in several parts, and its large file in several shards. */
const sizes = { whole: 100_000, shard: 180_000 };
let made: Awaited<ReturnType<typeof madeApp>>;
const folder = scratch();

beforeAll(async () => {
  made = await madeApp({ work: { sizes } });
  const shot = (ffid: number) => writeSeg2(madeShot(ffid));
  const files: Readonly<Record<string, Uint8Array>> = {
    'line-1/2.sg2': shot(1),
    'line-1/10.sg2': shot(2),
    // Only beside the others it is seen that a shot is there twice, and that one is much weaker than the line.
    'line-1/11.sg2': shot(2),
    'line-1/12.sg2': weak(4),
    'line-1/notes.txt': Buffer.from('wind from the west'),
    'line-1/cut.sg2': shot(5).slice(0, 300),
    'line-2/all.sgy': await lineBytes(8),
    'line-2/then.sg2': shot(9),
  };
  for (const [key, bytes] of Object.entries(files))
    for (const root of [folder.path, made.folder]) {
      const path = join(root, 'survey', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
});
afterAll(async () => {
  await made.remove();
  folder.remove();
});

function weak(ffid: number): Uint8Array {
  const shot = madeShot(ffid);
  return writeSeg2({ ...shot, amplitudes: shot.amplitudes.map((value) => value / 100) });
}

const request = (path: string, init?: RequestInit) => made.app.request(`${BASE}${path}`, init);
const survey = async () => {
  const answer = await request('/v1/surveys', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prefix: 'survey/' }),
  });
  const { links } = await answer.json();
  for (;;) {
    await made.idle();
    const job = await (await request(links.self)).json();
    if (job.state !== 'queued' && job.state !== 'running') return { links, job };
  }
};
const stored = async (key: string) => JSON.parse(new TextDecoder().decode(await made.store.get(key)));

it('finds what firstbreak qc finds: each shot beside the others, and the lines', async () => {
  const { links, job } = await survey();
  expect(job).toMatchObject({ state: 'partly', objects: 8, picked: 6, failed: 1, passedOver: 1 });
  const pointer: SurveyResult = await stored('survey/survey.firstbreak.json');
  expect(pointer).toMatchObject({ schema: 'firstbreak.survey/1', prefix: 'survey/', files: 6, shots: 13 });

  const args = ['qc', 'survey', '--json', '--line-json', 'lines.json', '--runtime', 'onnx-web', '--quiet'];
  const { out } = await firstbreak(args, { cwd: folder.path });
  const shots = await stored(pointer.results.qc);
  expect(shots).toEqual(JSON.parse(out));
  expect(JSON.stringify(shots)).toContain('duplicate-shot');
  const lines = await stored(pointer.results.lines);
  expect(lines).toEqual(JSON.parse(readFileSync(join(folder.path, 'lines.json'), 'utf8')));
  expect(lines.lines.map(({ name }: { name: string }) => name)).toEqual(['survey/line-1', 'survey/line-2']);

  const files = await (await request(links.report)).text();
  expect(files).toContain('href="report?of=line"');
  const page = await (await request(`${links.report}?of=line`)).text();
  expect(page).toContain('Line survey/line-1');
  expect(page).toContain('duplicate');
}, 180_000);

it('leaves the parts as they are that nothing was added to', async () => {
  const before: SurveyResult = await stored('survey/survey.firstbreak.json');
  const plan = await stored(`results/surveys/${before.id}/plan.json`);
  expect(plan.parts.length).toBeGreaterThan(2);
  writeFileSync(join(made.folder, 'survey/line-2/zuletzt.sg2'), writeSeg2(madeShot(10)));
  await survey();
  const after: SurveyResult = await stored('survey/survey.firstbreak.json');
  expect(after).toMatchObject({ files: 7, shots: 14 });
  const later = await stored(`results/surveys/${after.id}/plan.json`);
  expect(later.parts.slice(0, plan.parts.length - 1)).toEqual(plan.parts.slice(0, -1));
}, 180_000);

it('is judged where files arrive in an inbox, and again when more of them do', async () => {
  const inbox = join(folder.path, 'drop');
  mkdirSync(inbox);
  for (const ffid of [1, 2]) writeFileSync(join(inbox, `${ffid}.sg2`), writeSeg2(madeShot(ffid)));
  const server = await startProgram('--inbox', inbox, '--settle', '0');
  const shots = async (count: number) => {
    for (;;) {
      const path = join(server.store, 'inbox/survey.firstbreak.json');
      const told = await Promise.resolve()
        .then(() => JSON.parse(readFileSync(path, 'utf8')) as SurveyResult)
        .catch(() => undefined);
      if (told?.shots === count) return readFileSync(join(server.store, told.results.report), 'utf8');
      await sleep(100);
    }
  };
  try {
    expect(await shots(2)).toContain('2 shots');
    writeFileSync(join(inbox, '3.sg2'), writeSeg2(madeShot(3)));
    expect(await shots(3)).toContain('3 shots');
  } finally {
    await server.stop();
  }
}, 180_000);
