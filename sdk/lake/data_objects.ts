/**
 * Data objects on their way into and out of a store: measured as they are written, checked against
 * that measure as they are read. Memory is bounded by a chunk.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DamagedObjectError, LakeError } from "../errors.ts";
import type { DataObject } from "./commit.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Streams chunks into a new object and returns it as a commit names it. When no chunk has a byte,
 * nothing is written and null is returned. `rows` is asked once every chunk has been taken.
 *
 * @throws {LakeError} when the key is taken or the store cannot be written; whatever `chunks` throws,
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
    if (!await store.put(key, measured(first, source, meter))) throw taken(store, key);
    return { key, rows: rows(), bytes: meter.bytes, sha256: meter.sha256() };
  } finally {
    // Also when the store never began to read, or stopped midway.
    await source.return?.();
  }
}

/**
 * Streams an object and checks its size and SHA-256. The check comes at the end: act for good on
 * what was read only once the iteration has ended without an error.
 *
 * @throws {DamagedObjectError} when the object is missing or is not, byte for byte, the one that was
 * written.
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
  throw new DamagedObjectError(
    `${object.key} in ${store.url} is not what was written: expected ${object.bytes} bytes with ` +
      `SHA-256 ${object.sha256}, found ${meter.bytes} bytes with SHA-256 ${sha256}`,
    { stage: "lake", next: "bring the object back from a backup of the lake" },
  );
}

class Meter {
  readonly #hash = createHash("sha256");
  bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** Ends the measuring: can be asked once. */
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

function taken(store: ObjectStore, key: string): LakeError {
  return new LakeError(`${key} is already in ${store.url}, and keys never repeat`, {
    stage: "lake",
    next: "run again: a new run writes under new keys",
  });
}
