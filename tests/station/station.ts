/** Shots, folders and stations for the tests of the station. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { pickerChoice } from '#edge/cli/opening.ts';
import { syntheticShot } from '#edge/demo/synthetic-shot.ts';
import { PATIENCE, type Patience } from '#edge/station/intake.ts';
import type { Disk } from '#edge/station/journal.ts';
import { openStation, type Station } from '#edge/station/station.ts';
import { writeSeg2 } from '#shared/formats/seg2/write.ts';
import { metres, ms } from '#shared/units.ts';
import { scratch } from '../cli/run.ts';

// What is held to here is not how quick the machine is, which may have much else to do.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** A SEG-2 file of a small shot; no two of different numbers are alike. */
export const shotFile = (ffid: number, channels = 12): Uint8Array =>
  writeSeg2(syntheticShot({ ffid, source: metres((ffid % 7) * 4 - 6), channels, length: ms(60) }).shot);

export const HASTY: Patience = { ...PATIENCE, still: 20, whole: 150, wholeNext: 50, cut: 600, cutNext: 200 };

export interface Site {
  readonly watched: string;
  readonly data: string;
  put(name: string, bytes: Uint8Array | string): string;
  open(options?: {
    readonly disk?: Disk;
    readonly folders?: readonly string[];
    readonly keepRaw?: boolean;
  }): Promise<Station>;
  remove(): void;
}

export function site(): Site {
  const { path, remove } = scratch();
  const watched = join(path, 'line');
  const data = join(path, 'data');
  mkdirSync(watched);
  return {
    watched,
    data,
    put(name, bytes) {
      const file = join(watched, name);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, bytes);
      return file;
    },
    open: ({ disk, folders = [watched], keepRaw = false } = {}) =>
      openStation({
        folders,
        data,
        choice: pickerChoice({ picker: 'classical' }),
        version: 'test',
        pollMs: 50,
        patience: HASTY,
        keepRaw,
        ...(disk && { disk }),
      }),
    remove,
  };
}

/** @throws Error when it does not hold in time */
export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 120_000): Promise<void> {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > withinMs) throw new Error(`expected ${what} within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const shotsOf = (station: Station) => station.list({ limit: 500 }).shots;

/** Of all of which it is known what they are worth. */
export const judged = (station: Station, count: number): boolean =>
  shotsOf(station).filter(({ verdict, problem }) => verdict !== null || problem !== null).length === count &&
  shotsOf(station).length === count;
