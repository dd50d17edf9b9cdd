/**
 * Reads the column chunks of a row group. The Parquet library reads page headers, runs of codes and
 * compressed pages. Its own columns have a JavaScript value per cell: a million facts of 14 columns take it
 * 0.28 s, and this module 0.11 s with the checksum of the object.
 *
 * @module
 */
import type { ColumnMetaData, DataReader, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { type ColumnBuilder, columnBuilder } from "../../columns/builder.ts";
import type { Column, Storage, TextColumn } from "../../columns/column.ts";
import { gather } from "../../columns/gather.ts";
import { DECOMPRESSORS } from "./compression.ts";
import {
  dictionaryCodes,
  type FileColumn,
  nullRows,
  plainColumn,
  rleBooleans,
} from "./page_decoder.ts";

type Codec = ColumnMetaData["codec"];

/**
 * Reads a column chunk. Texts that repeat are a dictionary; decimals of more than 18 digits are text.
 *
 * @throws {Error} when the bytes are not `rows` rows of this column.
 */
export function readChunk(
  chunk: Uint8Array,
  codec: Codec,
  column: FileColumn,
  rows: number,
): Column {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.length), offset: 0 };
  const pages: DecodedPage[] = [];
  let dictionary: Dictionary | undefined;
  for (let left = rows; left > 0;) {
    const header = parquetHeader(reader);
    const page = bytesOf(reader, chunk, header);
    if (header.type === "DICTIONARY_PAGE") {
      dictionary = dictionaryOf(page, header, codec, column);
      continue;
    }
    const decoded = decodePage(page, header, codec, column, dictionary);
    if (decoded.rows <= 0 || decoded.rows > left) {
      throw new RangeError(`${decoded.rows} rows of ${left}`);
    }
    pages.push(decoded);
    left -= decoded.rows;
  }
  return pages.length === 1 ? pages[0].column : joined(pages);
}

interface Dictionary {
  readonly values: Column;
  readonly count: number;
}

interface DecodedPage {
  readonly column: Column;
  readonly rows: number;
}

/** Returns the bytes after a page header, and moves the reader behind them. */
function bytesOf(reader: DataReader, chunk: Uint8Array, header: PageHeader): Uint8Array {
  const start = reader.offset;
  const end = start + header.compressed_page_size;
  if (!(end >= start && end <= chunk.length)) throw new RangeError(`a page ends at ${end}`);
  reader.offset = end;
  return chunk.subarray(start, end);
}

function dictionaryOf(
  page: Uint8Array,
  header: PageHeader,
  codec: Codec,
  column: FileColumn,
): Dictionary {
  const count = header.dictionary_page_header!.num_values;
  const bytes = decompressPage(page, header.uncompressed_page_size, codec, DECOMPRESSORS);
  return { values: plainColumn(bytes, count, column), count };
}

function decodePage(
  page: Uint8Array,
  header: PageHeader,
  codec: Codec,
  column: FileColumn,
  dictionary: Dictionary | undefined,
): DecodedPage {
  const data = header.data_page_header_v2;
  if (!data) throw new TypeError(`a page is a ${header.type}`);
  const { num_values: rows, num_nulls, encoding, definition_levels_byte_length: levels } = data;
  const nulls = num_nulls > 0 ? nullRows(page.subarray(0, levels), rows) : undefined;
  const body = page.subarray(levels);
  const size = header.uncompressed_page_size - levels;
  const bytes = data.is_compressed === false || size === 0
    ? body
    : decompressPage(body, size, codec, DECOMPRESSORS);
  const count = rows - num_nulls;
  if (encoding === "RLE_DICTIONARY" && dictionary) {
    const codes = dictionaryCodes(bytes, count, dictionary.count);
    return { column: gather(dictionary.values, nulls ? spread(codes, nulls) : codes, rows), rows };
  }
  if (encoding !== "PLAIN" && encoding !== "RLE") throw new TypeError(`a page is in ${encoding}`);
  const dense = encoding === "RLE" ? rleBooleans(bytes, count) : plainColumn(bytes, count, column);
  return { column: nulls ? withNulls(dense, nulls, count) : dense, rows };
}

/** Returns a number for each row: the next one, or -1 where the row is NULL. */
function spread(numbers: Int32Array, nulls: Uint8Array): Int32Array {
  const all = new Int32Array(nulls.length);
  let next = 0;
  for (let row = 0; row < all.length; row++) all[row] = nulls[row] ? -1 : numbers[next++];
  return all;
}

/** Returns a column with the values of another in the rows that are not NULL. */
function withNulls(dense: Column, nulls: Uint8Array, count: number): Column {
  if (dense.storage === "text") return { ...dense, offsets: withEmptyTexts(dense, nulls), nulls };
  const places = Int32Array.from({ length: count }, (_, place) => place);
  return gather(dense, spread(places, nulls), nulls.length);
}

function withEmptyTexts({ offsets }: TextColumn, nulls: Uint8Array): Int32Array {
  const all = new Int32Array(nulls.length + 1);
  let next = 0;
  for (let row = 0; row < nulls.length; row++) all[row + 1] = offsets[nulls[row] ? next : ++next];
  return all;
}

function joined(pages: readonly DecodedPage[]): Column {
  const builder = builderOf(pages[0].column.storage);
  for (const { column, rows } of pages) builder.append(column, 0, rows);
  return builder.finish();
}

/** Returns a builder of a column that can hold NULL. */
export function builderOf(storage: Storage): ColumnBuilder {
  const types = {
    int32: "integer",
    int64: "bigint",
    boolean: "boolean",
    text: "text",
    dictionary: "text",
  } as const;
  return columnBuilder({ type: types[storage], nullable: true });
}
