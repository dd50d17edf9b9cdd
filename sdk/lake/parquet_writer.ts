import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import {
  type ParquetColumn,
  parquetMappings,
  parquetSchema,
  type Physical,
} from "../derive/parquet.ts";
import { RowError } from "../errors.ts";

/** Limits of a row group. The writer has one in memory. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 8_000_000;

/**
 * Writes rows to a Parquet file, one row group at a time. A row with a value that does not fit its column
 * is left out and passed to `refuse`.
 *
 * @throws {RowError} when a value does not fit and there is no `refuse`. The message names row and column.
 */
export async function* writeParquet(
  spec: TableSpec,
  batches: AsyncIterable<readonly AnyRow[]>,
  refuse?: (row: AnyRow, error: RowError) => void,
): AsyncGenerator<Uint8Array> {
  const file = new ParquetFile(spec);
  for await (const rows of batches) {
    for (const row of rows) {
      try {
        file.add(row);
      } catch (error) {
        if (!refuse || !(error instanceof RowError)) throw error;
        refuse(row, error);
      }
      if (file.groupIsFull) yield file.endGroup();
    }
  }
  yield file.end();
}

/** Returns a function that returns why a row cannot be written, or undefined when it can. */
export function writingProblem(spec: TableSpec): (row: AnyRow) => string | undefined {
  const file = new ParquetFile(spec);
  return (row) => {
    try {
      return void file.check(row);
    } catch (error) {
      if (error instanceof RowError) return error.message;
      throw error;
    }
  };
}

/** The values of one column in the current row group. The next group overwrites them. */
type ColumnBuffer = { [index: number]: Physical; slice(start: number, end: number): unknown };

/** Integers that are never NULL are in typed arrays, which the garbage collector does not scan. */
function columnBuffer({ element: { type, repetition_type } }: ParquetColumn): ColumnBuffer {
  if (repetition_type === "REQUIRED" && type === "INT32") {
    return new Int32Array(GROUP_ROWS) as never;
  }
  if (repetition_type === "REQUIRED" && type === "INT64") {
    return new BigInt64Array(GROUP_ROWS) as never;
  }
  return new Array<Physical>(GROUP_ROWS) as ColumnBuffer;
}

class ParquetFile {
  readonly #spec: TableSpec;
  readonly #columns: { name: string; parquet: ParquetColumn }[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #group: ColumnBuffer[];
  #rows = 0;
  #characters = 0;

  constructor(spec: TableSpec) {
    const mappings = parquetMappings(spec);
    this.#spec = spec;
    this.#columns = mappings.flatMap(({ name, columns }) =>
      columns.map((parquet) => ({ name, parquet }))
    );
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: parquetSchema(mappings),
      createdBy: "totesys",
    });
    this.#group = this.#columns.map(({ parquet }) => columnBuffer(parquet));
  }

  get groupIsFull(): boolean {
    return this.#rows >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS;
  }

  /** Adds a row. When it throws, the row is left out, and the next one overwrites its values. */
  add(row: AnyRow): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const { name, parquet } = this.#columns[i];
      const value = row[name];
      if (typeof value === "string") this.#characters += value.length;
      this.#group[i][this.#rows] = this.#encode(parquet, row, name);
    }
    this.#rows++;
  }

  /** Throws what {@linkcode ParquetFile.add} would throw, and adds nothing. */
  check(row: AnyRow): void {
    for (const { name, parquet } of this.#columns) this.#encode(parquet, row, name);
  }

  endGroup(): Uint8Array {
    this.#writer.write({
      columnData: this.#columns.map(({ parquet }, i) => ({
        name: parquet.element.name,
        data: this.#group[i].slice(0, this.#rows) as ArrayLike<unknown> as unknown[],
      })),
      rowGroupSize: this.#rows,
    });
    this.#rows = 0;
    this.#characters = 0;
    return this.#take();
  }

  end(): Uint8Array {
    const last = this.#rows > 0 ? [this.endGroup()] : [];
    this.#writer.finish();
    return concat([...last, this.#take()]);
  }

  #encode(parquet: ParquetColumn, row: AnyRow, name: string): Physical {
    try {
      return parquet.encode(row[name]);
    } catch (cause) {
      const { name: table, key } = this.#spec;
      throw new RowError(
        `${table} ${row[key]}: ${name}: ${(cause as Error).message}`,
        { stage: "transform", table, cause },
      );
    }
  }

  /** Returns the bytes since the last call. Offsets in the footer still count from the start of the file. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
