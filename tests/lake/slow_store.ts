import type { ObjectStore } from "../../sdk/lake/store.ts";

/** A store whose requests wait, side by side, until they are released. */
export interface SlowStore {
  readonly store: ObjectStore;
  /** Requests that are being made. */
  readonly running: number;
  /** Answers every request, from now on. */
  release(): void;
  /** Returns once no further request comes. */
  quiet(): Promise<void>;
}

/** Returns the same store with puts and gets that wait until they are released. */
export function slowStore(store: ObjectStore): SlowStore {
  const released = Promise.withResolvers<void>();
  let running = 0;
  return {
    get running() {
      return running;
    },
    release: () => released.resolve(),
    quiet: async () => {
      for (let before = -1; before !== running;) {
        before = running;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    store: {
      url: store.url,
      async put(key, body) {
        running++;
        await released.promise;
        try {
          return await store.put(key, body);
        } finally {
          running--;
        }
      },
      async *get(key, range) {
        running++;
        await released.promise;
        try {
          yield* store.get(key, range);
        } finally {
          running--;
        }
      },
      list: (prefix, after) => store.list(prefix, after),
    },
  };
}
