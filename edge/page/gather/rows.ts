/** The amplitudes that the page holds of a shot: all of them, or as many as the screen can show of a large one. */
import type { TimedShot } from '#shared/gather.ts';
import { metres, ms, samples } from '#shared/units.ts';
import type { GatherHeader, PickJson, ShotDetail } from '../../station/api-types.ts';

export interface Rows {
  /** Row r is the trace `firstRow + r · step` of the whole shot. */
  readonly shot: TimedShot;
  readonly firstRow: number;
  readonly step: number;
  /** Traces of the whole shot. */
  readonly traces: number;
}

/** What is needed of a shot. */
export interface ShotHead
  extends Pick<ShotDetail, 'ffid' | 'samples' | 'sampleIntervalMs' | 'firstSampleMs' | 'firstSampleFrom'> {
  readonly picks: readonly (Pick<PickJson, 'trace' | 'channel' | 'offsetM'> & {
    readonly auto: Pick<PickJson, 'reason'>;
  })[];
}

/** The nearest row to a trace. */
export const rowNear = ({ shot, firstRow, step }: Rows, trace: number): number =>
  Math.max(0, Math.min(shot.traces.length - 1, Math.round((trace - firstRow) / step)));

export const allRows = (shot: TimedShot): Rows => ({ shot, firstRow: 0, step: 1, traces: shot.traces.length });

/** What `GET …/gather` sends; smallest and largest of a bin become two samples of half the interval. */
export function decodeRows(detail: ShotHead, bytes: ArrayBuffer): Rows {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as GatherHeader;
  const from = Math.ceil((4 + length) / 4) * 4;
  const perBin = header.layout === 'int16-minmax' ? 2 : 1;
  const count = header.samples * perBin;
  const amplitudes =
    header.layout === 'float32'
      ? new Float32Array(bytes, from, header.traces * count)
      : rescaled(new Int16Array(bytes, from, header.traces * count), count, header.scale ?? []);
  return {
    shot: {
      ...timedShot(detail),
      amplitudes,
      samples: samples(count),
      sampleInterval: ms(header.sampleIntervalMs / perBin),
      firstSample: { time: ms(header.firstSampleMs), from: detail.firstSampleFrom },
      traces: Array.from({ length: header.traces }, (_, r) =>
        traceOf(detail, header.firstRow + r * header.traceStep, count),
      ),
    },
    firstRow: header.firstRow,
    step: header.traceStep,
    traces: detail.picks.length,
  };
}

function rescaled(stored: Int16Array, count: number, scale: readonly number[]): Float32Array {
  const amplitudes = new Float32Array(stored.length); // [trace, sample]
  for (let r = 0, k = 0; k < stored.length; r++) {
    const factor = scale[r] ?? 1;
    for (const end = Math.min(stored.length, k + count); k < end; k++) amplitudes[k] = stored[k] * factor;
  }
  return amplitudes;
}

/** Everything about a shot but its amplitudes. */
export const timedShot = (detail: ShotHead): TimedShot => ({
  ffid: detail.ffid ?? undefined,
  amplitudes: new Float32Array(0),
  samples: samples(detail.samples),
  sampleInterval: ms(detail.sampleIntervalMs),
  firstSample: { time: ms(detail.firstSampleMs), from: detail.firstSampleFrom },
  traces: detail.picks.map((_, i) => traceOf(detail, i, detail.samples)),
  problems: [],
});

function traceOf({ picks }: ShotHead, i: number, count: number): TimedShot['traces'][number] {
  const { trace, channel, offsetM } = picks[i];
  return {
    index: trace,
    channel,
    kind: picks[i].auto.reason === 'auxiliary' ? 'auxiliary' : 'seismic',
    ...(offsetM !== null && { offset: metres(offsetM) }),
    start: samples(0),
    count: samples(count),
  };
}
