/**
 * When a shot is worth a warning or fails: all thresholds of the basic quality control in two tables, one rule a row.
 * The shares were set so that a spread with one bad channel in 24 warns and a fifth of it lost fails.
 */

/** A share of traces, in per cent of those the rule looks at, and where it becomes a warning and a failure. */
export interface ShareRule {
  readonly code: string;
  /** Of which traces the share is taken; dead ones count as seismic. */
  readonly of: 'seismic traces' | 'live traces';
  /** What the counted traces have in common; completes "3 of 24 traces …". */
  readonly what: string;
  /** Per cent; a share above it has that severity, one above 0 is at least `info`. */
  readonly warn: number;
  /** undefined: never on its own a reason to shoot again. */
  readonly fail: number | undefined;
  readonly cause: string;
  readonly advice: string;
}

/** What makes a single trace count. */
export const TRACE_LIMITS = {
  /** Share (0–1) of samples in runs at the trace's extreme. */
  clipped: 0.002,
  /** Isolated outliers in the record. */
  spikes: 3,
  /** Noise before the first break against the median of the live traces, dB. */
  noiseAboveSpread: 12,
  /** … while the signal after the break stands less than this above it, dB. */
  noiseBelowSignal: 12,
  /** Signal after the first break against the noise before it, dB. */
  weak: 6,
  /** Mean against the root mean square about it. */
  offset: 1,
} as const;

export const SHARE_RULES = [
  {
    code: 'dead-traces',
    of: 'seismic traces',
    what: 'recorded nothing',
    warn: 2,
    fail: 20,
    cause: 'open or shorted take-out, geophone not connected, channel switched off',
    advice: 'check the take-outs and geophones of these channels',
  },
  {
    code: 'non-finite-traces',
    of: 'live traces',
    what: 'hold samples that are not numbers',
    warn: 0,
    fail: 10,
    cause: 'damaged file or a faulty conversion',
    advice: 'copy the file from the recorder again',
  },
  {
    code: 'noisy-traces',
    of: 'live traces',
    what: 'are much noisier before the first break than the spread',
    warn: 10,
    fail: 40,
    cause: 'wind, traffic, a person or machine near the geophone, bad coupling or a bad contact',
    advice: 'plant the geophones again, wait for quiet, or stack more shots',
  },
  {
    code: 'weak-traces',
    of: 'live traces',
    what: 'hardly rise above the noise at the first break',
    warn: 30,
    fail: 90,
    cause: 'too little energy for this distance and noise, a misfire, or a wrong trigger',
    advice: 'look at the picture; shoot again with more energy or more stacks, and check the trigger',
  },
  {
    code: 'clipped-traces',
    of: 'live traces',
    what: 'are clipped',
    warn: 10,
    fail: 50,
    cause: 'input gain too high for the traces near the source',
    advice: 'lower the preamplifier gain; the first breaks may still be usable',
  },
  {
    code: 'spiky-traces',
    of: 'live traces',
    what: 'hold isolated spikes',
    warn: 5,
    fail: 30,
    cause: 'loose contact, lightning, electric fence, radio link errors',
    advice: 'check the connectors, look for electric fences and radio sets',
  },
  {
    code: 'offset-traces',
    of: 'live traces',
    what: 'do not swing about zero',
    warn: 20,
    fail: undefined,
    cause: 'leakage to ground, or a recorder without a low-cut filter',
    advice: 'check the cable for moisture; picking removes the offset',
  },
  {
    code: 'unpicked-traces',
    of: 'live traces',
    what: 'have no trusted first break',
    warn: 20,
    fail: 50,
    cause: 'too little energy against the noise, a misfire, or a wrong trigger',
    advice: 'look at the picture; shoot again with more energy or more stacks',
  },
] as const satisfies readonly ShareRule[];

export type ShareCode = (typeof SHARE_RULES)[number]['code'];

/** A record the reader found damaged: code of the finding it becomes. */
export const DAMAGED = {
  code: 'damaged-record',
  cause: 'file cut short, still being written, or with contradicting headers',
  advice: 'wait until the recorder has closed the file, or copy it again',
} as const;

/** Problems of readers that mean lost samples or traces; the others are remarks on what was decided. */
export const LOSSES: ReadonlySet<string> = new Set([
  'truncated',
  'truncated-tail',
  'trace-cut',
  'malformed-trace',
  'fewer-traces',
  'damaged-record',
  'unknown-bytes',
  'bytes-skipped',
]);
