/**
 * Labelled gathers of the hardpicks surveys by the benchmark's own rules (St-Charles et al. 2024, mila-iqia/hardpicks,
 * `data/fbp/trace_parser.py`, `gather_parser.py`): a gather is one shot on one receiver line, numbered over sorted shots and lines;
 * a time of 0 or less is no pick, and where no trace has one, or a list calls the gather bad, it is left out.
 */
import { RecordError } from '#shared/errors.ts';
import { hardpicksLabels, type LabelField } from '#shared/formats/hdf5/hardpicks.ts';
import { type Recording, row, type Shot, timed } from '#shared/gather.ts';
import type { ByteSource } from '#shared/source.ts';
import type { Milliseconds } from '#shared/units.ts';
import type { Label, LabelledShot } from './labelled.ts';

export interface HardpicksOptions {
  /** @default the first of SPARE1–4 that holds any; Lalor's are in SPARE2 */
  readonly labelField?: LabelField;
  /** Digits of the receiver in REC_PEG; what stands before them is the line. @default 3; 4 in Halfmile */
  readonly receiverDigits?: number;
  /** Numbers of gathers that are not to be trusted, of this survey. */
  readonly badGathers?: ReadonlySet<number>;
}

/** Every sample of the trace is this near to zero: the benchmark's dead receiver. */
const DEAD_BELOW = 1e-8;

export async function* hardpicksGathers(
  source: ByteSource,
  recording: Recording,
  site: string,
  { labelField, receiverDigits = 3, badGathers = new Set() }: HardpicksOptions = {},
): AsyncGenerator<LabelledShot, void, undefined> {
  const labels = await hardpicksLabels(source, labelField ? { field: labelField } : {});
  const times = new Map<number, Milliseconds>();
  for (const { trace, time } of labels) if (time !== undefined) times.set(trace, time);
  const lineOf = (channel: number) => Math.floor(channel / 10 ** receiverDigits);
  const numbers = await gatherNumbers(recording, lineOf);
  for await (const read of recording.shots()) {
    const shot = timed(read, source.name);
    for (const [line, traces] of [...linesOf(shot, lineOf)].sort(([a], [b]) => a - b)) {
      const number = numbers.get(keyOf(shot, line))!;
      if (badGathers.has(number) || !traces.some((i) => times.has(shot.traces[i].index))) continue;
      const gather = part(shot, traces);
      yield {
        site,
        file: `${source.name}#${number}`,
        shot: gather,
        labels: gather.traces.map((trace, i): Label => {
          const time = times.get(trace.index);
          if (row(gather, i).every((value) => Math.abs(value) <= DEAD_BELOW)) return { kind: 'dead' };
          // A time behind the record is no pick either.
          const within = time !== undefined && time < gather.samples * gather.sampleInterval;
          return within ? { kind: 'onset', time } : { kind: 'unknown' };
        }),
      };
    }
  }
}

/** SHOT_PEG where it tells shots apart, else SHOTID. */
const shotId = (shot: Shot): number => shot.sourcePoint ?? shot.ffid ?? 0;
const keyOf = (shot: Shot, line: number) => `${shotId(shot)} ${line}`;

/** Over shots and lines in rising order, those that meet. */
async function gatherNumbers(recording: Recording, lineOf: (channel: number) => number): Promise<Map<string, number>> {
  const met: { readonly shot: number; readonly line: number; readonly key: string }[] = [];
  for await (const shot of recording.shots({ amplitudes: false }))
    for (const line of linesOf(shot, lineOf).keys()) met.push({ shot: shotId(shot), line, key: keyOf(shot, line) });
  met.sort((a, b) => a.shot - b.shot || a.line - b.line);
  return new Map([...new Set(met.map(({ key }) => key))].map((key, number) => [key, number]));
}

function linesOf(shot: Shot, lineOf: (channel: number) => number): Map<number, number[]> {
  return Map.groupBy(
    shot.traces.map((_, i) => i),
    (i) => lineOf(shot.traces[i].channel),
  );
}

function part<S extends Shot>(shot: S, traces: readonly number[]): S {
  const amplitudes = new Float32Array(traces.length * shot.samples); // [trace, sample]
  traces.forEach((trace, i) => {
    amplitudes.set(row(shot, trace), i * shot.samples);
  });
  return { ...shot, amplitudes, traces: traces.map((trace) => shot.traces[trace]) };
}

/**
 * Lists of bad gathers as hardpicks keeps them: YAML of sites, under each the numbers of gathers with facts that are not needed,
 * in braces or on lines of their own.
 * @throws RecordError `malformed`, naming the line
 */
export function readBadGathers(text: string, file: string): ReadonlyMap<string, ReadonlySet<number>> {
  const sites = new Map<string, Set<number>>();
  let current: { readonly gathers: Set<number>; indent: number | undefined } | undefined;
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const bare = line.replace(/(^|\s)#.*$/, '').trimEnd();
    if (bare.trim() === '' || bare === '---') continue;
    const [, blank, key] = /^( *)["']?([^"':]+)["']?\s*:/.exec(bare) ?? [];
    if (key === undefined)
      throw new RecordError(
        'malformed',
        file,
        `expected "site:" or "number: …", found "${bare.slice(0, 60)}" in line ${i + 1}`,
      );
    if (blank === '') {
      current = { gathers: sites.get(key) ?? new Set(), indent: undefined };
      sites.set(key, current.gathers);
      continue;
    }
    if (!current)
      throw new RecordError(
        'malformed',
        file,
        `expected a site first, found "${bare.trim().slice(0, 60)}" in line ${i + 1}`,
      );
    current.indent ??= blank.length;
    if (blank.length > current.indent) continue; // facts about the gather
    const number = Number(key);
    if (!Number.isInteger(number) || number < 0)
      throw new RecordError('malformed', file, `expected the number of a gather, found "${key}" in line ${i + 1}`);
    current.gathers.add(number);
  }
  return sites;
}
