import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Value } from "../../schemas/columns.ts";
import type { ParquetMapping, Physical } from "../derive/parquet.ts";
import { DamagedObjectError, EtlError, LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import { readObject } from "./data_objects.ts";
import { matchColumns } from "./match_columns.ts";
import type { ObjectStore } from "./store.ts";

/** Rows handed on together. */
const BATCH_ROWS = 1_000;
/** Up to this size, an object is held whole. */
const HELD_BYTES = 8 * 2 ** 20;

/** A Parquet object whose footer has been read. */
export interface OpenedParquet {
  /** The columns of the table that it has not, since its table had not when it was written. */
  readonly absent: readonly string[];
  /** Its rows; absent columns are NULL. A row group is in memory at a time. */
  readonly rows: AsyncGenerator<AnyRow[]>;
}

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
  const { absent, rows } = await openParquet(store, object, spec);
  if (absent.length > 0) throw otherSpecs(object, spec, `it has no column ${absent.join(", ")}`);
  yield* rows;
}

/**
 * Opens a Parquet object that may have been written for an earlier spec of its table: with fewer
 * columns, or with decimals of another size, which are read as they were stored.
 *
 * @throws {LakeError} when it cannot be read as this table.
 */
export async function openParquet(
  store: ObjectStore,
  object: DataObject,
  spec: TableSpec,
): Promise<OpenedParquet> {
  const file = asyncBuffer(store, object);
  const metadata = await parquetMetadataAsync(file).catch((cause) => {
    if (cause instanceof EtlError) throw cause;
    throw new DamagedObjectError(`${object.key} is not a Parquet file`, { stage: "lake", cause });
  });
  const fitted = matchColumns(spec, metadata.schema.slice(1));
  if ("problem" in fitted) throw otherSpecs(object, spec, fitted.problem);
  const { mappings, absent } = fitted;
  if (absent.includes(spec.key)) throw otherSpecs(object, spec, `it has no column ${spec.key}`);
  stripLogicalTypes(metadata);
  return { absent, rows: readRows(file, metadata, mappings, absent) };
}

async function* readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  mappings: readonly ParquetMapping[],
  absent: readonly string[],
): AsyncGenerator<AnyRow[]> {
  const blank = Object.fromEntries(absent.map((name) => [name, null]));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const stored = await readGroup(file, metadata, rowStart, rowEnd);
    const columns = mappings.map((mapping) => storedColumn(mapping, stored));
    // Rows are made a few at a time: a whole group of them at once would outlive the young heap.
    for (let from = rowStart; from < rowEnd; from += BATCH_ROWS) {
      const to = Math.min(from + BATCH_ROWS, rowEnd);
      yield toRows(columns, from - rowStart, to - rowStart, blank);
    }
    rowStart = rowEnd;
  }
}

function otherSpecs({ key }: DataObject, { name }: TableSpec, problem: string): LakeError {
  return new LakeError(`${key} was written by other specs: ${problem}`, {
    stage: "lake",
    table: name,
    next: { operations: [{ name: "replay", fromIngestion: true }] },
  });
}

/**
 * The bytes of an object as the reader asks for them. A small one is read once and checked; of a large
 * one, which the caller has checked as a whole, only the parts at hand are in memory.
 */
function asyncBuffer(store: ObjectStore, object: DataObject): AsyncBuffer {
  let held: Promise<Uint8Array<ArrayBuffer>> | undefined;
  const whole = () => held ??= join(readObject(store, object), object, object.bytes);
  return {
    byteLength: object.bytes,
    slice: async (start, end = object.bytes) => {
      const from = start < 0 ? object.bytes + start : start;
      if (object.bytes <= HELD_BYTES) return (await whole()).slice(from, end).buffer;
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
  throw new LakeError(`${key}: ${at} bytes came, ${size} were asked for`, {
    stage: "lake",
    retryable: true,
  });
}

/** Takes the logical types away: with them the reader would hand out floats for decimals. */
function stripLogicalTypes({ schema }: FileMetaData): void {
  for (const element of schema) {
    if (element.converted_type === "UTF8") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
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

function toRows(
  columns: readonly StoredColumn[],
  from: number,
  to: number,
  blank: AnyRow,
): AnyRow[] {
  const rows: Record<string, Value>[] = Array.from({ length: to - from }, () => ({ ...blank }));
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
