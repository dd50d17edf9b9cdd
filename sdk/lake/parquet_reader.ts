import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import type { ParquetMapping, Physical } from "../derive/parquet.ts";
import { EtlError, LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import { damagedObject } from "./damage.ts";
import { readObject } from "./data_objects.ts";
import { matchColumns } from "./match_columns.ts";
import { DECOMPRESSORS } from "./parquet_compression.ts";
import type { ObjectStore } from "./store.ts";

/** Rows that are yielded together. */
const BATCH_ROWS = 1_000;
/** Objects up to this size are read into memory in full. */
const IN_MEMORY_BYTES = 8 * 2 ** 20;

/** A Parquet object after its footer has been read. */
export interface OpenedParquet {
  /** The columns of the table that the object does not have, because they were added later. */
  readonly absent: readonly string[];
  /** The rows. Absent columns are NULL. One row group is in memory at a time. */
  readonly rows: AsyncGenerator<AnyRow[]>;
}

/**
 * Yields the rows of a Parquet object. One row group is in memory at a time.
 *
 * @throws {LakeError} when the object does not have the columns of this table.
 */
export async function* readParquet(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): AsyncGenerator<AnyRow[]> {
  const { absent, rows } = await openParquet(store, object, spec);
  if (absent.length > 0) {
    throw schemaMismatch(object, spec, `column ${absent.join(", ")} is missing`);
  }
  yield* rows;
}

/**
 * Opens a Parquet object that can be older than the spec of its table: with fewer columns, or with
 * decimals of another size, which are read as they were stored.
 *
 * @throws {DamagedObjectError} when the object is not a Parquet file.
 * @throws {LakeError} when a column has another type, or the key is missing.
 */
export async function openParquet(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): Promise<OpenedParquet> {
  const file = asyncBuffer(store, object);
  const metadata = await parquetMetadataAsync(file).catch((cause) => {
    if (cause instanceof EtlError) throw cause;
    throw damagedObject(object.key, "is not a Parquet file", cause);
  });
  const match = matchColumns(spec, metadata.schema.slice(1));
  if ("problem" in match) throw schemaMismatch(object, spec, match.problem);
  const { mappings, absent } = match;
  if (absent.includes(spec.key)) {
    throw schemaMismatch(object, spec, `column ${spec.key} is missing`);
  }
  stripLogicalTypes(metadata);
  return { absent, rows: readRows(file, metadata, mappings, absent) };
}

async function* readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  mappings: readonly ParquetMapping[],
  absent: readonly string[],
): AsyncGenerator<AnyRow[]> {
  const defaults = Object.fromEntries(absent.map((name) => [name, null]));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const stored = await readGroup(file, metadata, rowStart, rowEnd);
    const columns = mappings.map((mapping) => storedColumn(mapping, stored));
    // Rows are created in small batches: a full group of them would be moved to the old heap.
    for (let from = rowStart; from < rowEnd; from += BATCH_ROWS) {
      const to = Math.min(from + BATCH_ROWS, rowEnd);
      yield toRows(columns, from - rowStart, to - rowStart, defaults);
    }
    rowStart = rowEnd;
  }
}

function schemaMismatch({ key }: DataObject, { name }: TableSpec, problem: string): LakeError {
  return new LakeError(`${key} does not match the spec of ${name}: ${problem}`, {
    stage: "lake",
    table: name,
    next: { operations: [{ name: "replay", fromIngestion: true }] },
  });
}

/**
 * Serves the byte ranges that the Parquet library asks for. A small object is read once and its checksum
 * compared. A large one, whose checksum the caller has compared, is read range by range.
 */
function asyncBuffer(store: ObjectStore, object: DataObject): AsyncBuffer {
  let content: Promise<Uint8Array<ArrayBuffer>> | undefined;
  const readOnce = () => content ??= join(readObject(store, object), object, object.bytes);
  return {
    byteLength: object.bytes,
    slice: async (start, end = object.bytes) => {
      const from = start < 0 ? object.bytes + start : start;
      if (object.bytes <= IN_MEMORY_BYTES) return (await readOnce()).slice(from, end).buffer;
      const part = store.get(object.key, { start: from, end });
      return (await join(part, object, end - from)).buffer;
    },
  };
}

async function join(
  chunks: AsyncIterable<Uint8Array>,
  { key }: DataObject,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks) {
    bytes.set(chunk.subarray(0, size - at), at);
    at += chunk.length;
  }
  if (at === size) return bytes;
  throw new LakeError(`${key}: received ${at} bytes of ${size}`, {
    stage: "lake",
    retryable: true,
  });
}

/** Removes the logical types: with them the Parquet library returns decimals as floats. */
function stripLogicalTypes({ schema }: FileMetaData): void {
  for (const element of schema) {
    if (element.converted_type === "UTF8") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

// A byte order mark is part of the text.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Stored = Map<string, ArrayLike<unknown>[]>;

async function readGroup(
  file: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<Stored> {
  const stored: Stored = new Map();
  await parquetRead({
    file,
    metadata,
    rowStart,
    rowEnd,
    utf8: false,
    compressors: DECOMPRESSORS,
    parsers: { stringFromBytes: (bytes) => bytes && utf8.decode(bytes) },
    onChunk: ({ columnName, columnData }) => {
      const chunks = stored.get(columnName);
      if (chunks) chunks.push(columnData);
      else stored.set(columnName, [columnData]);
    },
  });
  return stored;
}

/** A column of the spec, with its stored values in one row group. */
interface StoredColumn {
  readonly mapping: ParquetMapping;
  readonly first: ArrayLike<unknown>;
  readonly second: ArrayLike<unknown> | undefined;
}

function storedColumn(mapping: ParquetMapping, stored: Stored): StoredColumn {
  const [first, second] = mapping.columns.map(({ element }) => {
    const chunks = stored.get(element.name) ?? [];
    return chunks.length === 1 ? chunks[0] : chunks.flatMap((chunk) => Array.from(chunk));
  });
  return { mapping, first, second };
}

function toRows(
  columns: readonly StoredColumn[],
  from: number,
  to: number,
  defaults: AnyRow,
): AnyRow[] {
  const rows: Record<string, Value>[] = Array.from({ length: to - from }, () => ({ ...defaults }));
  for (const { mapping: { name, decode }, first, second } of columns) {
    for (let i = from; i < to; i++) {
      const stored = second ? [physical(first[i]), physical(second[i])] : [physical(first[i])];
      rows[i - from][name] = decode(stored);
    }
  }
  return rows;
}

function physical(value: unknown): Physical {
  if (value === undefined) return null;
  return value instanceof Uint8Array ? bigEndian(value) : value as Physical;
}

/** Reads a wide decimal of Parquet: two's complement, most significant byte first. */
function bigEndian(bytes: Uint8Array): bigint {
  let unsigned = 0n;
  for (const byte of bytes) unsigned = (unsigned << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, unsigned);
}
