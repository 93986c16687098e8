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
  const text = LATIN1.decode(bytes.subarray(at, end)); // one char a byte
  for (let from = at; from + 2 <= end; ) {
    const length = order === 'little' ? bytes[from] | (bytes[from + 1] << 8) : (bytes[from] << 8) | bytes[from + 1];
    if (length <= 2) break;
    const start = from + 2;
    let stop = Math.min(from + length, end);
    while (stop > start && bytes[stop - 1] === 0) stop--;
    const entry = text.slice(start - at, stop - at);
    const [, keyword, value] = USUAL.exec(entry) ?? unusual(entry, bytes.subarray(start, stop));
    if (keyword !== undefined && !strings.has(keyword)) strings.set(keyword, value);
    from += length;
  }
  return strings;
}

const LATIN1 = new TextDecoder('latin1');
const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** As nearly all entries are. */
const USUAL = /^([A-Z0-9_]+) +([!-~](?:[ -~]*[!-~])?)$/;
const ENTRY = /^([^\s=:]+)[\s=:]*(.*)$/s;
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ASCII = /^[\x00-\x7f]*$/;
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]+/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

/** Newer recorders write UTF-8; what is not valid UTF-8 is the code page of Western Windows. */
function decoded(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return LATIN1.decode(bytes);
  }
}

/** Keywords in small letters, other separators, control characters, lines, other alphabets. */
function unusual(entry: string, bytes: Uint8Array): readonly string[] {
  const text = (ASCII.test(entry) ? entry : decoded(bytes))
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(CONTROL, '')
    .trim();
  const [whole, keyword, value] = ENTRY.exec(text) ?? [];
  return whole === undefined ? [] : [whole, keyword.toUpperCase(), value];
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
  const plainly = value === '' ? Number.NaN : Number(value);
  if (Number.isFinite(plainly)) return [plainly];
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
