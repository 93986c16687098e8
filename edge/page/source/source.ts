/**
 * Where the page has its shots from: the station beside the recorder, or files that were dropped on it. Both say the same, in the
 * words of the station's API, so that everything above is written once.
 */
import type {
  EditJson,
  HealthJson,
  LineResponse,
  ProblemJson,
  ShotDetail,
  ShotRow,
  ShotsPage,
} from '../../station/api-types.ts';
import type { Rows } from '../gather/rows.ts';

/** What part of a large shot is wanted, and for how many pixels. */
export interface GatherWindow {
  readonly width: number;
  readonly height: number;
  readonly firstTrace: number;
  readonly lastTrace: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Listener {
  shot(row: ShotRow): void;
  edit(row: ShotRow): void;
  /** Another shot stands in its place. */
  gone(id: string): void;
  status(health: HealthJson): void;
  problem(problem: ProblemJson & { readonly file?: string }): void;
  /** The list is to be loaded anew. */
  reload(): void;
  /** false: nothing is heard of the station now. */
  connected(yes: boolean): void;
}

/** What changed a shot met another state than the person saw; `shot` is the present one. */
export class StaleEdit extends Error {
  readonly _tag = 'StaleEdit';
  readonly shot: ShotDetail;

  constructor(shot: ShotDetail) {
    super('somebody else changed this shot: it is shown as it is now, please look again');
    this.shot = shot;
  }
}

export interface ShotSource {
  readonly kind: 'station' | 'files';
  list(before?: string): Promise<ShotsPage>;
  detail(id: string): Promise<ShotDetail>;
  /** All of it, or what the window asks for where the shot is large. The amplitudes come on the way of the detail, not behind it. */
  rows(id: string, window: GatherWindow | 'all', detail: ShotDetail | Promise<ShotDetail>): Promise<Rows>;
  /** @throws StaleEdit */
  edit(shot: ShotDetail, edits: readonly EditJson[]): Promise<ShotDetail>;
  /** @throws StaleEdit */
  step(shot: ShotDetail, way: 'undo' | 'redo'): Promise<ShotDetail>;
  /** The onset near a time. */
  snap(shot: ShotDetail, trace: number, timeMs: number): Promise<number>;
  line(): Promise<LineResponse>;
  /** Hands an export, by its name, to the browser as a file. */
  download(name: string): Promise<void>;
  /** Returns what ends it. */
  listen(listener: Listener): () => void;
}
