import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import { type ParquetMapping, parquetMappings, type Physical } from "../derive/parquet.ts";
import { LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Reads the rows of a Parquet object, a row group at a time.
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
    yield toRows(mappings, stored, rowEnd - rowStart);
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
    throw new LakeError(`${object.key} is not a Parquet file`, { stage: "lake", cause });
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
    onChunk: ({ columnName, columnData }) => {
      const chunks = stored.get(columnName);
      if (chunks) chunks.push(columnData);
      else stored.set(columnName, [columnData]);
    },
  });
  return stored;
}

function toRows(mappings: readonly ParquetMapping[], stored: Stored, count: number): AnyRow[] {
  const rows: Record<string, Value>[] = Array.from({ length: count }, () => ({}));
  for (const { name, columns, decode } of mappings) {
    const parts = columns.map(({ element }) => physicalValues(stored.get(element.name) ?? []));
    const first = parts[0];
    const second = parts[1];
    for (let i = 0; i < count; i++) {
      rows[i][name] = decode(second ? [first[i], second[i]] : [first[i]]);
    }
  }
  return rows;
}

function physicalValues(chunks: readonly ArrayLike<unknown>[]): Physical[] {
  return chunks.flatMap((chunk) => Array.from(chunk, physical));
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
