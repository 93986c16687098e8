/** A model that a smaller picker is to follow: it scores each batch that is learnt from (Hinton, Vinyals, Dean 2015). */
import { openFolder } from '../export/open-folder.ts';
import type { Batch } from '../picker/gradients.ts';

/** What a checkpoint says of a teacher: enough to know it again. */
export interface TeacherRecord {
  readonly name: string;
  /** SHA-256 of its weights, hexadecimal. */
  readonly sha256: string;
  /** Field sites it has seen. */
  readonly sites: readonly string[];
  /** What it weighs beside the labels, 0 to 1. */
  readonly share: number;
}

/** What it weighs unless somebody says otherwise. */
export const TEACHER_SHARE = 0.5;

export interface Teacher {
  /** Traces of a window that it scores come in multiples of this. */
  readonly traceMultiple: number;
  readonly record: Omit<TeacherRecord, 'share'>;
  /** The batch with what it says of it. */
  teach(batch: Batch, share: number): Promise<Batch>;
  close(): Promise<void>;
}

/** @throws RecordError when the folder holds no model that can be run */
export async function openTeacher(folder: string): Promise<Teacher> {
  const { manifest, artefact, runtime } = await openFolder(folder);
  return {
    traceMultiple: manifest.input.traceMultiple,
    record: { name: manifest.name, sha256: artefact.sha256, sites: manifest.training.sites },
    async teach(batch, share) {
      const [windows, traces] = batch.shape;
      return { ...batch, taught: { ...(await runtime.run(batch.features, windows, traces)), share } };
    },
    close: () => runtime.close(),
  };
}

/** @throws Error when it is not the one that the run began with */
export function teacherAgain(recorded: TeacherRecord | undefined, found: Teacher | undefined): Teacher | undefined {
  const word = (record: Omit<TeacherRecord, 'share'> | undefined) =>
    record ? `${record.name} (${record.sha256.slice(0, 8)}…)` : 'none';
  if (recorded?.sha256 !== found?.record.sha256)
    throw new Error(`--teacher: expected ${word(recorded)} as the run began, found ${word(found?.record)}`);
  return found;
}
