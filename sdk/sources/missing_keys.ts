import { compareUtf8 } from "../lake/compare_utf8.ts";

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
