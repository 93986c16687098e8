/** Verdicts and decisions in the words and signs of the page. */
import type { Finding, Verdict } from '#shared/qc/finding.ts';
import type { PickJson, ShotRow } from '../station/api-types.ts';

export const VERDICTS: Readonly<
  Record<Verdict, { readonly sign: string; readonly word: string; readonly order: string }>
> = {
  pass: { sign: '✓', word: 'Good', order: 'Go on' },
  warn: { sign: '!', word: 'Check', order: 'Look at the findings' },
  fail: { sign: '✕', word: 'Re-shoot', order: 'Do not move on' },
};

/** What a person says goes before what the quality control says. */
const REJECTED = { sign: '✕', word: 'Rejected', order: 'Rejected by hand: shoot again' };

/** The picks are there, and what they are worth is being worked out. */
const JUDGING = { sign: '…', word: 'Judging', order: 'The verdict comes in a moment' };

export function saidOf({ verdict, accepted }: Pick<ShotRow, 'verdict' | 'accepted'>) {
  if (accepted === 'rejected') return { ...REJECTED, look: 'fail' as const };
  if (verdict === null) return { ...JUDGING, look: 'judging' as const };
  return { ...VERDICTS[verdict], look: verdict };
}

const RANK = { fail: 0, warn: 1, info: 2 } as const;

/** The gravest first, what is about the whole shot before what is about traces, many before few. */
export const byWeight = (a: Finding, b: Finding): number =>
  RANK[a.severity] - RANK[b.severity] || extent(b) - extent(a);
const extent = ({ traces }: Finding) => (traces.length === 0 ? Number.MAX_SAFE_INTEGER : traces.length);

export const nameOf = ({ ffid, file, place }: Pick<ShotRow, 'ffid' | 'file' | 'place'>): string =>
  ffid === null ? `${fileOf(file)}${place > 0 ? ` (${place + 1})` : ''}` : `FFID ${ffid}`;

/** Reasons, causes and advice are made as clauses; where one stands alone it begins with a capital. */
export const sentence = (clause: string): string => clause.charAt(0).toUpperCase() + clause.slice(1);

export const fileOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

export const timeOf = (iso: string): string =>
  new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** `channel 5 · 12 m · 23.45 ms · 97 %` */
export function traceWords({ channel, offsetM, timeMs, confidence, edited, reason, killed }: PickJson): string {
  const where = `channel ${channel}${offsetM === null ? '' : ` · ${Math.round(10 * offsetM) / 10} m`}`;
  if (timeMs === null) return `${where} · ${killed ? 'killed' : (reason ?? 'no pick')}`;
  return `${where} · ${timeMs.toFixed(2)} ms · ${edited ? 'by hand' : `${Math.round(100 * (confidence ?? 0))} %`}`;
}
