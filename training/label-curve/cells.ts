/** What has been measured so far, a line each, so that a curve that was killed goes on: the first line says by which settings. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import { textOf, writeWhole } from '../files.ts';
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
  readonly settings: CurveSettings;
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
 * @param settings undefined: those of the file, which must be there
 * @throws RecordError when the cells in the file were measured by other settings
 */
export function openCells(path: string, settings?: CurveSettings): CellLog {
  if (settings) begin(path, settings);
  const { commands, ...head } = readLog(path);
  if (settings && JSON.stringify(head.settings) !== JSON.stringify(settings))
    throw new RecordError(
      'malformed',
      path,
      `expected cells by ${JSON.stringify(settings)}, found ${JSON.stringify(head.settings)}; remove the file to begin anew`,
    );
  // Two commands at once may have measured the same cell.
  const known = new Map(head.cells.toReversed().map((cell) => [keyOf(cell), cell]));
  const cells = head.cells.filter((cell) => known.get(keyOf(cell)) === cell);
  return {
    settings: head.settings,
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

/** The first line, unless another command has just written it. */
function begin(path: string, settings: CurveSettings): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, `${JSON.stringify({ schema: SCHEMA, settings })}\n`, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** Whole lines: after a kill the last may be cut short, and is taken away. */
function readLog(path: string) {
  const text = textOf(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [head = '', ...lines] = whole.split('\n').slice(0, -1);
  const found = headOf(head);
  if (found?.schema !== SCHEMA) throw new RecordError('malformed', path, `expected ${SCHEMA}, found another file`);
  if (whole !== text) writeWhole(path, whole);
  const all = lines.map((line) => JSON.parse(line) as Cell | { readonly command: string });
  return {
    settings: found.settings as CurveSettings,
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
