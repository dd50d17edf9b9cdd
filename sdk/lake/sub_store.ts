import { checkKey } from "./keys.ts";
import type { ObjectStore } from "./store.ts";

/** The folder that adapters use for unfinished files, in the root of a store. */
const TEMPORARY = ".tmp/";

/**
 * Returns a folder of a store as a store. It has the same objects as a store opened at its URL.
 *
 * @throws {LakeError} when the folder cannot be part of a key.
 */
export function subStore(store: ObjectStore, folder: string): ObjectStore {
  checkKey(folder);
  const prefix = `${folder}/`;
  const inside = (key: string) => {
    checkKey(key);
    return prefix + key;
  };
  return {
    url: urlOf(store.url, folder),
    put: async (key, body) => await store.put(inside(key), body),
    async *get(key, range) {
      yield* store.get(inside(key), range);
    },
    async *list(start, after) {
      const keys = store.list(prefix + start, after === undefined ? undefined : prefix + after);
      for await (const key of keys) {
        const name = key.slice(prefix.length);
        if (!name.startsWith(TEMPORARY)) yield name;
      }
    },
  };
}

function urlOf(store: string, folder: string): string {
  const url = new URL(store);
  const path = folder.split("/").map(encodeURIComponent).join("/");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url.href;
}
