/** `firstbreak convert`: shots in another format, or picks into the trace headers of a copy of a SEG-Y file. */
import { extname, join } from 'node:path';
import { RecordError } from '#shared/errors.ts';
import type { Recording } from '#shared/gather.ts';
import { choiceOption, numberOption, type OptionValues, UsageError } from '#shared/options.ts';
import type { Milliseconds } from '#shared/units.ts';
import { openFile } from '../files.ts';
import { defineCommand, openOptions, READ_OPTIONS } from './command.ts';
import { refuseInputs } from './inputs.ts';
import { distinctNames, fileSink, isDirectoryPath, writeFile } from './output.ts';
import { readPicks } from './pick-tables.ts';
import { readEach } from './reading.ts';

const FORMATS = ['segy', 'seg2', 'segd'] as const;
type TargetFormat = (typeof FORMATS)[number];
const ENDINGS: Readonly<Record<string, TargetFormat>> = {
  sgy: 'segy',
  segy: 'segy',
  sg2: 'seg2',
  seg2: 'seg2',
  dat: 'seg2',
  segd: 'segd',
  sgd: 'segd',
};
const USUAL_ENDING: Readonly<Record<TargetFormat, string>> = { segy: '.sgy', seg2: '.sg2', segd: '.segd' };

const options = {
  out: { type: 'string', value: 'FILE|DIR', help: 'the new file; its ending tells the format' },
  format: { type: 'string', value: 'NAME', help: 'segy, seg2 (one file a shot) or segd' },
  revision: { type: 'string', value: '1|2', help: 'of SEG-Y (default 1)' },
  picks: { type: 'string', value: 'FILE', help: 'write these picks into the headers of a copy of a SEG-Y file' },
  at: { type: 'string', value: 'BYTE', help: 'with --picks: first byte of the header word, counted from 1' },
  as: { type: 'string', value: 'TYPE', help: 'with --picks: i16, u16, i32, u32 or f32 (default i32)' },
  unit: { type: 'string', value: 'UNIT', help: 'with --picks: us, ms or samples (default us)' },
  'no-pick': { type: 'string', value: 'N', help: 'with --picks: value for traces without a pick (default 0)' },
  ...READ_OPTIONS,
} as const;
type Values = OptionValues<typeof options>;

export const command = defineCommand({
  usage: 'FILE --out FILE|DIR [--format NAME] | FILE.sgy --picks PICKS --at BYTE --out FILE.sgy',
  about:
    'Writes the shots of a file in another format, or a copy of a SEG-Y file that carries picks in its trace headers.\n' +
    'There is no standard place for picks: say which bytes the next program reads.',
  options,
  async run({ values, positionals }) {
    if (positionals.length !== 1) throw new UsageError(`expected one file, found ${positionals.length}`);
    const [path] = positionals;
    const { out } = values;
    if (out === undefined) throw new UsageError('--out: expected the name of the new file, found nothing');
    await refuseInputs(out, [{ path, named: true }]);
    return readEach([{ path, named: true }], {
      options: openOptions(values),
      read: (recording) =>
        values.picks === undefined ? convert(recording, path, out, values) : intoHeaders(recording, path, out, values),
    });
  },
});

async function convert(recording: Recording, path: string, out: string, values: Values): Promise<string> {
  const format = formatOf(values.format, out);
  if (format === 'seg2') return intoSeg2(recording, path, out);
  const target = isDirectoryPath(out) ? join(out, distinctNames()(path, USUAL_ENDING[format])) : out;
  await refuseInputs(target, [{ path, named: true }]);
  const sink = fileSink(target);
  if (format === 'segy') {
    const { writeSegy } = await import('#shared/formats/segy/write.ts');
    const revision = choiceOption('revision', values.revision ?? '1', ['1', '2']) === '2' ? 2 : 1;
    for await (const chunk of writeSegy(recording.shots(), { revision })) await sink.write(chunk);
  } else {
    const { writeSegd } = await import('#shared/formats/segd/write.ts');
    for await (const chunk of writeSegd(recording.shots(), { name: path })) await sink.write(chunk);
  }
  await sink.commit();
  return target;
}

function formatOf(asked: string | undefined, out: string): TargetFormat {
  if (asked !== undefined) return choiceOption('format', asked, FORMATS);
  const format = ENDINGS[extname(out).slice(1).toLowerCase()];
  if (format === undefined) throw new UsageError(`--format: expected ${FORMATS.join(', ')}, as '${out}' does not tell`);
  return format;
}

/** SEG-2 holds one shot a file: further ones get their FFID in the name, or all do in a directory. */
async function intoSeg2(recording: Recording, path: string, out: string): Promise<string> {
  const { writeSeg2 } = await import('#shared/formats/seg2/write.ts');
  const name = distinctNames();
  const directory = isDirectoryPath(out);
  const ending = directory ? USUAL_ENDING.seg2 : extname(out);
  const written: string[] = [];
  for await (const shot of recording.shots()) {
    const which = `-${shot.ffid === undefined ? written.length + 1 : `ffid${shot.ffid}`}`;
    const target = directory
      ? join(out, name(path, `${which}${ending}`))
      : written.length === 0
        ? out
        : join(out, '..', name(out, `${which}${ending}`));
    await refuseInputs(target, [{ path, named: true }]);
    await writeFile(target, writeSeg2(shot));
    written.push(target);
  }
  return written.join(', ');
}

async function intoHeaders(recording: Recording, path: string, out: string, values: Values): Promise<string> {
  if (recording.format !== 'segy')
    throw new RecordError('unsupported', path, `expected SEG-Y to write picks into, found ${recording.format}`);
  const { withPicks, PICK_KINDS, PICK_UNITS } = await import('#shared/formats/segy/pick-words.ts');
  const at = numberOption('at', values.at, { min: 1, max: 240 });
  if (at === undefined) throw new UsageError('--at: expected the first byte of the header word, found nothing');
  const times = await picksByTrace(recording, path, values.picks!);
  if (times.size === 0)
    throw new RecordError('empty', values.picks!, `expected picks of ${path}, found none for its traces`);
  const settings = {
    at,
    as: choiceOption('as', values.as ?? 'i32', PICK_KINDS),
    unit: choiceOption('unit', values.unit ?? 'us', PICK_UNITS),
    noPick: numberOption('no-pick', values['no-pick']) ?? 0,
  };
  const source = openFile(path);
  try {
    const sink = fileSink(out);
    for await (const chunk of withPicks(source, times, settings, openOptions(values))) await sink.write(chunk);
    await sink.commit();
  } finally {
    source.close();
  }
  return `${times.size} picks into bytes ${at}… of ${out}`;
}

/** Times after the shot, by the place of the trace in the file. */
async function picksByTrace(recording: Recording, path: string, table: string): Promise<Map<number, Milliseconds>> {
  const { picksOfShot } = await import('#shared/report/picks-of-shot.ts');
  const rows = readPicks(table);
  const times = new Map<number, Milliseconds>();
  for await (const shot of recording.shots({ amplitudes: false }))
    picksOfShot(rows, shot, path).forEach((pick, i) => {
      if (pick?.kind === 'picked') times.set(shot.traces[i].index, pick.time);
    });
  return times;
}
