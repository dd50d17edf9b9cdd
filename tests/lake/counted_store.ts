import type { ObjectStore } from "../../sdk/lake/store.ts";

/** Returns the same store with counts of its requests. */
export function counted(store: ObjectStore) {
  const asked = { list: 0, get: 0, keys: 0, put: 0 };
  const counting: ObjectStore = {
    url: store.url,
    put: (key, body) => (asked.put++, store.put(key, body)),
    get: (key, range) => (asked.get++, store.get(key, range)),
    async *list(prefix, after) {
      asked.list++;
      for await (const key of store.list(prefix, after)) {
        asked.keys++;
        yield key;
      }
    },
  };
  return { store: counting, asked };
}
