import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { TableSpec } from "../../../schemas/table.ts";
import type { ColumnBatch } from "../../columns/column.ts";
import { parquetSchema } from "../../derive/parquet.ts";
import { type Pages, writeChunk } from "./chunk_writer.ts";
import { type Compression, COMPRESSIONS } from "./compression.ts";
import { PageMemory } from "./page_encoder.ts";
import { type StoredColumn, storedColumns } from "./stored_columns.ts";

/**
 * Writes batches of columns to a Parquet file. The caller takes its bytes as they come, the last ones after
 * {@linkcode ParquetColumnsWriter.finish}.
 */
export class ParquetColumnsWriter {
  readonly #columns: readonly StoredColumn[];
  readonly #bytes = new ByteWriter();
  readonly #pages: Pages;
  readonly #file: ParquetWriter;

  constructor(spec: TableSpec, compression: Compression) {
    this.#columns = storedColumns(spec);
    this.#pages = {
      writer: this.#bytes,
      compression: COMPRESSIONS[compression],
      memory: new PageMemory(),
    };
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: parquetSchema(spec),
      createdBy: "totesys",
    });
  }

  /**
   * Writes a batch, which becomes one row group: see `RowGroups`. The columns are in the order of the spec and
   * in its storage.
   *
   * @throws {RangeError} when a value does not fit its column. The file is then lost.
   */
  write({ rows, columns }: ColumnBatch): void {
    const start = this.#bytes.offset;
    const stored = this.#columns.flatMap((toStored, i) =>
      toStored({ column: columns[i], from: 0, to: rows })
    );
    const chunks = stored.map(([element, range]) => writeChunk(this.#pages, element, range));
    this.#file.num_rows += BigInt(rows);
    this.#file.row_groups.push({
      columns: chunks,
      num_rows: BigInt(rows),
      total_byte_size: chunks.reduce(
        (sum, chunk) => sum + chunk.meta_data!.total_uncompressed_size,
        0n,
      ),
      total_compressed_size: BigInt(this.#bytes.offset - start),
    });
  }

  /** Ends the file. */
  finish(): void {
    this.#file.finish();
  }

  /** Yields the bytes since the last call, if there are any. They are valid until more is written. */
  *take(): Generator<Uint8Array> {
    const bytes = this.#bytes.getBytes();
    // Offsets in the footer still count from the start of the file.
    this.#bytes.index = 0;
    if (bytes.length > 0) yield bytes;
  }
}
