import type { ObjectStore } from "./store.ts";

/** Reads an object that fits into memory. Throws what {@linkcode ObjectStore.get} does. */
export async function readWhole(store: ObjectStore, key: string): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(store.get(key));
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
