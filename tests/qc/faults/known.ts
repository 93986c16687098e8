/** Faults that the open field shots really have, found by looking at their pictures: warnings of these are no false alarms. */
import type { Base } from './fault.ts';

export interface KnownFault {
  readonly set: string;
  /** undefined: all shots of the set. */
  readonly files?: readonly string[];
  readonly codes: readonly string[];
  /** What is seen in the picture, or said by who recorded the shots. */
  readonly why: string;
}

const NOISE = [
  'noisy-traces',
  'weak-traces',
  'low-signal-to-noise',
  'burst-traces',
  'unpicked-traces',
  'low-confidence',
];

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    set: 'geostack-48ch',
    codes: [...NOISE, 'suspect-picks'],
    why: 'said in its README: ambient noise, weak and dead channels; a third of the traces shows nothing but a buzz at the break',
  },
  {
    set: 'geostack-48ch',
    codes: ['mains-traces'],
    why: '60 Hz with 180 Hz on the same channels (2, 25, 28, 34, 37–39, 43, 47) in shot after shot; the survey is from Québec',
  },
  {
    set: 'flinchum-sh-line',
    codes: [...NOISE, 'suspect-picks'],
    why: 'said in its README: live but very noisy traces; beyond 60 to 100 m no onset is seen in most shots, and people left those traces unpicked',
  },
  {
    set: 'unpicked-swprocess-wghs',
    codes: [...NOISE, 'suspect-picks'],
    why: 'single blows, the far half of the spread shows no first break ahead of the ground roll',
  },
  {
    set: 'unpicked-dmt-summit',
    files: ['Shot_00001.sg2'],
    codes: NOISE,
    why: 'the far two thirds of the spread stand a few dB out of the noise; the trace at the source is overdriven',
  },
];

export const isKnown = (base: Pick<Base, 'set' | 'file'>, code: string): boolean =>
  KNOWN_FAULTS.some(
    ({ set, files, codes }) => set === base.set && (files?.includes(base.file) ?? true) && codes.includes(code),
  );
