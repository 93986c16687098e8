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

export const KNOWN_FAULTS: readonly KnownFault[] = [];

export const isKnown = (base: Pick<Base, 'set' | 'file'>, code: string): boolean =>
  KNOWN_FAULTS.some(
    ({ set, files, codes }) => set === base.set && (files?.includes(base.file) ?? true) && codes.includes(code),
  );
