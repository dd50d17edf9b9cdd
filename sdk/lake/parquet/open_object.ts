/**
 * Reads a Parquet object once. Its footer is at the end, and is needed first.
 *
 * @module
 */
import { type FileMetaData, parquetMetadata } from "hyparquet";
import { LakeError } from "../../errors.ts";
import type { DataObject } from "../commit.ts";
import { damagedObject } from "../damage.ts";
import { readObject } from "../data_objects.ts";
import type { ObjectStore } from "../store.ts";

/** Objects up to this size are read in one request, and their checksum is compared before a row is read. */
const ONE_REQUEST_BYTES = 4 * 2 ** 20;
/** How much of the end of a larger object is read first: the footer of about six million facts. */
const TAIL_BYTES = 128 * 2 ** 10;
/** No footer is larger than this. */
const FOOTER_BYTES = 64 * 2 ** 20;
/** The length of the metadata, and the letters PAR1. */
const ENDING_BYTES = 8;

/** A Parquet object whose footer has been read. */
export interface ParquetObject {
  /** The footer. */
  readonly metadata: FileMetaData;
  /**
   * The bytes of the object. Their checksum is compared when they end.
   *
   * @throws {DamagedObjectError} when the object is not what was written.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads the footer of a Parquet object, in a request of its own when the object is large.
 *
 * @throws {DamagedObjectError} when the object is not a Parquet file.
 */
export async function openParquetObject(
  store: ObjectStore,
  object: DataObject,
): Promise<ParquetObject> {
  if (object.bytes <= ONE_REQUEST_BYTES) {
    const all = await join(readObject(store, object), object, object.bytes);
    return { metadata: metadataOf(all, object), content: once(all) };
  }
  const tail = await readTail(store, object);
  const content = withTail(readObject(store, object), tail, object);
  return { metadata: metadataOf(tail, object), content };
}

/** Returns the end of an object, with its footer. */
async function readTail(store: ObjectStore, object: DataObject): Promise<Uint8Array> {
  const last = (bytes: number) => {
    const range = { start: object.bytes - bytes, end: object.bytes };
    return join(store.get(object.key, range), object, bytes);
  };
  const tail = await last(Math.min(TAIL_BYTES, object.bytes));
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  const footer = view.getUint32(tail.length - ENDING_BYTES, true) + ENDING_BYTES;
  if (footer <= tail.length) return tail;
  if (footer <= Math.min(object.bytes, FOOTER_BYTES)) return await last(footer);
  throw damagedObject(object.key, `is not a Parquet file: its footer has ${footer} bytes`);
}

function metadataOf(tail: Uint8Array, object: DataObject): FileMetaData {
  try {
    return parquetMetadata(tail, { geoparquet: false });
  } catch (cause) {
    throw damagedObject(object.key, "is not a Parquet file", cause);
  }
}

/** Passes the bytes on, and compares the end with what the rows were read by. */
async function* withTail(
  content: AsyncIterable<Uint8Array>,
  tail: Uint8Array,
  object: DataObject,
): AsyncGenerator<Uint8Array> {
  let position = tail.length - object.bytes;
  let isEqual = true;
  for await (const chunk of content) {
    for (let at = Math.max(-position, 0); at < chunk.length && isEqual; at++) {
      isEqual = chunk[at] === tail[position + at];
    }
    position += chunk.length;
    yield chunk;
  }
  if (!isEqual) throw damagedObject(object.key, "had another footer when it was opened");
}

async function join(
  chunks: AsyncIterable<Uint8Array>,
  { key }: DataObject,
  size: number,
): Promise<Uint8Array> {
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

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
