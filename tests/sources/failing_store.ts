import { LakeError } from "../../sdk/errors.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";

/** The requests of a test: stores that share them fail once, in all. */
export interface Requests {
  count: number;
}

/** Returns a store that fails at one request; if `after`, when a put has done what was asked. */
export function failingAt(
  store: ObjectStore,
  place: number,
  requests: Requests,
  after = false,
): ObjectStore {
  const error = () => new LakeError("the connection was lost", { stage: "lake" });
  const failNow = () => {
    if (requests.count++ === place) throw error();
  };
  return {
    url: store.url,
    async put(key, body) {
      const isNow = requests.count++ === place;
      if (isNow && !after) throw error();
      const won = await store.put(key, body);
      if (isNow) throw error();
      return won;
    },
    async *get(key, range) {
      failNow();
      yield* store.get(key, range);
    },
    async *list(prefix, start) {
      failNow();
      yield* store.list(prefix, start);
    },
  };
}
