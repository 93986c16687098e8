/** What happens in a run, as JSON lines that name their step. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { RecordError } from '#shared/errors.ts';
import { writeWhole } from '../files.ts';

export const appendLine = (log: string, line: { readonly step: number }): void =>
  appendFileSync(log, `${JSON.stringify(line)}\n`);

/** Whole lines: after a kill the last may be cut short. @throws RecordError at a line that is not JSON */
export const readLines = <T extends { readonly step: number }>(log: string): T[] =>
  existsSync(log)
    ? readFileSync(log, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line, i) => {
          try {
            return JSON.parse(line);
          } catch (cause) {
            const found = line.length > 40 ? `${line.slice(0, 40)}…` : line;
            throw new RecordError('malformed', log, `line ${i + 1}: expected JSON, found '${found}'`, { cause });
          }
        })
    : [];

/** Lines of steps that will be taken again are dropped, so the log is one curve. */
export function dropAfter(log: string, step: number): void {
  if (!existsSync(log)) return;
  const kept = readLines(log).filter((line) => line.step <= step);
  writeWhole(log, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
