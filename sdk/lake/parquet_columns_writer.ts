import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { TableSpec } from "../../schemas/table.ts";
import type { ColumnBatch } from "../columns/column.ts";
import { parquetMappings, parquetSchema } from "../derive/parquet.ts";
import { writeChunk } from "./parquet_chunk.ts";
import { type Compression, type PageCompression, pageCompression } from "./parquet_compression.ts";
import { type StoredColumn, storedColumns } from "./parquet_stored.ts";

/** Rows of a row group at most. */
export const ROW_GROUP_ROWS = 65_536;
/** Bytes of text after which a row group ends. */
export const ROW_GROUP_BYTES = 8 * 2 ** 20;

/** How a Parquet file is written. */
export interface ParquetOptions {
  /** The compression of its pages. */
  readonly compression: Compression;
}

/**
 * Writes batches of columns to a Parquet file. The caller writes what {@linkcode ParquetColumnsWriter.write}
 * and then {@linkcode ParquetColumnsWriter.finish} return, in this order.
 */
export class ParquetColumnsWriter {
  readonly #columns: readonly StoredColumn[];
  readonly #compression: PageCompression;
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;

  constructor(spec: TableSpec, { compression }: ParquetOptions) {
    this.#columns = storedColumns(spec);
    this.#compression = pageCompression(compression);
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: parquetSchema(parquetMappings(spec)),
      createdBy: "totesys",
    });
  }

  /**
   * Returns the bytes of a batch, which becomes one row group, or several when it is too large for one.
   * The caller collects small batches: each makes a row group of its own. The columns are in the order of the
   * spec and in its storage.
   *
   * @throws {RangeError} when a value does not fit its column. The file is then lost.
   */
  write(batch: ColumnBatch): Uint8Array {
    for (let from = 0; from < batch.rows;) {
      const to = endOfGroup(batch, from);
      this.#writeGroup(batch, from, to);
      from = to;
    }
    return this.#take();
  }

  /** Returns the last bytes of the file. */
  finish(): Uint8Array {
    this.#file.finish();
    return this.#take();
  }

  #writeGroup({ columns }: ColumnBatch, from: number, to: number): void {
    const start = this.#bytes.offset;
    const stored = this.#columns.flatMap((toStored, i) =>
      toStored({ column: columns[i], from, to })
    );
    const chunks = stored.map(([element, range]) =>
      writeChunk(this.#bytes, element, range, this.#compression)
    );
    this.#file.num_rows += BigInt(to - from);
    this.#file.row_groups.push({
      columns: chunks,
      num_rows: BigInt(to - from),
      total_byte_size: chunks.reduce(
        (sum, chunk) => sum + chunk.meta_data!.total_uncompressed_size,
        0n,
      ),
      total_compressed_size: BigInt(this.#bytes.offset - start),
    });
  }

  /** Returns the bytes since the last call. Offsets in the footer still count from the start of the file. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

/** Returns where a row group that starts at `from` ends: it has at least one row. */
function endOfGroup({ rows, columns }: ColumnBatch, from: number): number {
  const texts = columns.filter((column) => column.storage === "text");
  const bytes = (to: number) =>
    texts.reduce((sum, { offsets }) => sum + offsets[to] - offsets[from], 0);
  let [least, most] = [from + 1, Math.min(rows, from + ROW_GROUP_ROWS)];
  while (least < most) {
    const middle = (least + most + 1) >> 1;
    if (bytes(middle) > ROW_GROUP_BYTES) most = middle - 1;
    else least = middle;
  }
  return least;
}
