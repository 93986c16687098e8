/** Puts the station on a port: of this machine alone, or of the network with a token. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { makeFolder } from '../folders.ts';
import { stationApp } from './app.ts';
import { namesOfThisMachine } from './guard.ts';
import type { Station } from './station.ts';

export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Reachable from the network, with the token that is kept in this folder. */
  readonly lan?: { readonly data: string };
  readonly page: string | undefined;
}

export interface StationServer {
  /** With the token where one is needed; of this machine first. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** @throws Error when the port is taken */
export async function serveStation(station: Station, { port, lan, page }: ServerOptions): Promise<StationServer> {
  const token = lan && tokenIn(lan.data);
  const app = stationApp(station, { token, page: { folder: page } });
  const server = await new Promise<ServerType>((resolve, reject) => {
    const listening: ServerType = serve({ fetch: app.fetch, port, hostname: lan ? '0.0.0.0' : '127.0.0.1' }, () =>
      resolve(listening),
    );
    listening.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port}: expected it to be free, found it in use; give --port N`)
          : error,
      ),
    );
  });
  const { port: given } = server.address() as AddressInfo;
  const hosts = ['127.0.0.1', ...(lan ? namesOfThisMachine().filter((name) => /^\d+\.(?!0\.0\.1$)/.test(name)) : [])];
  return {
    urls: hosts.map((host) => `http://${host}:${given}/${token ? `?token=${token}` : ''}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** The same at every start, so that a tablet need not be told anew. */
function tokenIn(data: string): string {
  const path = join(data, 'token');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  makeFolder(data);
  const token = randomBytes(24).toString('base64url');
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
}
