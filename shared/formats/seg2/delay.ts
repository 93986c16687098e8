/**
 * When the first sample was taken, from DELAY. The standard means seconds from the trigger to the first sample, so a
 * pre-trigger is negative (Geometrics writes −0.5 for half a second). DMT SUMMIT writes the pre-trigger's length, positive;
 * its older model SUMMIT 2 kept to the standard, and UNIT_UNIQUE_ID occurs in the newer ones only (so PyRefra tells them apart).
 */
import type { FirstSample } from '../../gather.ts';
import { ms } from '../../units.ts';
import { number, type Strings } from './strings.ts';

/** Strings in which recorders name themselves, the most telling first. */
const RECORDER_KEYWORDS = ['INSTRUMENT', 'DEVICE_NAME', 'ACQUISITION_SOFTWARE', 'SOFTWARE', 'SYSTEM', 'MANUFACTURER'];

export function recorderOf(file: Strings, trace: Strings): string | undefined {
  for (const keyword of [...RECORDER_KEYWORDS, 'COMPANY']) {
    const value = file.get(keyword) ?? trace.get(keyword);
    if (value) return value.replaceAll('\n', ' ');
  }
  return undefined;
}

type Summit = 'x1' | 'some' | 'no';

/** Not by COMPANY: that is also where the crew writes its own name. */
function summitOf(file: Strings, trace: Strings): Summit {
  if (file.has('UNIT_UNIQUE_ID') || trace.has('UNIT_UNIQUE_ID')) return 'x1';
  return RECORDER_KEYWORDS.some((keyword) => /summit/i.test(file.get(keyword) ?? trace.get(keyword) ?? ''))
    ? 'some'
    : 'no';
}

/** Seconds; ten days. More is not a delay but a damaged string. */
const MAX_DELAY = 864_000;

export interface Delay extends FirstSample {
  /** What the user should check, where the sign had to be assumed. */
  readonly doubt?: string;
}

export function firstSample(file: Strings, trace: Strings): Delay {
  const text = trace.get('DELAY') ?? file.get('DELAY');
  const delay = number(text);
  if (delay === undefined || Math.abs(delay) > MAX_DELAY)
    return {
      time: ms(0),
      from: `no SEG-2 DELAY${text ? ` (found "${text}")` : ''}: first sample taken at the shot`,
    };
  const time = ms(inMilliseconds(delay));
  const before = ms(0 - time);
  if (delay === 0) return { time: ms(0), from: 'SEG-2 DELAY 0 s' };
  const summit = summitOf(file, trace);
  if (summit !== 'no' && delay > 0)
    return { time: before, from: `SEG-2 DELAY ${delay} s, taken as pre-trigger because the recorder is DMT SUMMIT` };
  if (summit === 'x1')
    return {
      time: before,
      from: `SEG-2 DELAY ${delay} s, taken as a start after the shot because the recorder is DMT SUMMIT X`,
      doubt: `DELAY ${delay} s of a DMT SUMMIT X taken as a start of recording ${before} ms after the shot; if it is pre-trigger, give --time-zero ${before}`,
    };
  if (delay < 0) return { time, from: `SEG-2 DELAY ${delay} s: pre-trigger` };
  return {
    time,
    from: `SEG-2 DELAY ${delay} s: recording began after the trigger`,
    doubt: `DELAY ${delay} s taken as a start of recording ${time} ms after the shot; if it is pre-trigger, give --time-zero ${time}`,
  };
}

/** Seconds as written with few decimals, without the dust of the multiplication. */
export const inMilliseconds = (seconds: number): number => Number((seconds * 1000).toPrecision(12));
