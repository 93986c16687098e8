/**
 * What the station says over HTTP and what the page asks of it. Plain JSON: times in milliseconds after the shot, `null` where
 * nothing is known. Addresses are listed in docs/station.md.
 */
import type { SkipReason } from '#shared/picks.ts';
import type { Finding, Verdict } from '#shared/qc/finding.ts';
import type { LineJson } from '#shared/report/qc-line-json.ts';

export type Decision = 'accepted' | 'rejected';

/** Recording or file that could not become a shot, or only in part. */
export interface ProblemJson {
  /** Of `RecordError`, or of a `Problem`. */
  readonly code: string;
  /** One line: what was expected and what was found. */
  readonly message: string;
}

/** A line of the list. `verdict` is null until the shot is judged, and of what could not be read, which has a `problem`. */
export interface ShotRow {
  /** Stable: follows from the file's content. Safe in a URL. */
  readonly id: string;
  /** Rises by one from shot to shot as they are received. */
  readonly sequence: number;
  /** As it was found, with its folder. */
  readonly file: string;
  /** Place in its file, from 0. */
  readonly place: number;
  readonly ffid: number | null;
  readonly sourcePoint: number | null;
  readonly verdict: Verdict | null;
  /** One sentence. */
  readonly reason: string;
  readonly traces: number;
  /** Of a trace. */
  readonly samples: number;
  readonly picked: number;
  /** ISO 8601. When the file was seen to be complete … */
  readonly receivedAt: string;
  /** … and, as far as the file tells, when it was recorded. */
  readonly recordedAt: string | null;
  /** By the record's own clock where it has one, else when its file was written: the order of lists, whenever files came in. */
  readonly firedAt: string;
  /** From the file being complete (its last change) to its picks being stored, before it is judged; null in a backlog. */
  readonly latencyMs: number | null;
  readonly accepted: Decision | null;
  readonly notes: string;
  readonly source: PositionJson | null;
  /** Picks that a person set, moved or removed, and traces killed or reversed. */
  readonly edited: number;
  /** Of the edits: what the next edit gives as its `base`. */
  readonly revision: number;
  readonly problem: ProblemJson | null;
}

export interface PositionJson {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** `GET /api/shots?before=ID&limit=N` (limit 1–500, default 100): newest first. */
export interface ShotsPage {
  readonly shots: readonly ShotRow[];
  /** Whether there are older ones; ask with `before` = the last id. */
  readonly more: boolean;
  /** In all. */
  readonly total: number;
}

export interface PickJson {
  /** Place in the file, from 0: the name of a trace in edits and findings. Rows of a gather are in the order of `picks`. */
  readonly trace: number;
  readonly channel: number;
  readonly offsetM: number | null;
  readonly receiver: PositionJson | null;
  readonly timeMs: number | null;
  /** 0–1; 1 for a pick that a person set. */
  readonly confidence: number | null;
  readonly status: 'picked' | 'skipped';
  readonly reason: SkipReason | null;
  /** By a person, on this trace. */
  readonly edited: boolean;
  readonly killed: boolean;
  /** Shown with the sign turned; samples of `/gather` are as recorded. */
  readonly reversed: boolean;
  /** What the picker said, kept whatever a person does. */
  readonly auto: {
    readonly timeMs: number | null;
    readonly confidence: number | null;
    readonly status: 'picked' | 'skipped';
    readonly reason: SkipReason | null;
  };
}

/** Straight piece of the moveout: t = interceptMs + 1000 · distance / velocity. */
export interface BranchJson {
  /** +1 towards rising positions or channels from the source, −1 towards falling ones. */
  readonly side: 1 | -1;
  readonly fromM: number;
  readonly toM: number;
  /** m/s */
  readonly velocity: number;
  readonly velocityError: number;
  readonly interceptMs: number;
  readonly interceptErrorMs: number;
}

/** `GET /api/shots/{id}` */
export interface ShotDetail extends ShotRow {
  readonly sha256: string;
  readonly format: string | null;
  readonly recorder: string | null;
  /** Of the picker or model. */
  readonly model: string;
  readonly sampleIntervalMs: number;
  readonly firstSampleMs: number;
  /** How the time of the first sample was decided. */
  readonly firstSampleFrom: string;
  /** Dominant period behind the picks. */
  readonly periodMs: number | null;
  readonly picks: readonly PickJson[];
  /** `traces` are places in the file, as in `PickJson.trace`. */
  readonly findings: readonly Finding[];
  readonly branches: readonly BranchJson[];
  /** Found while reading. */
  readonly problems: readonly ProblemJson[];
  /** The last shot before this one from the same source position, for ghost picks. */
  readonly previousAtSource: string | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** false: the file cannot be reached now (stick pulled, share away), so `/gather` and `/snap` answer 404. */
  readonly available: boolean;
}

/**
 * `GET /api/shots/{id}/gather?width=W&height=H&from=MS&to=MS&first=ROW&last=ROW`, or `?full=1`: the length of a JSON header
 * (u32, little endian), the header, zeros up to a multiple of 4 bytes, then the rows.
 *
 * `float32`: [trace, sample], as recorded (`?full=1`). `int16`: [trace, sample], each row times `scale[trace]` is the amplitude.
 * `int16-minmax`: [trace, bin, 2], smallest and largest sample of each bin, when there are more samples than pixels.
 * Traces are thinned (`traceStep`) when there are more of them than pixels across.
 */
export interface GatherHeader {
  readonly layout: 'float32' | 'int16' | 'int16-minmax';
  /** Rows in this answer; row r is `picks[firstRow + r · traceStep]` of the detail. */
  readonly traces: number;
  readonly firstRow: number;
  readonly traceStep: number;
  /** Samples or bins of a row. */
  readonly samples: number;
  /** Of the first sample or bin, and from one to the next. */
  readonly firstSampleMs: number;
  readonly sampleIntervalMs: number;
  /** Of int16 layouts, one a row. */
  readonly scale?: readonly number[];
}

/** `trace` as in `PickJson.trace`. A trace that is killed has no pick; `unkill` brings back the one it had. */
export type EditJson =
  | { readonly kind: 'set'; readonly trace: number; readonly timeMs: number }
  | { readonly kind: 'remove' | 'kill' | 'unkill' | 'reverse'; readonly trace: number }
  /** Back to what the picker said. */
  | { readonly kind: 'restore'; readonly trace: number }
  | { readonly kind: 'accept' | 'reject' | 'clear-decision' }
  | { readonly kind: 'note'; readonly text: string };

/** `POST /api/shots/{id}/edits`: all of them or none; one step of undo. */
export interface EditRequest {
  /** `revision` that the person saw. */
  readonly base: number;
  readonly edits: readonly EditJson[];
  readonly who: string;
}

/** `POST /api/shots/{id}/undo` and `/redo`. */
export interface UndoRequest {
  readonly base: number;
  readonly who: string;
}

/** 200; with 409, when `base` is not the present revision: nothing was changed and `shot` is the present state. */
export interface EditResponse {
  readonly revision: number;
  readonly shot: ShotDetail;
}

/** `POST /api/shots/{id}/snap`: the onset near a click. */
export interface SnapRequest {
  readonly trace: number;
  readonly timeMs: number;
}
export interface SnapResponse {
  readonly trace: number;
  readonly timeMs: number;
}

/** `GET /api/line?shots=N`: the latest N shots (default 200) in the order in which they were taken, as `LineJson`. */
export interface LineResponse extends LineJson {
  /** Of `shots[i]`. */
  readonly ids: readonly string[];
  /** Of `shots[i]`: what a person decided. The verdict of the line does not count it. */
  readonly accepted: readonly (Decision | null)[];
  /** Shots of the station, of which these are the latest. */
  readonly total: number;
  /** Per receiver of `receivers`: how often it was dead, faulty or not picked, 0–1 of the shots that it was live in. */
  readonly receiverShares: readonly { readonly dead: number; readonly faulty: number; readonly unpicked: number }[];
}

/** `GET /api/health` */
export interface HealthJson {
  /** `working`: files are waiting. `trouble`: the reason stands in `problems`. */
  readonly status: 'idle' | 'working' | 'trouble';
  readonly version: string;
  readonly model: string;
  /** `onnx-web`, `onnx-node`, or `javascript` for a picker that is code. */
  readonly runtime: string;
  /** Whether the model gave, when it was opened, the scores that its folder says; null where nothing was to be compared. */
  readonly golden: { readonly holds: boolean; readonly largestDifference: number; readonly tolerance: number } | null;
  readonly watching: readonly { readonly folder: string; readonly reachable: boolean }[];
  /** Complete files that wait for the picker, and those still being written. */
  readonly backlog: number;
  readonly unfinished: number;
  readonly shots: number;
  /** Files that could not be read. */
  readonly unreadable: number;
  /** Free bytes where the station keeps its data; null where the system does not tell. */
  readonly diskFree: number | null;
  readonly memoryMb: number;
  readonly startedAt: string;
  readonly problems: readonly ProblemJson[];
}

/** `GET /api/events`: name of the event → its data. Ids rise; `Last-Event-ID` replays what was missed. */
export interface StationEvents {
  /** A shot was picked, judged, or judged anew. */
  readonly shot: ShotRow;
  /** A person edited a shot. */
  readonly edit: ShotRow;
  /** Its file was read before it was whole; another shot stands in its place. */
  readonly gone: { readonly id: string };
  /** Sent on connecting and when something of it changes, at most once a second. */
  readonly status: HealthJson;
  /** A folder vanished, the disk is full, a file cannot be read. */
  readonly problem: ProblemJson & { readonly file?: string };
  /** What was missed is too long ago to be replayed: load the list anew. */
  readonly reload: Record<string, never>;
}

/** What every refusal says, as `application/problem+json` (RFC 9457). */
export interface RefusalJson {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}
