/**
 * A real S3 server on this machine: Ceph's gateway of the Debian packages radosgw, ceph-mon and ceph-osd, its objects in memory.
 * Everything listens on loopback and lives in a folder that goes away with it. `node tests/cloud/radosgw.ts` starts one by hand.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const exec = promisify(execFile);
const NEEDED = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool'];

const installed = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Programs that are not installed; with none of them missing a server can be started. */
export const missingPrograms = (): string[] => NEEDED.filter((program) => !installed(program));

export interface RadosGateway {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  client(): S3Client;
  /** A new bucket. */
  bucket(): Promise<string>;
  stop(): Promise<void>;
}

export async function startRadosGateway(): Promise<RadosGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-s3-'));
  for (const name of ['mon', 'osd', 'log']) mkdirSync(join(folder, name));
  const [port, first, second] = [await freePort(), await freePort(), await freePort()];
  const conf = join(folder, 'ceph.conf');
  const fsid = randomUUID();
  const monitors = `[v2:127.0.0.1:${first},v1:127.0.0.1:${second}]`;
  writeFileSync(conf, configuration(folder, fsid, monitors));
  const run = (program: string, ...args: string[]) => exec(program, ['-c', conf, ...args], { timeout: 60_000 });
  const children: ChildProcess[] = [];
  const keep = (program: string, ...args: string[]) => {
    const log = openSync(join(folder, 'log', `${program}.out`), 'w');
    children.push(spawn(program, ['-c', conf, ...args, '-f'], { stdio: ['ignore', log, log] }));
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const keyring = join(folder, 'mon.keyring');
    const map = join(folder, 'monmap');
    await exec('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
    const admin = [
      '-n',
      'client.admin',
      '--cap',
      'mon',
      'allow *',
      '--cap',
      'osd',
      'allow *',
      '--cap',
      'mgr',
      'allow *',
    ];
    await exec('ceph-authtool', [keyring, '--gen-key', ...admin]);
    await exec('monmaptool', ['--create', '--addv', 'a', monitors, '--fsid', fsid, map]);
    await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring);
    keep('ceph-mon', '-i', 'a');
    const osd = randomUUID();
    await run('ceph', 'osd', 'new', osd);
    await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
    keep('ceph-osd', '-i', '0');
    keep('radosgw', '-n', 'client.admin', '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`);
    const endpoint = `http://127.0.0.1:${port}`;
    await answers(endpoint);
    const credentials = {
      accessKeyId: randomBytes(10).toString('hex'),
      secretAccessKey: randomBytes(20).toString('hex'),
    };
    const user = ['--uid', 'tests', '--display-name', 'tests'];
    const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
    await run('radosgw-admin', 'user', 'create', ...user, ...keys);
    const client = () =>
      new S3Client({
        endpoint,
        credentials,
        region: 'us-east-1',
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
    const bucket = async () => {
      const name = `tests-${randomBytes(6).toString('hex')}`;
      await client().send(new CreateBucketCommand({ Bucket: name }));
      return name;
    };
    return { endpoint, credentials, client, bucket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(endpoint: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100))
    if (
      await fetch(endpoint).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
  throw new Error(`expected ${endpoint} to answer within a minute, found nothing`);
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const configuration = (folder: string, fsid: string, monitors: string) => `[global]
fsid = ${fsid}
mon host = ${monitors}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms client mode = crc
ms service mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
osd data = ${folder}/osd
mon data = ${folder}/mon
mon allow pool size one = true
run dir = ${folder}
admin socket = ${folder}/$name.asok
log file = ${folder}/log/$name.log
auth allow insecure global id reclaim = true
rgw init timeout = 60
osd class load list = *
osd class default list = *
`;

if (import.meta.main) {
  const server = await startRadosGateway();
  console.log(`AWS_ENDPOINT_URL_S3=${server.endpoint}`);
  console.log(`AWS_ACCESS_KEY_ID=${server.credentials.accessKeyId}`);
  console.log(`AWS_SECRET_ACCESS_KEY=${server.credentials.secretAccessKey}`);
  console.log(`AWS_REGION=us-east-1`);
  console.log(`s3://${await server.bucket()}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => server.stop().then(() => process.exit(0)));
}
