/** A line that shoots itself into a watched folder, so that a visitor sees the station at work. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PickerChoice } from '../cli/opening.ts';
import { makeFolder } from '../folders.ts';
import { PATIENCE } from '../station/intake.ts';
import { type FaultName, simulate } from '../station/simulate.ts';
import { openStation, type Station } from '../station/station.ts';
import { demoLine } from './line.ts';

export interface FieldDay {
  readonly station: Station;
  readonly folder: string;
  readonly data: string;
  /** Shoots the line; returns how many shots came to the station. */
  shoot(options: {
    readonly shots: number;
    readonly cadenceMs: number;
    readonly wrote?: (path: string, fault?: FaultName) => void;
  }): Promise<number>;
}

export async function openFieldDay(out: string, choice: PickerChoice, version: string): Promise<FieldDay> {
  const folder = join(out, 'line');
  // Hidden, so that commands that search the folder for shots pass over it.
  const data = join(out, '.station');
  makeFolder(folder);
  const station = await openStation({
    folders: [folder],
    data,
    choice,
    version,
    pollMs: 250,
    patience: { ...PATIENCE, cutNext: 1500 },
  });
  return {
    station,
    folder,
    data,
    async shoot({ shots, cadenceMs, wrote }) {
      const before = station.health();
      const firstFfid = 2001 + readdirSync(folder).length;
      const files = demoLine({ shots, firstFfid });
      await simulate({ files, into: folder, cadenceMs, faults: true, ...(wrote && { wrote }) });
      const taken = () => {
        const { shots: now, unreadable } = station.health();
        return now + unreadable - before.shots - before.unreadable;
      };
      const busy = () => taken() < shots || station.health().backlog > 0;
      for (let waited = 0; busy() && waited < LONGEST_MS; waited += ROUND_MS)
        await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      return taken();
    },
  };
}

const ROUND_MS = 50;
const LONGEST_MS = 30_000;
