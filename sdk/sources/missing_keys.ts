import { readLines } from "../columns/read_lines.ts";
import type { DataObject } from "../lake/commit.ts";
import { compareUtf8 } from "../lake/compare_utf8.ts";
import { damagedObject } from "../lake/damage.ts";
import { readObject } from "../lake/data_objects.ts";
import type { ObjectStore } from "../lake/store.ts";

/**
 * Yields the keys that `before` has and `after` does not have. Both come in ascending order of their UTF-8
 * bytes, in batches; one batch of each is in memory.
 */
export async function* missingKeys(
  before: AsyncIterable<readonly string[]>,
  after: AsyncIterable<readonly string[]>,
): AsyncGenerator<string[]> {
  const batches = after[Symbol.asyncIterator]();
  let batch: readonly string[] | undefined = [];
  let place = 0;
  try {
    for await (const keys of before) {
      const missing: string[] = [];
      for (const key of keys) {
        while (batch && (place === batch.length || compareUtf8(batch[place], key) < 0)) {
          if (place < batch.length) place++;
          if (place < batch.length) continue;
          const { done, value } = await batches.next();
          batch = done ? undefined : value;
          place = 0;
        }
        if (batch?.[place] !== key) missing.push(key);
      }
      if (missing.length > 0) yield missing;
    }
  } finally {
    await batches.return?.();
  }
}

/**
 * Yields the keys in a JSONL object: the text in one of its columns.
 *
 * @throws {DamagedObjectError} when the object is not what its commit names.
 */
export async function* keysOf(
  store: ObjectStore,
  object: DataObject,
  column: string,
): AsyncGenerator<string[]> {
  const opening = `{${JSON.stringify(column)}:"`;
  const damaged = (problem: string) => damagedObject(object.key, problem);
  // Most lines begin with the key. To parse the others too would cost most of the time.
  const keyOf = (line: string): string => {
    const end = line.startsWith(opening) ? line.indexOf('"', opening.length) : -1;
    const key = line.slice(opening.length, end);
    return end < 0 || key.includes("\\") ? JSON.parse(line)[column] : key;
  };
  for await (const lines of readLines(readObject(store, object), damaged)) yield lines.map(keyOf);
}
