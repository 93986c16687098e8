/** The thread that looks at files, picks and judges. It alone holds the model; amplitudes do not leave it. */
import { createHash } from 'node:crypto';
import { isRecordError, type Problem, RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type Format, timed } from '#shared/gather.ts';
import { checkGolden, readGolden } from '#shared/model/golden.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import { PICKERS } from '#shared/picking/pickers.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { contextOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { PROFILES, type Profile } from '#shared/qc/profile.ts';
import type { PickerChoice } from '../cli/opening.ts';
import { openFile } from '../files.ts';
import { openModelFolder, readModelFile } from '../models.ts';
import { amplitudesDigest } from './amplitudes-digest.ts';
import type { HealthJson } from './api-types.ts';
import { type Checked, type Completeness, checked } from './completeness.ts';
import { headOf, LOOKED_BACK, type ShotRecord } from './record.ts';
import { packed } from './store.ts';
import { answerJobs } from './thread.ts';

export interface PickThreadData {
  readonly choice: PickerChoice;
  readonly profile?: Profile;
  /** The latest shots, oldest first: what the next one is judged against. */
  readonly line: readonly ShotSummary[];
}

export interface OpenedPicker {
  readonly model: string;
  readonly runtime: string;
  readonly golden: HealthJson['golden'];
  /** Why another picker steps in for the one that ships. */
  readonly instead?: string;
}

export interface Look {
  readonly completeness: Completeness;
  /** Of what is there now. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Only of what is not cut, or where it was asked for. */
  readonly sha256?: string;
  /** One of `before`, when the file is that one with more at its end. */
  readonly continues?: string;
}

/** A shot that was taken before the file grew, by its place. */
export type KnownPlaces = ReadonlyMap<number, { readonly id: string; readonly amplitudes: string }>;

/** First the picks, `packed` as a record, then what is said of them, `packed` as a summary. */
export type TakenShot =
  | { readonly kind: 'picked'; readonly bytes: Uint8Array; readonly place: number; readonly replaces?: string }
  | { readonly kind: 'judged'; readonly bytes: Uint8Array; readonly place: number };

export type PickJobs = {
  readonly open: { readonly ask: undefined; readonly answer: OpenedPicker };
  /** Picks with the model of another folder from the next file on, if it opens and computes its golden scores here. */
  readonly use: { readonly ask: { readonly folder: string }; readonly answer: OpenedPicker };
  readonly look: {
    readonly ask: {
      readonly path: string;
      /** Take what is there, whole or not. */
      readonly whatever: boolean;
      readonly before: readonly { readonly size: number; readonly sha256: string }[];
    };
    readonly answer: Look;
  };
  readonly take: {
    readonly ask: {
      readonly path: string;
      readonly sha256: string;
      /** ms since 1970 */
      readonly writtenMs: number;
      /** Taken before a crash: passed over. */
      readonly done: ReadonlySet<number>;
      readonly known: KnownPlaces;
    };
    readonly part: TakenShot;
    readonly answer: { readonly format?: Format; readonly shots: number; readonly problem?: Problem };
  };
};

answerJobs<PickJobs, PickThreadData>(({ choice, profile = PROFILES.refraction, line }) => {
  let picker: Promise<{ picker: Picker; opened: OpenedPicker }> | undefined;
  const ready = () => (picker ??= openPicker(choice));
  /** The file that was looked at last. */
  let held: (Checked & { readonly sha256: string }) | undefined;
  const summaries: { readonly at: number; readonly summary: ShotSummary }[] = line.map((summary) => ({
    at: 0,
    summary,
  }));

  return {
    open: async () => (await ready()).opened,

    async use({ folder }) {
      const next = await openPicker({ ...choice, name: 'neural', asked: true, folder });
      const { golden } = next.opened;
      if (!golden?.holds)
        throw new RecordError(
          'malformed',
          folder,
          `expected its golden scores, found others by ${golden?.largestDifference}`,
        );
      picker = Promise.resolve(next);
      return next.opened;
    },

    async look({ path, whatever, before }) {
      const source = openFile(path);
      try {
        const read = await checked(source, { amplitudes: source.size <= SMALL_BYTES });
        const { completeness } = read;
        const mark = { completeness, size: source.size, mtimeMs: source.mtimeMs };
        if (completeness.kind === 'cut' && !whatever) return mark;
        const digests = await digestsOf(source, before);
        held = read.shots && source.size <= SMALL_BYTES ? { ...read, sha256: digests.sha256 } : undefined;
        return { ...mark, ...digests };
      } finally {
        source.close();
      }
    },

    async take({ path, sha256, writtenMs, done, known }, part) {
      const { picker } = await ready();
      const inHand = held?.sha256 === sha256 ? held : undefined;
      held = undefined;
      const source = openFile(path);
      let place = 0;
      let format: Format | undefined;
      try {
        const recording = inHand?.recording ?? (await open(source));
        format = recording.format;
        for await (const read of inHand?.shots ?? recording.shots()) {
          const here = place++;
          if (done.has(here)) continue;
          const amplitudes = amplitudesDigest(read);
          const old = known.get(here);
          if (old?.amplitudes === amplitudes) continue;
          const shot = timed(read, path);
          const { picks, model } = await pickShot(path, shot, picker);
          const earlier = summaries.filter(({ at }) => at <= writtenMs).map(({ summary }) => summary);
          const context = contextOf(earlier, { file: path, recordedAt: shot.recordedAt });
          const facts = factsOf(shot, picks, { problems: recording.problems, line: context });
          const { period } = facts;
          const record: ShotRecord = {
            ...headOf(shot),
            file: path,
            sha256,
            place: here,
            amplitudes,
            format,
            sampleInterval: shot.sampleInterval,
            picks,
            model,
            ...(picker.learned && { digest: picker.learned.digest }),
            runtime: picker.learned?.runtime ?? 'javascript',
            problems: [...recording.problems, ...shot.problems],
            ...(period !== undefined && { period }),
          };
          // The dots are on the page while the verdict is being thought about.
          part({ kind: 'picked', bytes: packed(record), place: here, ...(old && { replaces: old.id }) });
          const summary = summarise(facts, judgeFacts(facts, profile), path);
          keep(summary, writtenMs);
          part({ kind: 'judged', bytes: packed(summary), place: here });
        }
        return { format, shots: place };
      } catch (error) {
        if (!isRecordError(error)) throw error;
        const problem = { code: error.code, message: error.message };
        return { ...(format && { format }), shots: place, problem };
      } finally {
        source.close();
      }
    },
  };

  /** In the order in which the files were written, so that a backlog that comes newest first is judged as it was shot. */
  function keep(summary: ShotSummary, at: number): void {
    const behind = summaries.findLastIndex((other) => other.at <= at);
    summaries.splice(behind + 1, 0, { at, summary });
    const traces = () => summaries.reduce((sum, one) => sum + one.summary.traces.length, 0);
    while (summaries.length > LOOKED_BACK || (summaries.length > 1 && traces() > MOST_TRACES)) summaries.shift();
  }
});

/** Files up to here are held between looking at them and taking them. */
const SMALL_BYTES = 64 * 1024 * 1024;

/** Of summaries in memory, some 200 bytes each. */
const MOST_TRACES = 400_000;

const HASH_BYTES = 1 << 22;

async function digestsOf(
  source: ReturnType<typeof openFile>,
  before: readonly { readonly size: number; readonly sha256: string }[],
): Promise<{ sha256: string; continues?: string }> {
  const hash = createHash('sha256');
  const smaller = before.filter(({ size }) => size < source.size).sort((a, b) => a.size - b.size);
  const block = new Uint8Array(HASH_BYTES);
  let continues: string | undefined;
  let at = 0;
  while (at < source.size) {
    const stop = smaller.find(({ size }) => size > at)?.size ?? source.size;
    const got = await source.read(at, block.subarray(0, Math.min(HASH_BYTES, stop - at)));
    if (got === 0) break;
    hash.update(block.subarray(0, got));
    at += got;
    for (const { size, sha256 } of smaller) if (size === at && hash.copy().digest('hex') === sha256) continues = sha256;
  }
  return { sha256: hash.digest('hex'), ...(continues && { continues }) };
}

/** The picker that is asked for; where nobody asked and the one that ships does not open, the classical one. */
async function openPicker({ name, asked, folder, model }: PickerChoice) {
  let golden: HealthJson['golden'] = null;
  const opened = async () => {
    const open = await openModelFolder(folder, model);
    const file = `${folder}/golden.json`;
    const expected = readGolden(new TextDecoder().decode(await readModelFile(file)), file);
    const largestDifference = await checkGolden(expected, open.runtime, file);
    const tolerance = open.artefact.goldenTolerance;
    golden = { holds: largestDifference <= tolerance, largestDifference, tolerance };
    return open;
  };
  const described = (picker: Picker, instead?: string) => ({
    picker,
    opened: {
      model: picker.name,
      runtime: picker.learned?.runtime ?? 'javascript',
      golden,
      ...(instead !== undefined && { instead }),
    },
  });
  try {
    return described(await PICKERS[name]({ model: opened }));
  } catch (error) {
    if (asked || !isRecordError(error)) throw error;
    return described(await PICKERS.classical({ model: opened }), error.message);
  }
}
