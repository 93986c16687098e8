/** `firstbreak info`: what files hold and what is wrong with them; headers only, unless statistics are asked for. */
import type { Problem } from '#shared/errors.ts';
import type { Format, Recording, Shot } from '#shared/gather.ts';
import { row } from '#shared/gather.ts';
import { decimals } from '#shared/report/print.ts';
import { defineCommand, openOptions, READ_OPTIONS } from './command.ts';
import { inputFiles } from './inputs.ts';
import { jsonArray } from './json-array.ts';
import { print } from './output.ts';
import { distinctProblems, readEach } from './reading.ts';
import { sampleWords } from './sample-words.ts';

export const command = defineCommand({
  usage: 'FILE|DIR… [--json] [--stats]',
  about: 'Says what each file holds: format, traces, shots, time axis, and what is wrong with it.',
  options: {
    json: { type: 'boolean', help: 'a JSON array, one entry a file' },
    stats: { type: 'boolean', help: 'read all samples: smallest, largest, root mean square, the first eight' },
    ...READ_OPTIONS,
  },
  async run({ values, positionals }) {
    const files = inputFiles(positionals);
    const list = jsonArray(print);
    const code = await readEach(files, {
      options: openOptions(values),
      progress: 'notes',
      async read(recording, { path }) {
        const info = await infoOf(recording, path, values.stats === true);
        await (values.json ? list.add(info) : print(infoText(info)));
        return '';
      },
      async failed({ path }, error) {
        if (values.json) await list.add({ file: path, error });
      },
    });
    if (values.json) await list.end();
    return code;
  },
});

interface ShotInfo {
  readonly ffid: number | null;
  readonly traces: number;
  readonly samples: number;
  readonly sampleIntervalMs: number | null;
  readonly firstSampleMs: number;
  readonly firstSampleFrom: string;
}

interface Info {
  readonly file: string;
  readonly format: Format;
  readonly revision: string | null;
  readonly byteOrder: string;
  readonly sampleFormat: number;
  readonly recorder: string | null;
  readonly traces: number;
  readonly shots: readonly ShotInfo[];
  readonly problems: readonly Problem[];
  readonly stats?: Stats;
  readonly head?: readonly (number | null)[];
}

async function infoOf(recording: Recording, file: string, wantStats: boolean): Promise<Info> {
  const shots: ShotInfo[] = [];
  const problems: Problem[] = [...recording.problems];
  const stats = wantStats ? statistics() : undefined;
  let head: readonly number[] | undefined;
  let recorder: string | undefined;
  for await (const shot of recording.shots({ amplitudes: wantStats })) {
    shots.push(shotInfo(shot));
    problems.push(...shot.problems);
    recorder ??= shot.recorder;
    if (!stats) continue;
    for (let i = 0; i < shot.traces.length; i++) stats.add(recorded(shot, i));
    head ??= shot.traces.length > 0 ? [...recorded(shot, 0).subarray(0, 8)] : undefined;
  }
  return {
    file,
    format: recording.format,
    revision: recording.revision ?? null,
    byteOrder: recording.byteOrder,
    sampleFormat: recording.sampleFormat,
    recorder: recorder ?? null,
    traces: shots.reduce((total, shot) => total + shot.traces, 0),
    shots,
    problems: distinctProblems(problems).map(({ code, message }) => ({ code, message })),
    ...(stats && { stats: stats.result(), head: (head ?? []).map(numberOrNull) }),
  };
}

const shotInfo = (shot: Shot): ShotInfo => ({
  ffid: shot.ffid ?? null,
  traces: shot.traces.length,
  samples: shot.samples,
  sampleIntervalMs: shot.sampleInterval ?? null,
  firstSampleMs: shot.firstSample.time,
  firstSampleFrom: shot.firstSample.from,
});

/** What was recorded of a trace, without the zeros that fill its row. */
function recorded(shot: Shot, trace: number): Float32Array {
  const { start, count } = shot.traces[trace];
  return row(shot, trace).subarray(start, start + count);
}

interface Stats {
  readonly min: number | null;
  readonly max: number | null;
  readonly rms: number | null;
  readonly nonFinite: number;
}

/** Over the finite samples, in stored values. */
function statistics() {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let square = 0;
  let finite = 0;
  let nonFinite = 0;
  return {
    add(samples: Float32Array): void {
      for (let i = 0; i < samples.length; i++) {
        const value = samples[i];
        if (!Number.isFinite(value)) {
          nonFinite++;
          continue;
        }
        finite++;
        square += value * value;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    },
    result: (): Stats => ({
      min: numberOrNull(min),
      max: numberOrNull(max),
      rms: finite === 0 ? null : Math.sqrt(square / finite),
      nonFinite,
    }),
  };
}

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  segy: 'SEG-Y',
  su: 'Seismic Unix',
  seg2: 'SEG-2',
  segd: 'SEG-D',
  rg16: 'Fairfield RG16 (SEG-D)',
  hdf5: 'HDF5',
};
/** More shots than this are summed up. */
const SHOTS_LISTED = 8;

function infoText(info: Info): string {
  const { format, revision, byteOrder, sampleFormat, recorder, traces, shots, problems, stats, head } = info;
  const name = FORMAT_NAMES[format];
  const words = sampleWords(format, sampleFormat);
  const lines = [
    info.file,
    `  ${name}${revision ? ` revision ${revision}` : ''}, ${byteOrder === 'pair-swapped' ? 'byte pairs swapped' : `${byteOrder}-endian`}, sample format ${sampleFormat}${words ? ` (${words})` : ''}`,
    ...(recorder ? [`  written by ${recorder}`] : []),
    `  ${plural(traces, 'trace')} in ${plural(shots.length, 'shot')}`,
    ...shots.slice(0, SHOTS_LISTED).map((shot) => `  ${shotText(shot)}`),
    ...(shots.length > SHOTS_LISTED ? [`  … and ${shots.length - SHOTS_LISTED} more`] : []),
    ...(stats
      ? [
          `  samples from ${stats.min} to ${stats.max}, root mean square ${stats.rms?.toPrecision(7)}, ${stats.nonFinite} not finite`,
          `  first samples ${head?.join(' ')}`,
        ]
      : []),
    ...problems.map(({ code, message }) => `  ! ${code}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

function shotText({ ffid, traces, samples, sampleIntervalMs, firstSampleMs, firstSampleFrom }: ShotInfo): string {
  const interval = sampleIntervalMs === null ? 'at an unknown interval' : `at ${decimals(sampleIntervalMs, 6)} ms`;
  return `FFID ${ffid ?? '?'}: ${plural(traces, 'trace')} × ${samples} samples ${interval}, first sample ${decimals(firstSampleMs, 4)} ms (${firstSampleFrom})`;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
