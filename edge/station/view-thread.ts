/** The thread for all that a person asks to see: gathers, onsets near a click, judgements of corrected picks, lines and reports. */
import { isRecordError, type Problem, RecordError } from '#shared/errors.ts';
import { open } from '#shared/formats/open.ts';
import { type TimedShot, timed } from '#shared/gather.ts';
import { snap } from '#shared/picking/snap.ts';
import type { Pick } from '#shared/picks.ts';
import { factsOf } from '#shared/qc/facts.ts';
import { judgeFacts } from '#shared/qc/judge-shot.ts';
import { lineFactsOf } from '#shared/qc/line/facts.ts';
import { judgeLineFacts } from '#shared/qc/line/judge-line.ts';
import { contextOf, linesOf } from '#shared/qc/line/lines.ts';
import { summarise } from '#shared/qc/line/summarise.ts';
import type { ShotSummary } from '#shared/qc/line/summary.ts';
import { PROFILES, type Profile } from '#shared/qc/profile.ts';
import { type LineJson, linesJson } from '#shared/report/qc-line-json.ts';
import { qcPage } from '#shared/report/qc-page.ts';
import { ms } from '#shared/units.ts';
import { openFile } from '../files.ts';
import { amplitudesDigest } from './amplitudes-digest.ts';
import { type GatherView, gatherBytes } from './gather-bytes.ts';
import { type ReceiverShare, receiverShares } from './receiver-shares.ts';
import { packed, unpacked } from './store.ts';
import { answerJobs, handedOver } from './thread.ts';

/** A shot by where its file was seen, and the digest of what is to be found there. */
export interface ShotPlace {
  readonly paths: readonly string[];
  readonly place: number;
  readonly amplitudes: string;
}

export type ViewJobs = {
  readonly gather: {
    readonly ask: { readonly shot: ShotPlace; readonly view: GatherView };
    readonly answer: Uint8Array;
  };
  /** Reads the first shot of a file that somebody is about to look at. */
  readonly ready: { readonly ask: { readonly path: string }; readonly answer: undefined };
  readonly snap: {
    readonly ask: {
      readonly shot: ShotPlace;
      readonly row: number;
      readonly timeMs: number;
      readonly periodMs?: number | undefined;
    };
    readonly answer: number;
  };
  /** Gives a `packed` summary. */
  readonly judge: {
    readonly ask: {
      readonly shot: ShotPlace;
      readonly file: string;
      readonly picks: readonly Pick[];
      /** Of the file, besides those of the shot. */
      readonly problems: readonly Problem[];
      /** The shots before it, `packed` summaries, oldest first. */
      readonly before: readonly Uint8Array[];
    };
    readonly answer: Uint8Array;
  };
  /** Of `packed` summaries, as is the report. */
  readonly line: {
    readonly ask: { readonly summaries: readonly Uint8Array[] };
    readonly answer: { readonly line: LineJson | undefined; readonly shares: readonly ReceiverShare[] };
  };
  readonly report: {
    readonly ask: { readonly summaries: readonly Uint8Array[]; readonly picks: string };
    readonly answer: string;
  };
};

/** Samples of shots kept, so that a second look at a shot does not read the file again: two large ones, that being edited and the newest. */
const KEPT_SAMPLES = 24 * 1024 * 1024;

answerJobs<ViewJobs, { readonly profile?: Profile }>(({ profile = PROFILES.refraction }) => {
  let kept: { readonly amplitudes: string; readonly shot: TimedShot }[] = [];

  async function shotAt({ paths, place, amplitudes }: ShotPlace): Promise<TimedShot> {
    const known = kept.find((one) => one.amplitudes === amplitudes);
    return keep(known ?? { amplitudes, shot: await readAt(paths, place, amplitudes) });
  }

  function keep(one: (typeof kept)[number]): TimedShot {
    kept = [one, ...kept.filter(({ amplitudes }) => amplitudes !== one.amplitudes)];
    while (kept.length > 1 && kept.reduce((sum, one) => sum + one.shot.amplitudes.length, 0) > KEPT_SAMPLES) kept.pop();
    return one.shot;
  }

  return {
    async gather({ shot, view }) {
      const bytes = gatherBytes(await shotAt(shot), view);
      return handedOver(bytes, bytes.buffer as ArrayBuffer);
    },
    async ready({ path }) {
      const shot = await firstOf(path);
      if (shot) keep({ amplitudes: amplitudesDigest(shot), shot });
    },
    snap: async ({ shot, row, timeMs, periodMs }) =>
      snap(await shotAt(shot), row, ms(timeMs), { period: periodMs === undefined ? undefined : ms(periodMs) }),
    async judge({ shot, file, picks, problems, before }) {
      const read = await shotAt(shot);
      const own = new Set(read.problems.map(({ message }) => message));
      const line = contextOf(before.map(summaryOf), { file, recordedAt: read.recordedAt });
      const facts = factsOf(read, picks, { problems: problems.filter(({ message }) => !own.has(message)), line });
      return packed(summarise(facts, judgeFacts(facts, profile), file));
    },
    async line({ summaries: bytes }) {
      const summaries = bytes.map(summaryOf);
      if (summaries.length === 0) return { line: undefined, shares: [] };
      const facts = lineFactsOf(summaries);
      const page = { name: '', facts, judgement: judgeLineFacts(facts, profile) };
      return { line: linesJson([page], profile).lines[0], shares: receiverShares(facts) };
    },
    async report({ summaries, picks }) {
      const lines = linesOf(inOrder(summaries.map(summaryOf))).map((line) => {
        const facts = lineFactsOf(line.shots);
        return { name: line.name, facts, judgement: judgeLineFacts(facts, profile) };
      });
      const pieces: string[] = [];
      for await (const piece of qcPage({ lines, pictures: new Map(), profile, picks })) pieces.push(piece);
      return pieces.join('');
    },
  };
});

const summaryOf = (bytes: Uint8Array) => unpacked<ShotSummary>(bytes);

/** As they were shot, where the files tell; a backlog comes in newest first. */
const inOrder = (summaries: readonly ShotSummary[]): readonly ShotSummary[] =>
  summaries.every(({ recordedAt }) => recordedAt !== undefined)
    ? [...summaries].sort((a, b) => Date.parse(a.recordedAt!) - Date.parse(b.recordedAt!))
    : summaries;

async function firstOf(path: string): Promise<TimedShot | undefined> {
  const source = openFile(path);
  try {
    for await (const shot of (await open(source)).shots()) return timed(shot, path);
    return undefined;
  } finally {
    source.close();
  }
}

/** @throws RecordError `unreadable` when none of the files is there any more, or holds another shot now */
async function readAt(paths: readonly string[], place: number, amplitudes: string): Promise<TimedShot> {
  for (const path of paths) {
    try {
      const source = openFile(path);
      try {
        let at = 0;
        for await (const shot of (await open(source)).shots()) {
          if (at++ < place) continue;
          if (amplitudesDigest(shot) === amplitudes) return timed(shot, path);
          break;
        }
      } finally {
        source.close();
      }
    } catch (error) {
      if (!isRecordError(error)) throw error;
    }
  }
  throw new RecordError('unreadable', paths[0] ?? 'shot', 'expected the file of the shot, found it away or changed');
}
