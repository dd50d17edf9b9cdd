/**
 * Yields the results of `work` in the order of the items, with up to `ahead` of them under way. Leaving
 * the loop aborts the signal that `work` gets, and waits for what is under way.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  ahead: number,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const stop = new AbortController();
  const underWay: Promise<Result>[] = [];
  let next = 0;
  try {
    while (next < items.length || underWay.length > 0) {
      while (next < items.length && underWay.length < ahead) {
        const result = work(items[next++], stop.signal);
        // Thrown when its turn comes.
        result.catch(() => {});
        underWay.push(result);
      }
      yield await underWay.shift()!;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(underWay);
  }
}
