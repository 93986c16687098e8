/**
 * The keyword strings of SEG-2, read as their writers meant them: entries of `length, KEYWORD value, terminator`, where
 * terminators, decimal signs, units and date layouts differ from maker to maker.
 */
import type { ByteOrder } from '../../gather.ts';
import { FOOT } from '../../units.ts';

/** Keyword in capitals → value; of a keyword that occurs twice the first counts. */
export type Strings = ReadonlyMap<string, string>;

/** Entries from `at` up to `end`: an entry begins with its own length, which is also the way to the next. */
export function readStrings(bytes: Uint8Array, at: number, end: number, order: ByteOrder): Strings {
  const strings = new Map<string, string>();
  for (let from = at; from + 2 <= end; ) {
    const length = order === 'little' ? bytes[from] | (bytes[from + 1] << 8) : (bytes[from] << 8) | bytes[from + 1];
    if (length <= 2) break;
    const [, keyword, value] = ENTRY.exec(textOf(bytes, from + 2, Math.min(from + length, end))) ?? [];
    if (keyword !== undefined && !strings.has(keyword.toUpperCase())) strings.set(keyword.toUpperCase(), value);
    from += length;
  }
  return strings;
}

const ENTRY = /^([^\s=:]+)[\s=:]*(.*)$/s;

/** Printable text, lines separated by `\n` whatever the file's own terminators are. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let ascii = true;
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if (byte >= 0x20 && byte !== 0x7f) text += String.fromCharCode(byte);
    else if (byte === 0x0a || byte === 0x0d) text += '\n';
    else if (byte === 0x09) text += ' ';
    if (byte >= 0x80) ascii = false;
  }
  if (!ascii) text = asUtf8(text) ?? text;
  return text.trim();
}

/** Newer recorders write UTF-8; what is not valid UTF-8 is Latin-1. */
function asUtf8(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(latin1, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** One line each, the lines of a note on their own. */
export const lines = (strings: Strings): string[] =>
  [...strings].flatMap(([keyword, value]) =>
    `${keyword} ${value}`
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== ''),
  );

/** All numbers of a value. A comma is a decimal sign unless points are there too or it separates more than two parts. */
export function numbers(value: string | undefined): readonly number[] {
  if (value === undefined) return [];
  const pointed = value.includes('.');
  return value
    .split(/[\s;]+/)
    .flatMap((token) =>
      pointed || !/^[^,]*,\d+([eE][-+]?\d+)?$/.test(token) ? token.split(',') : [token.replace(',', '.')],
    )
    .filter((token) => token !== '')
    .map(Number)
    .filter(Number.isFinite);
}

export const number = (value: string | undefined): number | undefined => numbers(value)[0];

/** A whole number, as station and shot numbers are. */
export function wholeNumber(value: string | undefined): number | undefined {
  const found = number(value);
  return found === undefined ? undefined : Math.round(found);
}

/** Length units by the beginning of their name or their sign. */
const UNITS = [
  { name: 'metres', word: /^(MET|M$|NONE$|$)/, metres: 1 },
  { name: 'feet', word: /^(FEET|FOOT|FT)/, metres: FOOT },
  { name: 'centimetres', word: /^(CENTIM|CM$)/, metres: 0.01 },
  { name: 'inches', word: /^IN(CH|$)/, metres: FOOT / 12 },
  { name: 'kilometres', word: /^(KILOM|KM$)/, metres: 1000 },
] as const;

/** The unit that a value of UNITS names; undefined when the word is not known. */
export const unitOf = (units: string | undefined) =>
  UNITS.find(({ word }) => word.test(units?.trim().toUpperCase() ?? ''));

const MONTHS: Readonly<Record<string, number>> = {
  JAN: 1,
  FEB: 2,
  MAR: 3,
  MÄR: 3,
  MRZ: 3,
  APR: 4,
  MAY: 5,
  MAI: 5,
  JUN: 6,
  JUL: 7,
  AUG: 8,
  SEP: 9,
  OCT: 10,
  OKT: 10,
  NOV: 11,
  DEC: 12,
  DEZ: 12,
};

/** ISO 8601 from ACQUISITION_DATE and ACQUISITION_TIME; without a zone unless the file gives UTC. */
export function recordedAt(strings: Strings): string | undefined {
  const utc = strings.has('ACQUISITION_DATE_UTC') && strings.has('ACQUISITION_TIME_UTC');
  const date = isoDate(strings.get(utc ? 'ACQUISITION_DATE_UTC' : 'ACQUISITION_DATE'));
  if (date === undefined) return undefined;
  const time = isoTime(strings.get(utc ? 'ACQUISITION_TIME_UTC' : 'ACQUISITION_TIME'));
  if (time === undefined) return date;
  const fraction = number(strings.get('ACQUISITION_SECOND_FRACTION'));
  const decimals =
    fraction !== undefined && fraction > 0 && fraction < 1 && !time.includes('.') ? `${fraction}`.slice(1) : '';
  return `${date}T${time}${decimals.startsWith('.') ? decimals : ''}${utc ? 'Z' : ''}`;
}

/** dd/MMM/yyyy as the standard has it, but also dd/mm/yyyy, mm/dd/yyyy where it cannot be the former, and yyyy-mm-dd. */
function isoDate(value: string | undefined): string | undefined {
  const parts: readonly string[] = value?.match(/\p{L}+|\d+/gu) ?? [];
  if (parts.length < 3) return undefined;
  const month = (part: string) => MONTHS[part.slice(0, 3).toUpperCase()] ?? Number(part);
  let [day, middle, year] = [parts[0], parts[1], parts[2]];
  if (day.length === 4) [day, year] = [year, day];
  if (MONTHS[day.slice(0, 3).toUpperCase()] !== undefined || Number(middle) > 12) [day, middle] = [middle, day];
  const [y, m, d] = [Number(year), month(middle), Number(day)];
  const full = y < 80 ? y + 2000 : y < 100 ? y + 1900 : y;
  if (!(m >= 1 && m <= 12 && d >= 1 && d <= 31 && full >= 1970 && full <= 9999)) return undefined;
  return `${full}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

function isoTime(value: string | undefined): string | undefined {
  const [, h, m, s, fraction = ''] = /^\s*(\d{1,2})\D(\d{1,2})(?:\D(\d{1,2})([.,]\d+)?)?/.exec(value ?? '') ?? [];
  if (h === undefined || Number(h) > 23 || Number(m) > 59 || Number(s ?? 0) > 60) return undefined;
  return [h, m, s ?? '0'].map((part) => part.padStart(2, '0')).join(':') + fraction.replace(',', '.');
}
