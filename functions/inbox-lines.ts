/** The files of an inbox judged together, as lines, whenever it has been quiet after something came: the page of the line as it stands. */
import type { LineTask } from './jobs/job.ts';

export interface InboxLines {
  /** Nothing has come since they were judged. */
  readonly settled: boolean;
  /** A file was taken. */
  note(): void;
  stop(): void;
}

const LOOK_MS = 300;
/** Judging takes at most this share of the time, however often files come. */
const SHARE = 0.1;

/** @param prefix of the inbox in the store; @param quiet whether all that came has been worked on */
export function inboxLines(
  prefix: string,
  enqueue: (task: LineTask) => Promise<void>,
  quiet: () => boolean,
  trouble: (error: unknown) => void,
): InboxLines {
  // A server that was killed may have left it undone; where nothing is new, nothing is judged.
  let due = true;
  let began: number | undefined;
  let notBefore = 0;
  const timer = setInterval(async () => {
    if (!quiet()) return;
    const now = performance.now();
    if (began !== undefined) notBefore = now + (now - began) * (1 / SHARE - 1);
    began = undefined;
    if (!due || now < notBefore) return;
    due = false;
    began = now;
    try {
      await enqueue({ part: '', kind: 'line', round: 0, work: { kind: 'survey', prefix } });
    } catch (error) {
      due = true;
      trouble(error);
    }
  }, LOOK_MS);
  timer.unref();
  return {
    get settled() {
      return !due && began === undefined;
    },
    note() {
      due = true;
    },
    stop: () => clearInterval(timer),
  };
}
