import { LakeError } from "../errors.ts";
import { ByteMeter } from "./byte_meter.ts";
import type { DataObject } from "./commit.ts";
import type { ObjectStore } from "./store.ts";

/** Larger objects are streamed, one after another. */
const SMALL_BYTES = 2 ** 20;
/** Small objects that are on their way at the same time. Bounds memory, and connections. */
const AT_ONCE = 8;

/**
 * Writes the data objects of one commit. Small objects are on their way side by side: to a store far away,
 * they take one trip in all. The objects are written once {@linkcode ObjectWriter.settle} returns, which
 * has to be before the commit that names them is appended.
 */
export class ObjectWriter implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #onTheirWay = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Reads chunks to their end and starts to write them into a new object. Returns the object, or null when
   * there were no bytes and nothing is written. Calls `rows` after the last chunk.
   *
   * @throws {LakeError} when the store cannot be written, or the key of a large object is taken. An error
   * of `chunks` is thrown unchanged.
   */
  async write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    rows: () => number,
  ): Promise<DataObject | null> {
    const source = chunks[Symbol.asyncIterator]();
    const meter = new ByteMeter();
    try {
      const { bytes, isAll } = await beginning(source, meter);
      if (isAll && bytes.length === 0) return null;
      if (isAll) await this.#start(key, bytes);
      else await this.#put(key, withRest(bytes, source, meter));
      return { key, rows: rows(), bytes: meter.bytes, sha256: meter.sha256() };
    } finally {
      // The store might not have read to the end.
      await source.return?.();
    }
  }

  /**
   * Waits until all objects are written.
   *
   * @throws {LakeError} when a key is taken or the store cannot be written.
   */
  async settle(): Promise<void> {
    await Promise.all(this.#onTheirWay);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Waits until nothing is on its way any more, written or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#onTheirWay);
  }

  async #start(key: string, bytes: Uint8Array): Promise<void> {
    while (this.#onTheirWay.size >= AT_ONCE) await Promise.race(this.#onTheirWay);
    if (this.#failures.length > 0) throw this.#failures[0];
    const put = this.#put(key, bytes)
      .catch((error) => void this.#failures.push(error))
      .finally(() => this.#onTheirWay.delete(put));
    this.#onTheirWay.add(put);
  }

  async #put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    if (await this.#store.put(key, body)) return;
    throw new LakeError(`${key} already exists in ${this.#store.url}`, {
      stage: "lake",
      next: "run again: a new run uses new keys",
    });
  }
}

/** Returns the bytes of a small object, or those that a large one begins with. */
async function beginning(
  source: AsyncIterator<Uint8Array>,
  meter: ByteMeter,
): Promise<{ readonly bytes: Uint8Array; readonly isAll: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  while (meter.bytes <= SMALL_BYTES) {
    const { done, value } = await source.next();
    if (done) return { bytes: await joined(chunks), isAll: true };
    meter.add(value);
    // The source can use its buffer again.
    chunks.push(value.slice());
  }
  return { bytes: await joined(chunks), isAll: false };
}

async function joined(chunks: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function* withRest(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  meter: ByteMeter,
): AsyncIterable<Uint8Array> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    meter.add(next.value);
    yield next.value;
  }
}
