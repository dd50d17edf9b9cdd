/**
 * Writes data objects and measures them; reads them and compares size and SHA-256. One chunk is in
 * memory at a time.
 *
 * @module
 */
import type { DataObject } from "./commit.ts";
import { damagedObject } from "./damage.ts";
import { ByteMeter } from "./byte_meter.ts";
import { ObjectWriter } from "./object_writer.ts";
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
  await using objects = new ObjectWriter(store);
  const object = await objects.write(key, chunks, rows);
  await objects.settle();
  return object;
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
  const meter = new ByteMeter();
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

/** Reads an object into memory. Throws what {@linkcode readObject} throws. */
export async function readWhole(store: ObjectStore, object: DataObject): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(readObject(store, object));
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
