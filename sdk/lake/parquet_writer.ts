import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import {
  type ParquetColumn,
  parquetMappings,
  parquetSchema,
  type Physical,
} from "../derive/parquet.ts";
import { RowError } from "../errors.ts";

/** Bounds of one row group, which is what the writer holds in memory. */
const GROUP_ROWS = 20_000;
const GROUP_CHARACTERS = 8_000_000;

/**
 * Writes rows as one Parquet file, a row group at a time.
 *
 * @throws {RowError} when a value does not fit its column, naming the row and the column.
 */
export async function* writeParquet(
  spec: TableSpec,
  batches: AsyncIterable<readonly AnyRow[]>,
): AsyncGenerator<Uint8Array> {
  const file = new ParquetFile(spec);
  for await (const rows of batches) {
    for (const row of rows) {
      file.add(row);
      if (file.groupIsFull) yield file.endGroup();
    }
  }
  yield file.end();
}

class ParquetFile {
  readonly #spec: TableSpec;
  readonly #columns: { name: string; parquet: ParquetColumn }[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #group: Physical[][] = [];
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
    this.#startGroup();
  }

  get groupIsFull(): boolean {
    return this.#rows >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS;
  }

  add(row: AnyRow): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const { name, parquet } = this.#columns[i];
      const value = row[name];
      if (typeof value === "string") this.#characters += value.length;
      this.#group[i].push(this.#encode(parquet, row, name));
    }
    this.#rows++;
  }

  endGroup(): Uint8Array {
    this.#writer.write({
      columnData: this.#columns.map(({ parquet }, i) => ({
        name: parquet.element.name,
        data: this.#group[i],
      })),
      rowGroupSize: this.#rows,
    });
    this.#startGroup();
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

  #startGroup(): void {
    this.#group = this.#columns.map(() => []);
    this.#rows = 0;
    this.#characters = 0;
  }

  /** The bytes since the last take. The offsets in the file's footer go on counting. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
