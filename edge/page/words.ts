/** Verdicts and decisions in the words and signs of the page. */
import type { Verdict } from '#shared/qc/finding.ts';
import type { ShotRow } from '../station/api-types.ts';

export const VERDICTS: Readonly<
  Record<Verdict, { readonly sign: string; readonly word: string; readonly order: string }>
> = {
  pass: { sign: '✓', word: 'Good', order: 'Go on' },
  warn: { sign: '!', word: 'Check', order: 'Look at the findings' },
  fail: { sign: '✕', word: 'Re-shoot', order: 'Do not move on' },
};

export const nameOf = ({ ffid, file, place }: Pick<ShotRow, 'ffid' | 'file' | 'place'>): string =>
  ffid === null ? `${fileOf(file)}${place > 0 ? ` (${place + 1})` : ''}` : `FFID ${ffid}`;

export const fileOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

export const timeOf = (iso: string): string =>
  new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
