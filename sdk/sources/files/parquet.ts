/**
 * Reads Parquet files of any writer. Decimals, dates and times are exact: the library's own conversions are not.
 *
 * @module
 */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import type { ColumnSpec } from "../../../schemas/columns.ts";
import { ChangedDocumentError, EtlError } from "../../errors.ts";
import { DECOMPRESSORS } from "../../lake/parquet/compression.ts";
import type { ByteRange } from "../../lake/store.ts";
import { cellReader, isFloat, withoutConversion } from "./parquet_cells.ts";
import type { RecordBatch } from "./records.ts";
import { refused } from "./refused.ts";

/** A Parquet file, and what is wanted from it. */
export interface ParquetSource {
  /** Size in bytes. */
  readonly bytes: number;
  /** Reads a part of the file. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
  /** Returns the column that a header belongs to; undefined if it is none. */
  columnOf(header: string): ColumnSpec | undefined;
}

/** The most rows that are yielded together, and about the most bytes of their texts. */
const BATCH_ROWS = 1_000, BATCH_BYTES = 4 * 2 ** 20;
/** The most of a row group, which is in memory: bytes as they are stored, and values. */
const GROUP_BYTES = 64 * 2 ** 20;
const GROUP_CELLS = 6_000_000;
/** Values that are decoded at once, where pages are smaller. */
const SLICE_CELLS = 100_000;
/** No footer is larger than this. */
const FOOTER_BYTES = 16 * 2 ** 20;
/** The length of the footer, and the letters PAR1. */
const ENDING_BYTES = 8;

const COMPRESSORS = {
  ...DECOMPRESSORS,
  GZIP: (page: Uint8Array, bytes: number) => gunzipSync(page, { maxOutputLength: bytes }),
  BROTLI: (page: Uint8Array, bytes: number) =>
    brotliDecompressSync(page, { maxOutputLength: bytes }),
};

/** How hyparquet reads: without its conversions. */
const unconverted = {
  compressors: COMPRESSORS,
  utf8: false,
  geoparquet: false,
  parsers: {
    jsonFromBytes: (bytes: Uint8Array) => bytes && new TextDecoder().decode(bytes),
    timestampFromNanoseconds: (nanos: bigint) => nanos,
  },
};

/**
 * Yields the rows of a Parquet file.
 *
 * @throws {RefusedDocumentError} when it is not one, or a column is nested, or a number is not exact.
 */
export async function* readParquetFile(source: ParquetSource): AsyncGenerator<RecordBatch> {
  try {
    yield* readRows(source, await readFooter(source));
  } catch (error) {
    if (error instanceof ChangedDocumentError || error instanceof EtlError) throw error;
    throw refused(`the file cannot be read as Parquet: ${(error as Error).message}`, error);
  }
}

async function readFooter({ bytes, read }: ParquetSource): Promise<FileMetaData> {
  const ending = bytes > ENDING_BYTES &&
    await join(read({ start: bytes - ENDING_BYTES, end: bytes }));
  if (!ending || new TextDecoder().decode(ending.slice(4)) !== "PAR1") {
    throw refused("the file is not Parquet, or not complete: it does not end in PAR1");
  }
  const footer = new DataView(ending).getUint32(0, true) + ENDING_BYTES;
  if (footer > Math.min(bytes, FOOTER_BYTES)) throw refused(`the footer has ${footer} bytes`);
  return parquetMetadata(await join(read({ start: bytes - footer, end: bytes })), {
    geoparquet: false,
  });
}

async function* readRows(
  source: ParquetSource,
  metadata: FileMetaData,
): AsyncGenerator<RecordBatch> {
  const fields = topFields(metadata.schema);
  const wanted = fields.filter(({ name }) => source.columnOf(name));
  for (const field of wanted) requireReadable(field, source.columnOf(field.name)!);
  const header = [...wanted, ...fields.filter((field) => !wanted.includes(field))]
    .map(({ name }) => name);
  const columns = wanted.map(({ name }) => name);
  const cells = wanted.map(cellReader);
  const batch = { header, isFixed: true, place: "schema" };
  yield { ...batch, records: [] };
  const raw = { ...metadata, schema: metadata.schema.map(withoutConversion) };
  const file: AsyncBuffer = {
    byteLength: source.bytes,
    slice: (start, end = source.bytes) => join(source.read({ start, end })),
  };
  let group = 0;
  for (const { rowStart, rowEnd, bytes } of groupsOf(metadata, columns)) {
    group++;
    const cellCount = (rowEnd - rowStart) * columns.length;
    if (bytes > GROUP_BYTES || cellCount > GROUP_CELLS) {
      throw refused(`row group ${group} is too large: write row groups of up to 100,000 rows`);
    }
    const step = Math.max(1, Math.floor(SLICE_CELLS / Math.max(columns.length, 1)));
    for (let from = rowStart; from < rowEnd; from += step) {
      const slice = { rowStart: from, rowEnd: Math.min(from + step, rowEnd) };
      const rows = await parquetReadObjects({
        ...unconverted,
        file,
        metadata: raw,
        columns,
        ...slice,
      });
      if (rows.length !== slice.rowEnd - from) throw new RangeError(`${rows.length} rows`);
      while (rows.length > 0) {
        const records = rows.splice(0, batchLength(rows, columns))
          .map((row) => columns.map((name, place) => cells[place](row[name])));
        yield { ...batch, records };
      }
    }
  }
}

/** Returns how many of the first rows make a batch. A text that is stored once can be in each of them. */
function batchLength(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
): number {
  let length = 0;
  for (
    let bytes = 0;
    length < BATCH_ROWS && length < rows.length && bytes < BATCH_BYTES;
    length++
  ) {
    for (const name of columns) {
      const value = rows[length][name];
      if (typeof value === "string" || value instanceof Uint8Array) bytes += value.length;
    }
  }
  return length;
}

/** Returns the columns of a schema that are not within others. */
function topFields(schema: readonly SchemaElement[]): SchemaElement[] {
  const fields: SchemaElement[] = [];
  let inner = 0;
  for (const element of schema.slice(1)) {
    if (inner === 0) fields.push(element);
    else inner--;
    inner += element.num_children ?? 0;
  }
  return fields;
}

function requireReadable(field: SchemaElement, { type }: ColumnSpec): void {
  const { name, num_children, repetition_type } = field;
  if (num_children || repetition_type === "REPEATED") throw refused(`column ${name} is nested`);
  if (!isFloat(field) || type === "integer" || type === "bigint") return;
  throw refused(
    `column ${name} is ${field.type}, which is not exact: write it as DECIMAL or as text`,
  );
}

/** Yields the place and size of each row group, once their counts agree. */
function* groupsOf({ num_rows, row_groups }: FileMetaData, columns: readonly string[]) {
  let rowStart = 0;
  for (const group of row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const chunks = group.columns.map(({ meta_data }) => meta_data!)
      .filter(({ path_in_schema: [name] }) => columns.includes(name));
    if (chunks.some(({ num_values }) => num_values !== group.num_rows)) {
      throw new RangeError("a column has more or fewer values than its row group has rows");
    }
    const sizes = chunks.map(({ total_compressed_size: size }) => Number(size));
    yield { rowStart, rowEnd, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    rowStart = rowEnd;
  }
  if (rowStart !== Number(num_rows)) throw new RangeError(`${rowStart} rows of ${num_rows}`);
}

async function join(chunks: AsyncIterable<Uint8Array>): Promise<ArrayBuffer> {
  const all = await Array.fromAsync(chunks);
  return await new Blob(all as Uint8Array<ArrayBuffer>[]).arrayBuffer();
}
