/** The picks table as Apache Parquet, with the columns of the CSV: a row group a shard, handed on as soon as it is full. */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { ShotJson } from '#shared/report/json.ts';

type Column = readonly [name: string, type: 'STRING' | 'INT32' | 'INT64' | 'DOUBLE', nullable: boolean];

/** In the order of the values of `rowsOf`. */
const COLUMNS = [
  ['file', 'STRING', false],
  ['trace', 'INT64', false],
  ['ffid', 'INT64', true],
  ['channel', 'INT64', false],
  ['offset_m', 'DOUBLE', true],
  ['time_ms', 'DOUBLE', true],
  ['sample', 'DOUBLE', true],
  ['confidence', 'DOUBLE', true],
  ['status', 'STRING', false],
  ['reason', 'STRING', true],
  ['model', 'STRING', false],
] as const satisfies readonly Column[];

/** Rows of a group: what a reader holds at once. */
const GROUP_ROWS = 100_000;

export interface ParquetTable {
  /** @returns the bytes that are complete now */
  add(shots: readonly ShotJson[]): Uint8Array;
  end(): Uint8Array;
}

export function parquetTable(file: string, model: string): ParquetTable {
  const writer = new ByteWriter();
  const schema = schemaFromColumnData({
    columnData: COLUMNS.map(([name, type, nullable]) => ({ name, type, nullable, data: [] })),
  });
  const table = new ParquetWriter({ writer, schema, createdBy: 'firstbreak' });
  /** Lets go of what was handed on; `offset` goes on counting. */
  const taken = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  return {
    add(shots) {
      const columns: unknown[][] = COLUMNS.map(() => []);
      for (const shot of shots)
        for (const row of rowsOf(shot, file, model)) for (const [i, value] of row.entries()) columns[i].push(value);
      if (columns[0].length === 0) return new Uint8Array(0);
      const columnData = COLUMNS.map(([name, type, nullable], i) => ({ name, type, nullable, data: columns[i] }));
      table.write({ columnData, rowGroupSize: GROUP_ROWS });
      return taken();
    },
    end() {
      table.finish();
      return taken();
    },
  };
}

function* rowsOf({ ffid, picks }: ShotJson, file: string, model: string): Generator<readonly unknown[]> {
  const id = ffid === null ? null : BigInt(ffid);
  for (const { trace, channel, offsetM, timeMs, sample, confidence, status, reason } of picks)
    yield [file, BigInt(trace), id, BigInt(channel), offsetM, timeMs, sample, confidence, status, reason, model];
}
