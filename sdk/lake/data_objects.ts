/**
 * Writes data objects and measures them; reads them and compares size and SHA-256. One chunk is in
 * memory at a time.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import { damagedObject } from "./damage.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Streams chunks into a new object. Returns the object, or null when there were no bytes and nothing was
 * written. Calls `rows` after the last chunk.
 *
 * @throws {LakeError} when the key is taken or the store cannot be written. An error of `chunks` is thrown
 * unchanged.
 */
export async function writeObject(
  store: ObjectStore,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  rows: () => number,
): Promise<DataObject | null> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    const first = await firstBytes(source);
    if (first === null) return null;
    const meter = new Meter();
    if (!await store.put(key, measured(first, source, meter))) throw keyTaken(store, key);
    return { key, rows: rows(), bytes: meter.bytes, sha256: meter.sha256() };
  } finally {
    // The store might not have read to the end.
    await source.return?.();
  }
}

/**
 * Streams an object and compares its size and SHA-256 with the commit. The check comes after the last
 * chunk: do not commit anything before the iteration has ended.
 *
 * @throws {DamagedObjectError} when the object is missing or its bytes changed.
 * @throws {LakeError} when the store cannot be read.
 */
export async function* readObject(
  store: ObjectStore,
  object: DataObject,
): AsyncIterable<Uint8Array> {
  const meter = new Meter();
  for await (const chunk of store.get(object.key)) {
    meter.add(chunk);
    yield chunk;
  }
  const sha256 = meter.sha256();
  if (meter.bytes === object.bytes && sha256 === object.sha256) return;
  throw damagedObject(
    object.key,
    `in ${store.url} is not what was written: expected ${object.bytes} bytes with SHA-256 ` +
      `${object.sha256}, found ${meter.bytes} bytes with SHA-256 ${sha256}`,
  );
}

class Meter {
  readonly #hash = createHash("sha256");
  bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** Returns the hash. Can be called once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}

async function firstBytes(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  for (;;) {
    const next = await source.next();
    if (next.done) return null;
    if (next.value.length > 0) return next.value;
  }
}

async function* measured(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  meter: Meter,
): AsyncIterable<Uint8Array> {
  let next: IteratorResult<Uint8Array> = { done: false, value: first };
  for (; !next.done; next = await rest.next()) {
    meter.add(next.value);
    yield next.value;
  }
}

function keyTaken(store: ObjectStore, key: string): LakeError {
  return new LakeError(`${key} already exists in ${store.url}`, {
    stage: "lake",
    next: "run again: a new run uses new keys",
  });
}
