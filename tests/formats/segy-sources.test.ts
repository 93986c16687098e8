/** A file reads the same from disk, memory, a Blob and an HTTP server, whole or in pieces. */
import { mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFile } from '#edge/files.ts';
import { segy } from '#shared/formats/segy/segy.ts';
import { type ByteSource, blobSource, httpSource, memorySource } from '#shared/source.ts';
import { all, floats, segyBytes } from './segy-bytes.ts';

const counts = [300, 300, 120, 300];
const bytes = segyBytes({
  words: [
    [3217, 'u16', 500],
    [3221, 'u16', 300],
    [3225, 'i16', 5],
  ],
  traces: counts.map((count, i) => ({
    words: [
      [9, 'i32', 1 + (i >> 1)],
      [13, 'i32', i],
      [115, 'u16', count],
      [117, 'u16', 500],
    ],
    samples: floats(
      Array.from({ length: count }, (_, k) => Math.sin(k / 9 + i)),
      'big',
    ),
  })),
});

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'firstbreak-sources-'));
  writeFileSync(join(folder, 'line.sgy'), bytes);
  server = createServer((request, response) => {
    const file = readFileSync(join(folder, 'line.sgy'));
    const [, from, to] = request.headers.range?.match(/bytes=(\d+)-(\d+)/) ?? [];
    const part = file.subarray(Number(from), Number(to) + 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${file.length}` });
    response.end(part);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/line.sgy`;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const shotsOf = async (source: ByteSource) => all((await segy.open(source, {})).shots());

describe('sources', () => {
  it('give the same shots', async () => {
    const expected = await shotsOf(memorySource('line.sgy', bytes));
    expect(expected.map(({ traces }) => traces.length)).toEqual([2, 2]);
    const file = openFile(join(folder, 'line.sgy'));
    expect(await shotsOf(file)).toEqual(expected);
    file.close();
    expect(await shotsOf(blobSource(await openAsBlob(join(folder, 'line.sgy')), 'line.sgy'))).toEqual(expected);
    expect(await shotsOf(await httpSource(url))).toEqual(expected);
    const { name, size, read } = memorySource('line.sgy', bytes);
    expect(await shotsOf({ name, size, read })).toEqual(expected);
  });
});
