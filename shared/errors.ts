/**
 * What can be wrong with a file. A `RecordError` ends the reading of one file; a `Problem` is noted and reading goes on.
 * Both say in one line what was expected and what was found.
 */

/** What the caller may do: mend the path, send another file, wait for the rest of it, or say what the file does not. */
export type RecordErrorCode =
  | 'unreadable' // the bytes cannot be had: no such file, a directory, no permission, network
  | 'empty' // no bytes, or headers without a single trace
  | 'not-recognised' // no known format
  | 'truncated' // ends before the first whole trace
  | 'malformed' // a known format with contradicting or impossible headers
  | 'unsupported' // a known format in a variant that is not read
  | 'no-sample-interval' // the file does not say it, and time needs it
  | 'too-large'; // would need more memory than allowed

export class RecordError extends Error {
  readonly _tag = 'RecordError';
  override readonly name = 'RecordError';

  readonly code: RecordErrorCode;
  readonly file: string;

  /** `what` says in one line what was expected and what was found. */
  constructor(code: RecordErrorCode, file: string, what: string, options?: { cause?: unknown }) {
    super(`${file}: ${what}`, options);
    this.code = code;
    this.file = file;
  }
}

/** True for a `RecordError`, of the given code where one is named. */
export function isRecordError(error: unknown, code?: RecordErrorCode): error is RecordError {
  return error instanceof RecordError && (code === undefined || error.code === code);
}

/** Something wrong or decided while reading that the user should know; `code` is stable, `message` is one line. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}
