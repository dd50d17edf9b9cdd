import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { TableSpec } from "../../../schemas/table.ts";
import type { ColumnBatch } from "../../columns/column.ts";
import { parquetSchema } from "../../derive/parquet.ts";
import { writeChunk } from "./chunk_writer.ts";
import { type Compression, COMPRESSIONS, type PageCompression } from "./compression.ts";
import { type StoredColumn, storedColumns } from "./stored_columns.ts";

/**
 * Writes batches of columns to a Parquet file. The caller writes what {@linkcode ParquetColumnsWriter.write}
 * and then {@linkcode ParquetColumnsWriter.finish} return, in this order.
 */
export class ParquetColumnsWriter {
  readonly #columns: readonly StoredColumn[];
  readonly #compression: PageCompression;
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;

  constructor(spec: TableSpec, compression: Compression) {
    this.#columns = storedColumns(spec);
    this.#compression = COMPRESSIONS[compression];
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: parquetSchema(spec),
      createdBy: "totesys",
    });
  }

  /**
   * Returns the bytes of a batch, which becomes one row group: see `RowGroups`. The columns are in the order
   * of the spec and in its storage.
   *
   * @throws {RangeError} when a value does not fit its column. The file is then lost.
   */
  write({ rows, columns }: ColumnBatch): Uint8Array {
    const start = this.#bytes.offset;
    const stored = this.#columns.flatMap((toStored, i) =>
      toStored({ column: columns[i], from: 0, to: rows })
    );
    const chunks = stored.map(([element, range]) =>
      writeChunk(this.#bytes, element, range, this.#compression)
    );
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
    return this.#take();
  }

  /** Returns the last bytes of the file. */
  finish(): Uint8Array {
    this.#file.finish();
    return this.#take();
  }

  /** Returns the bytes since the last call. Offsets in the footer still count from the start of the file. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}
