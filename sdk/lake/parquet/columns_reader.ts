import type { FileMetaData, RowGroup, SchemaElement } from "hyparquet";
import type { TableSpec } from "../../../schemas/table.ts";
import type { ColumnBatch } from "../../columns/column.ts";
import { EtlError, LakeError } from "../../errors.ts";
import type { DataObject } from "../commit.ts";
import { damagedObject } from "../damage.ts";
import type { ObjectStore } from "../store.ts";
import { ByteStream } from "./byte_stream.ts";
import { readChunk } from "./chunk_reader.ts";
import { type ColumnMatch, matchColumns } from "./match_columns.ts";
import { openParquetObject } from "./open_object.ts";
import { nullColumn, restoredColumn } from "./restored_columns.ts";

/** A Parquet object after its footer has been read. */
export interface ParquetColumns extends ColumnMatch {
  /**
   * The rows, one row group at a time, in the columns of `stored`; absent columns are NULL. Texts that repeat
   * are a dictionary. A group is valid until the next one is requested. The object is read once, and its
   * checksum is compared when the rows end: do not commit anything before. Can be iterated once.
   */
  readonly batches: AsyncIterable<ColumnBatch>;
}

/**
 * Opens a Parquet object that can be older than the spec of its table: with fewer columns, or with
 * decimals of another size, which are read as they were stored.
 *
 * @throws {DamagedObjectError} when the object is not what was written, here or while the rows are read.
 * @throws {LakeError} when a column has another type, or the key is missing.
 */
export async function openParquetColumns(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): Promise<ParquetColumns> {
  const { metadata, content } = await openParquetObject(store, object);
  const match = matchColumns(spec, metadata.schema.slice(1));
  if ("problem" in match) {
    // A damaged footer can look like that of another table.
    await new ByteStream(content).finish();
    throw schemaMismatch(object, spec, match.problem);
  }
  return { ...match, batches: readGroups(content, metadata, object, match) };
}

/** Returns the error of an object that is not of this table. */
export function schemaMismatch(
  { key }: DataObject,
  { name }: TableSpec,
  problem: string,
): LakeError {
  return new LakeError(`${key} does not match the spec of ${name}: ${problem}`, {
    stage: "lake",
    table: name,
    next: { operations: [{ name: "replay", fromIngestion: true }] },
  });
}

async function* readGroups(
  content: AsyncIterable<Uint8Array>,
  metadata: FileMetaData,
  object: DataObject,
  table: ColumnMatch,
): AsyncGenerator<ColumnBatch> {
  await using stream = new ByteStream(content);
  const groups = metadata.row_groups.filter(({ num_rows }) => num_rows > 0n);
  let rows = 0;
  for (const group of groups) {
    let batch: ColumnBatch;
    try {
      rows += Number(group.num_rows);
      if (rows > object.rows) throw new RangeError(`it has more than ${object.rows} rows`);
      batch = await readGroup(stream, group, metadata.schema, table);
    } catch (error) {
      if (!(error instanceof EtlError)) await stream.finish();
      throw error instanceof EtlError ? error : unreadable(object, error);
    }
    yield batch;
  }
  await stream.finish();
  if (rows !== object.rows) throw unreadable(object, new RangeError(`it has ${rows} rows`));
}

function unreadable({ key }: DataObject, cause: unknown): EtlError {
  return damagedObject(key, `cannot be read: ${(cause as Error).message}`, cause);
}

async function readGroup(
  stream: ByteStream,
  group: RowGroup,
  schema: readonly SchemaElement[],
  { stored, absent }: ColumnMatch,
): Promise<ColumnBatch> {
  const rows = Number(group.num_rows);
  const chunks = new Map(group.columns.map((chunk) => [chunk.meta_data!.path_in_schema[0], chunk]));
  const elements = new Map(schema.map((element) => [element.name, element]));
  const places = [...chunks.values()].map(placeOf);
  const start = Math.min(...places.map((place) => place.start));
  const bytes = await stream.take(start, Math.max(...places.map((place) => place.end)));
  const read = (name: string, fractionDigits: number) => {
    const chunk = chunks.get(name)!;
    const place = placeOf(chunk);
    return readChunk(
      bytes.subarray(place.start - start, place.end - start),
      chunk.meta_data!.codec,
      { element: elements.get(name)!, fractionDigits },
      rows,
    );
  };
  const columns = Object.entries(stored.columns).map(([name, column]) =>
    absent.includes(name) ? nullColumn(column, rows) : restoredColumn(name, column, rows, read)
  );
  return { rows, columns };
}

/** Returns where the pages of a column chunk are in the file. */
function placeOf({ meta_data }: RowGroup["columns"][number]): { start: number; end: number } {
  const { dictionary_page_offset, data_page_offset, total_compressed_size } = meta_data!;
  const start = Number(dictionary_page_offset ?? data_page_offset);
  return { start, end: start + Number(total_compressed_size) };
}
