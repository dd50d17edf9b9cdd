/**
 * The port to an object store: all the lake needs, and little enough that an adapter is a page of
 * code. Every adapter passes `tests/conformance/store.ts`.
 *
 * @module
 */

/** A part of an object, in bytes: from `start` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/**
 * An append-only object store. Keys are `/`-separated relative paths. What is there stays as it is:
 * nothing in this port overwrites or deletes.
 */
export interface ObjectStore {
  /** Where it is, for people: `file:///…` or `s3://…`, never with a secret in it. */
  readonly url: string;

  /**
   * Writes an object unless its key is taken. Returns false, and leaves everything as it was, when it
   * is. The object appears whole or not at all, whatever happens on the way, and is durable when
   * this returns true.
   *
   * @throws {LakeError} when the store cannot be written; whatever the body throws, unchanged.
   */
  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean>;

  /**
   * Reads an object, or the given part of it, in chunks of the store's choosing.
   *
   * @throws {DamagedObjectError} when there is no such object, or it is shorter than the range asks
   * for.
   * @throws {LakeError} when the store cannot be read.
   */
  get(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;

  /**
   * The keys that begin with `prefix`, in ascending order of their UTF-8 bytes, starting after the
   * key `after` when given. Listing a prefix nothing begins with yields nothing.
   *
   * @throws {LakeError} when the store cannot be read.
   */
  list(prefix: string, after?: string): AsyncIterable<string>;
}
