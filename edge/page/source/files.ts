/**
 * Shots of files that were dropped on the page: picked in a worker, kept in the browser, without any server. Edits, rows, details
 * and exports are made by the same functions as in the station.
 */
import { type TimedShot, timed } from '#shared/gather.ts';
import { SHIPPED_MODEL } from '#shared/model/open-model.ts';
import { snap } from '#shared/picking/snap.ts';
import type { PickedShot } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import type { Judgement } from '#shared/qc/finding.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLineFacts } from '#shared/qc/line/judge-line.ts';
import { contextOf, linesOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import { PROFILES } from '#shared/qc/profile.ts';
import { linesJson } from '#shared/report/qc-line-json.ts';
import { qcPage } from '#shared/report/qc-page.ts';
import { ms } from '#shared/units.ts';
import { type PickerClient, pickerClient } from '../../browser/picker-client.ts';
import type { ModelFacts, WorkedShot } from '../../browser/protocol.ts';
import type { BrowserRuntimeName } from '../../browser/runtimes.ts';
import type { LineResponse, ShotDetail, ShotRow } from '../../station/api-types.ts';
import { type EditState, type Step, stateOf } from '../../station/edits.ts';
import {
  exportPicks,
  type KeptShot,
  labelsCsv,
  lastHand,
  logCsv,
  logHtml,
  type OutputFile,
} from '../../station/outputs.ts';
import { receiverShares } from '../../station/receiver-shares.ts';
import { headOf, type ShotRecord, shotId, shotOf } from '../../station/record.ts';
import { detailOf, firedAt, picksAfter, rowOf } from '../../station/shot-json.ts';
import { allRows } from '../gather/rows.ts';
import { who } from '../who.ts';
import { openDatabase, type StoredShot } from './database.ts';
import { exportNamed } from './exports.ts';
import type { Listener, ShotSource } from './source.ts';

export interface FileSource extends ShotSource {
  /** One after the other; each tells how far it is. */
  take(files: readonly File[], told: (progress: string) => void): Promise<TakenFiles>;
  /** Forgets all shots and edits of this browser. */
  forget(): Promise<void>;
}

export interface TakenFiles {
  readonly shots: number;
  readonly known: number;
  /** One line each. */
  readonly failures: readonly string[];
}

interface Kept extends StoredShot {
  readonly steps: readonly Step[];
  readonly state: EditState;
}

export interface FileSourceOptions {
  readonly runtime: BrowserRuntimeName | 'auto';
}

/** A corrected shot is judged anew when the hand has rested so long. */
const REST_MS = 800;

/** Whole files are read for their digest; larger ones are for the command line. */
const MOST_BYTES = 2 ** 31 - 1;

export async function fileSource({ runtime }: FileSourceOptions): Promise<FileSource> {
  const database = await openDatabase();
  const steps = await database.steps();
  const kept = new Map<string, Kept>(
    (await database.shots()).map((shot) => {
      const own = steps.get(shot.id) ?? [];
      return [shot.id, { ...shot, steps: own, state: stateOf(own) }];
    }),
  );
  const opened = new Map<string, TimedShot>();
  let listener: Listener | undefined;
  let model: Promise<{ readonly client: PickerClient; readonly facts: ModelFacts }> | undefined;

  const inOrder = () =>
    [...kept.values()].sort((a, b) => Date.parse(firedOf(a)) - Date.parse(firedOf(b)) || a.sequence - b.sequence);
  const find = (id: string): Kept => {
    const found = kept.get(id);
    if (!found) throw new Error(`expected a shot of this browser, found none with the name ${id}`);
    return found;
  };
  const detail = (id: string): ShotDetail => {
    const shot = find(id);
    const previousAtSource = inOrder().findLast(
      (other) => other.sequence < shot.sequence && samePlace(other, shot),
    )?.id;
    return detailOf(rowNow(shot), shot.record, shot.state, {
      previousAtSource: previousAtSource ?? null,
      available: true,
    });
  };
  const amplitudesOf = async (id: string): Promise<TimedShot> => {
    const known = opened.get(id);
    if (known) return known;
    const { record } = find(id);
    const amplitudes = await database.amplitudes(id);
    if (!amplitudes) throw new Error(`${record.file}: the browser had no room for the traces; drop the file again`);
    return { ...shotOf(record), amplitudes };
  };
  const change = async (id: string, step: Step): Promise<ShotDetail> => {
    await database.putStep(id, step);
    const shot = find(id);
    const all = [...shot.steps, step];
    kept.set(id, { ...shot, steps: all, state: stateOf(all) });
    const touched = step.kind !== 'edits' || step.edits.some((edit) => 'trace' in edit);
    if (touched) {
      clearTimeout(resting.get(id));
      resting.set(
        id,
        setTimeout(() => void judgeAnew(id), REST_MS),
      );
    }
    return detail(id);
  };
  /** Corrections may change the verdict. */
  const judgeAnew = async (id: string) => {
    const shot = find(id);
    const traces = await amplitudesOf(id).catch(() => undefined);
    if (!traces) return;
    const { record } = shot;
    const before = inOrder().flatMap((other) => (other.sequence < shot.sequence ? summariesOf([other]) : []));
    const line = contextOf(before, { file: record.file, recordedAt: record.recordedAt });
    const facts = factsOf(traces, picksAfter(record, shot.state), { line });
    const summary = summarise(facts, judgeFacts(facts), record.file);
    const renewed = { id, sequence: shot.sequence, receivedAt: shot.receivedAt, record: { ...record, summary } };
    await database.putShot(renewed);
    kept.set(id, { ...find(id), record: renewed.record });
    listener?.shot(rowNow(find(id)));
  };
  /** A hand that still moves is not interrupted. */
  const resting = new Map<string, ReturnType<typeof setTimeout>>();
  const picker = () =>
    (model ??= startPicker(runtime).catch((error) => {
      model = undefined;
      throw error;
    }));

  const takeShot = async (
    file: File,
    sha256: string,
    place: number,
    facts: ModelFacts,
    format: ShotRecord['format'],
    worked: WorkedShot,
  ) => {
    const { picked, judgement } = worked;
    const shot = timed(picked.shot, file.name);
    const record = recordOf(file.name, sha256, place, facts, format, { ...picked, shot }, judgement);
    const id = shotId(sha256, place);
    const sequence = inOrder().reduce((most, { sequence: own }) => Math.max(most, own), 0) + 1;
    const stored: StoredShot = { id, sequence, receivedAt: new Date().toISOString(), record };
    try {
      await database.putShot(stored, shot.amplitudes);
    } catch {
      await database.putShot(stored); // no room for the traces: picks and edits are kept
      opened.set(id, shot);
    }
    kept.set(id, { ...stored, steps: [], state: stateOf([]) });
    listener?.shot(rowNow(find(id)));
  };

  return {
    kind: 'files',
    async list() {
      const shots = inOrder().reverse().map(rowNow);
      return { shots, more: false, total: shots.length };
    },
    detail: async (id) => detail(id),
    rows: async (id) => allRows(await amplitudesOf(id)),
    edit: ({ id, revision }, edits) =>
      change(id, { revision: revision + 1, at: new Date().toISOString(), who: who.value, kind: 'edits', edits }),
    step: ({ id, revision }, kind) =>
      change(id, { revision: revision + 1, at: new Date().toISOString(), who: who.value, kind }),
    async snap({ id, picks, periodMs }, trace, timeMs) {
      const row = picks.findIndex((pick) => pick.trace === trace);
      return snap(await amplitudesOf(id), row, ms(timeMs), { period: periodMs === null ? undefined : ms(periodMs) });
    },
    line: async () => lineOf(inOrder()),
    async download(name) {
      save(await outputOf(name, inOrder()));
    },
    listen(to) {
      listener = to;
      return () => {
        listener = undefined;
      };
    },
    async take(files, told) {
      const failures: string[] = [];
      let [shots, known] = [0, 0];
      for (const [i, file] of files.entries()) {
        const at = files.length > 1 ? ` (${i + 1} of ${files.length})` : '';
        try {
          told(model ? `${file.name}${at}` : 'opening the model');
          const { client, facts } = await picker();
          told(`${file.name}${at}`);
          const sha256 = await sha256Of(file);
          if (kept.has(shotId(sha256, 0))) {
            known++;
            continue;
          }
          const worked: WorkedShot[] = [];
          const summary = await client.pick(file, (shot) => worked.push(shot));
          for (const [place, shot] of worked.entries()) {
            await takeShot(file, sha256, place, facts, summary!.format, shot);
            shots++;
          }
        } catch (error) {
          const { message } = error as Error;
          failures.push(message.includes(file.name) ? message : `${file.name}: ${message}`);
        }
      }
      told('');
      return { shots, known, failures };
    },
    async forget() {
      await database.clear();
      kept.clear();
      opened.clear();
      listener?.reload();
    },
  };
}

function samePlace({ record: { source: a } }: Kept, { record: { source: b } }: Kept): boolean {
  return a !== undefined && b !== undefined && Math.hypot(a.x - b.x, a.y - b.y) < 0.5;
}

async function startPicker(runtime: BrowserRuntimeName | 'auto') {
  const worker = new Worker(new URL('../../browser/picker-worker.ts', import.meta.url), { type: 'module' });
  const client = pickerClient(worker);
  const at = (path: string) => new URL(path, document.baseURI).href;
  const facts = await client.open({ folder: at(`models/${SHIPPED_MODEL}`), runtimes: at('runtimes'), runtime });
  return { client, facts };
}

async function sha256Of(file: File): Promise<string> {
  if (file.size > MOST_BYTES)
    throw new Error(
      `expected a file under 2 GiB in a browser, found ${(file.size / 2 ** 30).toFixed(1)} GiB; use firstbreak pick`,
    );
  if (!globalThis.crypto?.subtle)
    throw new Error('expected a page of https or of this machine, found one that browsers do not trust');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function recordOf(
  file: string,
  sha256: string,
  place: number,
  { word, runtime, digest }: ModelFacts,
  format: ShotRecord['format'],
  { shot, picks }: PickedShot & { readonly shot: TimedShot },
  judgement: Judgement,
): ShotRecord {
  const summary = summarise(factsOf(shot, picks), judgement, file);
  return {
    ...headOf(shot),
    file,
    sha256,
    place,
    amplitudes: summary.digest,
    format,
    sampleInterval: shot.sampleInterval,
    picks,
    model: word,
    digest,
    runtime,
    problems: shot.problems,
    summary,
  };
}

function lineOf(shots: readonly Kept[]): LineResponse {
  const facts = lineFactsOf(summariesOf(shots));
  const page = { name: '', facts, judgement: judgeLineFacts(facts) };
  const [line] = linesJson([page], PROFILES.refraction).lines;
  return {
    ...line,
    ids: shots.map(({ id }) => id),
    accepted: shots.map(({ state }) => state.decision ?? null),
    total: shots.length,
    receiverShares: receiverShares(facts),
  };
}

const summariesOf = (shots: readonly Kept[]) => shots.flatMap(({ record }) => record.summary ?? []);

const firedOf = ({ record, receivedAt }: StoredShot): string => firedAt(record.recordedAt, Date.parse(receivedAt));

const rowNow = (shot: Kept): ShotRow =>
  rowOf(shot.record, shot.state, { ...shot, latencyMs: null, firedAt: firedOf(shot) });

async function outputOf(name: string, shots: readonly Kept[]): Promise<OutputFile> {
  const handed = shots.map(({ record, state, steps }): KeptShot & { readonly who: string } => ({
    record,
    state,
    who: lastHand(steps),
  }));
  const rows = shots.map((shot) => ({
    ...rowNow(shot),
    who: lastHand(shot.steps),
  }));
  switch (name) {
    case 'observer-log.csv':
      return { name, type: 'text/csv', content: logCsv(rows) };
    case 'observer-log.html':
      return { name, type: 'text/html', content: logHtml(rows, 'Observer’s log') };
    case 'labels.csv':
      return { name, type: 'text/csv', content: labelsCsv(handed) };
    case 'qc-report.html': {
      const lines = linesOf(summariesOf(shots)).map((line) => {
        const facts = lineFactsOf(line.shots);
        return { name: line.name, facts, judgement: judgeLineFacts(facts) };
      });
      const picks = shots[0]?.record.model ?? '';
      const pieces: string[] = [];
      for await (const piece of qcPage({ lines, pictures: new Map(), profile: PROFILES.refraction, picks }))
        pieces.push(piece);
      return { name, type: 'text/html', content: pieces.join('') };
    }
    default:
      return exportPicks(handed, exportNamed(name).format!);
  }
}

function save({ name, type, content }: OutputFile): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
