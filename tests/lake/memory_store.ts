import { createHash } from "node:crypto";
import type { DataObject } from "../../sdk/lake/commit.ts";
import type { ByteRange, ObjectStore } from "../../sdk/lake/store.ts";

/** A store with one object in memory. */
export interface MemoryStore extends ObjectStore {
  /** The object, as the log knows it. */
  readonly object: DataObject;
  /** The ranges that were read; undefined for a read of everything. */
  readonly reads: (ByteRange | undefined)[];
  /** Reads that have not ended. */
  readonly open: number;
}

/** Returns a store that serves `bytes`, in chunks of an odd size, as an object of so many rows. */
export function memoryStore(bytes: Uint8Array, rows: number, chunkBytes = 70_001): MemoryStore {
  const sha256 = () => createHash("sha256").update(bytes).digest("hex");
  const reads: (ByteRange | undefined)[] = [];
  let open = 0;
  return {
    url: "memory:",
    get object() {
      return { key: "table.parquet", rows, bytes: bytes.length, sha256: sha256() };
    },
    reads,
    get open() {
      return open;
    },
    async *get(_key, range) {
      reads.push(range);
      open++;
      try {
        const { start, end } = range ?? { start: 0, end: bytes.length };
        for (let at = start; at < end; at += chunkBytes) {
          yield await Promise.resolve(bytes.subarray(at, Math.min(at + chunkBytes, end)));
        }
      } finally {
        open--;
      }
    },
    put: () => Promise.reject(new Error("is read only")),
    list: () => {
      throw new Error("is not listed");
    },
  };
}
