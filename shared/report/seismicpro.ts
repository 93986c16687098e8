/**
 * First breaks as SeismicPro loads them (github.com/GeoscienceML/SeismicPro, `Survey.load_first_breaks`): FieldRecord,
 * TraceNumber and FirstBreak in ms between blanks, without a header; a decimal comma is understood.
 */
import type { PickedShot } from '../picks.ts';
import { ms } from '../units.ts';
import { decimals } from './print.ts';
import type { ReferencePick } from './reference-pick.ts';
import { hasColumns, type NumberRow, numberRows, rowsWith } from './text-table.ts';

export const writeSeismicPro = (shots: readonly PickedShot[]): string =>
  shots
    .flatMap(({ shot, picks }) =>
      shot.traces.flatMap((trace, i) => {
        const pick = picks[i];
        return pick.kind === 'picked' ? [`${shot.ffid ?? 0} ${trace.channel} ${decimals(pick.time, 4)}\n`] : [];
      }),
    )
    .join('');

const isPick = (row: NumberRow) => hasColumns([row], 3, [0, 1]);

export const isSeismicPro = (text: string): boolean => numberRows(text)?.every(isPick) ?? false;

/** @throws RecordError `malformed` */
export const readSeismicPro = (text: string, file = 'picks'): ReferencePick[] =>
  rowsWith(file, text, 'FieldRecord, TraceNumber and FirstBreak in ms', isPick).map(
    ({ values: [ffid, channel, time] }) => ({ ffid, channel, time: ms(time) }),
  );
