/**
 * The port to an object store: the three operations that the lake needs. Every adapter passes
 * `tests/conformance/store.ts`.
 *
 * @module
 */
import { LakeError } from "../errors.ts";

/** A range of bytes, from `start` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/**
 * An append-only object store. Keys are relative paths with `/` between their segments. No operation
 * overwrites or deletes.
 */
export interface ObjectStore {
  /** The location to show people, `file:///…` or `s3://…`. Contains no secret. */
  readonly url: string;

  /**
   * Writes an object under a free key. Returns false, and changes nothing, when the key is taken. The
   * object appears complete or not at all, and is durable once this returns true.
   *
   * @throws {LakeError} when the store cannot be written. An error of `body` is thrown unchanged.
   */
  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean>;

  /**
   * Reads an object or a range of it, in chunks of any size. A chunk is valid until the next one is
   * requested.
   *
   * @throws {DamagedObjectError} when the object is missing or shorter than the range.
   * @throws {LakeError} when the store cannot be read.
   */
  get(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;

  /**
   * Lists the keys that begin with `prefix`, in ascending order of their UTF-8 bytes, and after the key
   * `after` if given.
   *
   * @throws {LakeError} when the store cannot be read.
   */
  list(prefix: string, after?: string): AsyncIterable<string>;
}

/** Reads an object into memory. Throws what {@linkcode ObjectStore.get} throws. */
export async function readAll(store: ObjectStore, key: string): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(store.get(key), (chunk) => chunk.slice());
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Requires a range. @throws {LakeError} when it ends before it starts, or is not of whole bytes. */
export function checkRange({ start, end }: ByteRange, key: string, url: string): void {
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start) return;
  throw new LakeError(`cannot read ${key} in ${url}: bytes ${start} to ${end} are not a range`, {
    stage: "lake",
  });
}
