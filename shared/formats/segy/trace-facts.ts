/** What one trace header says, with scalars applied and units resolved, and what follows from it for the trace. */

import type { TraceKind } from '../../gather.ts';
import { type Milliseconds, ms } from '../../units.ts';
import { readField } from '../fields.ts';
import { PASSCAL_HEADER, TRACE_EXTENSION, TRACE_HEADER, TRACE_HEADER_BYTES } from './headers.ts';
import { hasExtension, int16, int32, statedInterval, type TraceLayout } from './trace-layout.ts';

/** Lengths in metres where `coordinateUnit` is a length. */
export interface TraceFacts {
  readonly ffid: number;
  readonly channel: number;
  readonly sourcePoint: number;
  readonly identification: number;
  readonly count: number;
  readonly intervalUs: number | undefined;
  /** Scaled, in ms. */
  readonly delay: number;
  readonly delayStored: number;
  readonly timeScalar: number;
  readonly offset: number;
  readonly sourceX: number;
  readonly sourceY: number;
  readonly sourceZ: number;
  readonly receiverX: number;
  readonly receiverY: number;
  readonly receiverZ: number;
  readonly coordinateUnit: number;
  /** From stored values to `descaleUnit`; 1 where the header gives none. */
  readonly descale: number;
  readonly descaleUnit: string;
}

/** Header value under its scalar: positive multiplies, negative divides, 0 means 1. */
export const scaled = (value: number, scalar: number): number =>
  scalar > 0 ? value * scalar : scalar < 0 ? value / -scalar : value;

/** Only powers of ten to 10000 are scalars of time (rev 1, bytes 215–216); leftovers such as 20 occur. */
export const legalTimeScalar = (scalar: number): boolean => [1, 10, 100, 1000, 10000].includes(Math.abs(scalar));

/** Rev 1, bytes 203–204. */
export const VALUE_UNITS: Readonly<Record<number, string>> = {
  1: 'Pa',
  2: 'V',
  3: 'mV',
  4: 'A',
  5: 'm',
  6: 'm/s',
  7: 'm/s²',
  8: 'N',
  9: 'W',
};

export function readFacts(layout: TraceLayout, view: DataView, at: number, count: number): TraceFacts {
  const H = TRACE_HEADER;
  const little = layout.order === 'little';
  const unit = layout.metresPerUnit;
  const coordinateScalar = int16(H.coordinateScalar, view, at, little);
  const elevationScalar = int16(H.elevationScalar, view, at, little);
  const stored = int16(H.timeScalar, view, at, little);
  const timeScalar = layout.revised && legalTimeScalar(stored) ? stored : 1;
  const delayStored = int16(H.delay, view, at, little);
  const xy = (field: typeof H.sourceX | typeof H.sourceY | typeof H.receiverX | typeof H.receiverY) =>
    scaled(int32(field, view, at, little), coordinateScalar) * unit;
  const z = (field: typeof H.receiverElevation | typeof H.sourceElevation | typeof H.sourceDepth) =>
    scaled(int32(field, view, at, little), elevationScalar) * unit;
  const own = layout.intervalOfFile ? undefined : statedInterval(view, at, layout.order, layout.blocks);
  const weighting = int16(H.weighting, view, at, little);
  const passcal = layout.variant === 'passcal' ? readField(PASSCAL_HEADER.scaleFactor, view, at, layout.order) : 0;
  const valueUnit = layout.revised ? int16(H.valueUnit, view, at, little) : 0;
  const facts: TraceFacts = {
    ffid: int32(H.ffid, view, at, little),
    channel: int32(H.channel, view, at, little),
    sourcePoint: int32(H.sourcePoint, view, at, little),
    identification: int16(H.identification, view, at, little),
    count,
    intervalUs: own ?? layout.intervalUs ?? statedInterval(view, at, layout.order, layout.blocks),
    delay: scaled(delayStored, timeScalar),
    delayStored,
    timeScalar,
    offset: int32(H.offset, view, at, little) * unit,
    sourceX: xy(H.sourceX),
    sourceY: xy(H.sourceY),
    sourceZ: z(H.sourceElevation) - z(H.sourceDepth),
    receiverX: xy(H.receiverX),
    receiverY: xy(H.receiverY),
    receiverZ: z(H.receiverElevation),
    coordinateUnit: int16(H.coordinateUnit, view, at, little),
    // A factor of 2^-64 or less is no weighting but a leftover.
    descale: passcal > 0 && Number.isFinite(passcal) ? passcal : Math.abs(weighting) <= 64 ? 2 ** -weighting : 1,
    descaleUnit: VALUE_UNITS[valueUnit] ?? 'V',
  };
  return layout.blocks > 1 && hasExtension(view, at) ? withExtension(facts, layout, view, at) : facts;
}

/** Rev 2: fields of the extension that are not zero override. */
function withExtension(facts: TraceFacts, layout: TraceLayout, view: DataView, at: number): TraceFacts {
  const read = (name: keyof typeof TRACE_EXTENSION) => {
    const value = readField(TRACE_EXTENSION[name], view, at + TRACE_HEADER_BYTES, layout.order);
    return Number.isFinite(value) && value !== 0 ? value : undefined;
  };
  const length = (name: keyof typeof TRACE_EXTENSION) => {
    const value = read(name);
    return value === undefined ? undefined : value * layout.metresPerUnit;
  };
  const elevation = length('sourceElevation');
  const depth = length('sourceDepth');
  return {
    ...facts,
    ffid: read('ffid') ?? facts.ffid,
    offset: length('offset') ?? facts.offset,
    sourceX: length('sourceX') ?? facts.sourceX,
    sourceY: length('sourceY') ?? facts.sourceY,
    sourceZ: elevation === undefined && depth === undefined ? facts.sourceZ : (elevation ?? 0) - (depth ?? 0),
    receiverX: length('receiverX') ?? facts.receiverX,
    receiverY: length('receiverY') ?? facts.receiverY,
    receiverZ: length('receiverElevation') ?? facts.receiverZ,
  };
}

/** Trace identification codes, bytes 29–30; 16384 is added to interpolated traces (rev 2). */
export function traceKind(identification: number): TraceKind {
  const code = identification >= 16384 ? identification - 16384 : identification;
  if (code === 2 || code === 3) return 'dead';
  // Time break, uphole, sweep, timing, water break, gun signatures; vibrator signals; velocity and depth pairs.
  if ((code >= 4 && code <= 10) || (code >= 18 && code <= 24)) return 'auxiliary';
  return 'seismic';
}

/** Start of recording from bytes 157–168, ISO 8601, with Z where the header says GMT or UTC. */
export function recordedAt(layout: TraceLayout, view: DataView, at: number): string | undefined {
  const read = (name: 'year' | 'dayOfYear' | 'hour' | 'minute' | 'second' | 'timeBasis') =>
    int16(TRACE_HEADER[name], view, at, layout.order === 'little');
  const stored = read('year');
  const day = read('dayOfYear');
  const year = stored >= 0 && stored < 100 ? stored + (stored < 70 ? 2000 : 1900) : stored;
  if (day < 1 || day > 366 || year < 1950 || year > 2100) return undefined;
  const [hour, minute, second] = [read('hour'), read('minute'), read('second')];
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined;
  const time = new Date(Date.UTC(year, 0, day, hour, minute, second)).toISOString().slice(0, 19);
  const basis = read('timeBasis');
  return basis === 2 || basis === 4 ? `${time}Z` : time;
}

/** How the first sample's time was found. */
export function delayFrom({ delayStored, timeScalar }: TraceFacts): string {
  if (timeScalar === 1) return `SEG-Y bytes 109–110: delay ${delayStored} ms`;
  const by = timeScalar > 0 ? `times ${timeScalar}` : `divided by ${-timeScalar}`;
  return `SEG-Y bytes 109–110: delay ${delayStored}, ${by} (bytes 215–216)`;
}

export const factsInterval = ({ intervalUs }: TraceFacts): Milliseconds | undefined =>
  intervalUs === undefined ? undefined : ms(intervalUs / 1000);

/** Whole samples by which `trace` begins after `reference`, both of one interval; 0 where delays are equal or no interval is known. */
export const samplesApart = (reference: TraceFacts, trace: TraceFacts): number =>
  trace.delay === reference.delay || trace.intervalUs === undefined
    ? 0
    : Math.round(((trace.delay - reference.delay) * 1000) / trace.intervalUs);
