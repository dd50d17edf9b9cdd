import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import { type ParquetMapping, parquetMappings, type Physical } from "../derive/parquet.ts";
import { DamagedObjectError, LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import type { ObjectStore } from "./store.ts";

/** Rows handed on together. */
const BATCH_ROWS = 1_000;

/**
 * Reads the rows of a Parquet object. A row group is in memory at a time.
 *
 * @throws {LakeError} when it cannot be read as this table.
 */
export async function* readParquet(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): AsyncGenerator<AnyRow[]> {
  const file = asyncBuffer(store, object);
  const mappings = parquetMappings(spec);
  const metadata = await readMetadata(file, object, mappings);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const stored = await readGroup(file, metadata, rowStart, rowEnd);
    const columns = mappings.map((mapping) => storedColumn(mapping, stored));
    // Rows are made a few at a time: a whole group of them at once would outlive the young heap.
    for (let from = rowStart; from < rowEnd; from += BATCH_ROWS) {
      yield toRows(columns, from - rowStart, Math.min(from + BATCH_ROWS, rowEnd) - rowStart);
    }
    rowStart = rowEnd;
  }
}

function asyncBuffer(store: ObjectStore, object: DataObject): AsyncBuffer {
  return {
    byteLength: object.bytes,
    slice: async (start, end = object.bytes) => {
      const from = start < 0 ? object.bytes + start : start;
      const bytes = new Uint8Array(end - from);
      let at = 0;
      for await (const chunk of store.get(object.key, { start: from, end })) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      return bytes.buffer;
    },
  };
}

/**
 * Reads the footer, and takes from it the logical types: with them the reader would hand out floats
 * for decimals and milliseconds for microseconds. The mappings know better.
 */
async function readMetadata(
  file: AsyncBuffer,
  object: DataObject,
  mappings: readonly ParquetMapping[],
): Promise<FileMetaData> {
  const metadata = await parquetMetadataAsync(file).catch((cause) => {
    throw new DamagedObjectError(`${object.key} is not a Parquet file`, { stage: "lake", cause });
  });
  const found = new Set(metadata.schema.slice(1).map(({ name }) => name));
  const missing = mappings.flatMap(({ columns }) => columns.map(({ element }) => element.name))
    .filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new LakeError(`${object.key} has no column ${missing.join(", ")}`, { stage: "lake" });
  }
  for (const element of metadata.schema) {
    if (element.converted_type === "UTF8") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
  return metadata;
}

// A byte order mark is a character like any other here: nothing is dropped unseen.
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
    parsers: { stringFromBytes: (bytes) => bytes && utf8.decode(bytes) },
    onChunk: ({ columnName, columnData }) => {
      const chunks = stored.get(columnName);
      if (chunks) chunks.push(columnData);
      else stored.set(columnName, [columnData]);
    },
  });
  return stored;
}

/** A column of the spec with its stored values for one row group. */
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

function toRows(columns: readonly StoredColumn[], from: number, to: number): AnyRow[] {
  const rows: Record<string, Value>[] = Array.from({ length: to - from }, () => ({}));
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

/** Two's complement, most significant byte first: how Parquet stores wide decimals. */
function bigEndian(bytes: Uint8Array): bigint {
  let unsigned = 0n;
  for (const byte of bytes) unsigned = (unsigned << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, unsigned);
}
