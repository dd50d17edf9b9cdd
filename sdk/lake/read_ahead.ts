import { type Commit, objectsOf } from "./commit.ts";
import { type ByteRange, type ObjectStore, readAll } from "./store.ts";

/** Larger objects are streamed when they are needed. */
const SMALL_BYTES = 2 ** 20;
/** Bytes that are kept in memory. */
const BUDGET_BYTES = 8 * 2 ** 20;

/**
 * A store that starts at once to read the small objects of a commit, side by side, and keeps them: from a
 * store far away, they take one trip in all. Dispose it when the commit is done.
 */
export class ReadAhead implements ObjectStore, AsyncDisposable {
  readonly url: string;
  readonly #store: ObjectStore;
  readonly #objects = new Map<string, Promise<Uint8Array>>();

  constructor(store: ObjectStore, commit: Commit) {
    this.url = store.url;
    this.#store = store;
    let left = BUDGET_BYTES;
    for (const { object: { key, bytes } } of objectsOf(commit)) {
      if (bytes > Math.min(SMALL_BYTES, left)) continue;
      left -= bytes;
      const reading = readAll(store, key);
      // A failure is thrown when the object is read.
      reading.catch(() => {});
      this.#objects.set(key, reading);
    }
  }

  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean> {
    return this.#store.put(key, body);
  }

  async *get(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const bytes = range ? undefined : await this.#objects.get(key);
    if (bytes) yield bytes;
    else yield* this.#store.get(key, range);
  }

  list(prefix: string, after?: string): AsyncIterable<string> {
    return this.#store.list(prefix, after);
  }

  /** Waits until nothing is being read any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#objects.values());
  }
}
