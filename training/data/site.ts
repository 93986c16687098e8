/**
 * A site on disk: a folder of shots with a table of picks (picks.csv or any other kind that is read, .sgt among them), or a survey
 * in one hardpicks HDF5 file. Shots come one at a time, each with what people said of its traces.
 */
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isRecordError, RecordError } from '#shared/errors.ts';
import { hdf5 } from '#shared/formats/hdf5/hardpicks.ts';
import { isHdf5 } from '#shared/formats/hdf5/signature.ts';
import { open } from '#shared/formats/open.ts';
import { type Shot, timed } from '#shared/gather.ts';
import type { Pick } from '#shared/picks.ts';
import { matchFiles } from '#shared/report/match-files.ts';
import { readPickFile } from '#shared/report/pick-file.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { bytesAt } from '#shared/source.ts';
import { fileSource, filesBelow, isDirectory, textOf } from '../files.ts';
import { type HardpicksOptions, hardpicksGathers } from './hardpicks.ts';
import type { Label, LabelledShot } from './labelled.ts';

export interface SiteOptions extends HardpicksOptions {
  /** The table, where it is not the folder's only one. @default picks.csv, else the only table found */
  readonly picks?: string;
  /** Whose passes count, where several people picked. @default the first one of each trace */
  readonly picker?: string;
  /** @default name of the folder or file */
  readonly site?: string;
  /** Told of each file that could not be read; the others are delivered. @default ends at the first one */
  readonly failed?: (error: RecordError) => void;
}

/**
 * @param path a folder, or a hardpicks file
 * @throws RecordError when there are no picks, none of them belongs to a shot, or a file of picks cannot be read
 */
export async function* readSite(
  path: string,
  options: SiteOptions = {},
): AsyncGenerator<LabelledShot, void, undefined> {
  const site = options.site ?? basename(resolve(path)).replace(/\.(hdf5|hdf|h5)$/i, '');
  if (isDirectory(path)) return yield* readFolder(path, site, options);
  const source = await fileSource(path);
  if (!isHdf5(await bytesAt(source, 0, 16)))
    throw new RecordError('not-recognised', path, `expected a folder or a hardpicks HDF5 file, found neither`);
  const recording = await hdf5.open(source, {});
  yield* hardpicksGathers(source, recording, site, options);
}

async function* readFolder(
  folder: string,
  site: string,
  { picks, picker, failed }: SiteOptions,
): AsyncGenerator<LabelledShot, void, undefined> {
  const files = filesBelow(folder);
  const table = picks ?? tableOf(folder, files);
  const rows = readPickFile(textOf(table), table).filter((row) => picker === undefined || row.picker === picker);
  if (rows.length === 0)
    throw new RecordError('empty', table, `expected picks${picker ? ` of ${picker}` : ''}, found none`);
  let found = 0;
  for (const file of shotFiles(folder, files, table, rows)) {
    try {
      const recording = await open(await fileSource(file));
      for await (const shot of recording.shots()) {
        const labelled = labelsOf(rows, shot, file, site, relative(folder, file).split(sep).join('/'));
        if (labelled.labels.every(({ kind }) => kind === 'unknown')) continue;
        found++;
        yield labelled;
      }
    } catch (error) {
      if (!isRecordError(error)) throw error;
      // Notes and licences stand beside the shots.
      if (error.code === 'not-recognised' && !rows.some((row) => row.file !== undefined)) continue;
      if (!failed) throw error;
      failed(error);
    }
  }
  if (found === 0)
    throw new RecordError('empty', table, `expected picks of shots in ${folder}, found none that belongs to one`);
}

const TABLE = /\.(csv|sgt)$/i;

function tableOf(folder: string, files: readonly string[]): string {
  const usual = join(folder, 'picks.csv');
  if (files.includes(usual)) return usual;
  const tables = files.filter((file) => TABLE.test(file));
  if (tables.length === 1) return tables[0];
  throw new RecordError(
    'empty',
    folder,
    `expected picks.csv or one .csv or .sgt, found ${tables.length === 0 ? 'none' : tables.map((file) => basename(file)).join(', ')}`,
  );
}

/** Those that the table names; all others where it names none. */
function shotFiles(
  folder: string,
  files: readonly string[],
  table: string,
  rows: readonly ReferencePick[],
): readonly string[] {
  const named = [...new Set(rows.flatMap((row) => row.file ?? []))];
  const offered = files.filter((file) => file !== table && !TABLE.test(file));
  if (named.length === 0) return offered;
  const matches = matchFiles(
    named.map((file) => join(dirname(table), file)),
    offered,
  );
  const wanted = named.flatMap((file) => {
    const match = matches.get(join(dirname(table), file));
    return match?.kind === 'one' ? [match.file] : [];
  });
  if (wanted.length === 0)
    throw new RecordError(
      'empty',
      folder,
      `expected the files of ${basename(table)} (${named[0]}, …), found none of ${named.length}`,
    );
  return wanted;
}

function labelsOf(rows: readonly ReferencePick[], read: Shot, path: string, site: string, file: string): LabelledShot {
  const shot = timed(read, path);
  return { site, file, shot, labels: picksOfShot(rows, shot, path).map(labelOf) };
}

const labelOf = (pick: Pick | undefined): Label =>
  pick?.kind === 'picked'
    ? { kind: 'onset', time: pick.time }
    : pick?.reason === 'dead'
      ? { kind: 'dead' }
      : { kind: 'unknown' };
