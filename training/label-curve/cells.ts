/** What has been measured so far, a line each, so that a curve that was killed goes on: the first line says by which settings. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { writeWhole } from '../files.ts';
import type { Hits } from './learn-and-pick.ts';

export const CHOOSERS = ['random', 'suggest'] as const;
export type Chooser = (typeof CHOOSERS)[number];

/** Of all cells of a curve. */
export interface CurveSettings {
  readonly steps: number;
  readonly windows: number;
  readonly traces: number;
  /** Augmented ones of each shot. */
  readonly copies: number;
}

/** Which cell. */
export interface Place {
  readonly site: string;
  readonly start: string;
  readonly seed: number;
  /** As `amountOf` reads it. */
  readonly amount: string;
  /** Of the shots that are labelled. */
  readonly chooser: Chooser;
}

export interface Cell extends Place, Hits {
  /** SHA-256 of the site. */
  readonly digest: string;
  /** See `OpenedStart`. */
  readonly how: string;
  /** Labels it learnt from, of those in the half that was there to learn from. */
  readonly labels: number;
  readonly pool: number;
  readonly seconds: number;
}

const SCHEMA = 'firstbreak.label-cells/1';
const keyOf = ({ site, start, seed, amount, chooser }: Place) => JSON.stringify([site, start, seed, amount, chooser]);

export interface CellLog {
  readonly cells: readonly Cell[];
  /** That measured them. */
  readonly commands: readonly string[];
  /** The one that was measured before; undefined: still to do. @throws RecordError when site or start have changed since */
  find(place: Place, now: Pick<Cell, 'digest' | 'how'>): Cell | undefined;
  add(cell: Cell): void;
  /** Before the cells that a command adds. */
  begin(command: string): void;
}

/**
 * @throws RecordError when the cells in the file were measured by other settings
 */
export function openCells(path: string, settings: CurveSettings): CellLog {
  mkdirSync(dirname(path), { recursive: true });
  const { cells, commands } = existsSync(path) ? readLog(path, settings) : { cells: [], commands: [] };
  if (!existsSync(path)) appendFileSync(path, `${JSON.stringify({ schema: SCHEMA, settings })}\n`);
  const known = new Map(cells.map((cell) => [keyOf(cell), cell]));
  return {
    cells,
    commands,
    begin(command) {
      if (commands.includes(command)) return;
      commands.push(command);
      appendFileSync(path, `${JSON.stringify({ command })}\n`);
    },
    find(place, now) {
      const cell = known.get(keyOf(place));
      const changed = cell && (['digest', 'how'] as const).find((key) => cell[key] !== now[key]);
      if (cell && changed) {
        const what = changed === 'digest' ? place.site : `start ${place.start}`;
        throw new RecordError(
          'malformed',
          path,
          `${what}: expected it as before (${cell[changed]}), found ${now[changed]}; remove the file to begin anew`,
        );
      }
      return cell;
    },
    add(cell) {
      cells.push(cell);
      known.set(keyOf(cell), cell);
      appendFileSync(path, `${JSON.stringify(cell)}\n`);
    },
  };
}

/** Whole lines: after a kill the last may be cut short. */
function readLog(path: string, settings: CurveSettings): { readonly cells: Cell[]; readonly commands: string[] } {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [head, ...lines] = whole.split('\n').slice(0, -1);
  const found = headOf(head ?? '');
  if (found?.schema !== SCHEMA) throw new RecordError('malformed', path, `expected ${SCHEMA}, found another file`);
  if (JSON.stringify(found.settings) !== JSON.stringify(settings))
    throw new RecordError(
      'malformed',
      path,
      `expected cells by ${JSON.stringify(settings)}, found ${JSON.stringify(found.settings)}; remove the file to begin anew`,
    );
  if (whole !== text) writeWhole(path, whole);
  const all = lines.map((line) => JSON.parse(line) as Cell | { readonly command: string });
  return {
    cells: all.flatMap((line) => ('command' in line ? [] : [line])),
    commands: all.flatMap((line) => ('command' in line ? [line.command] : [])),
  };
}

function headOf(line: string): { readonly schema?: string; readonly settings?: unknown } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // said by the caller
  }
}
