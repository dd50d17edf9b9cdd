import { DATABASE } from "../derive/source_model.ts";
import type { ObjectStore } from "./store.ts";
import { subStore } from "./sub_store.ts";

/** The folder of the sources that are not the pipeline's database. No table's folder has this name. */
const SOURCES = "_sources";

/**
 * Returns the part of a zone's store that holds the objects and the log of a source: the store itself for
 * the database, `_sources/rates` for the source `rates`.
 */
export function sourceStore(store: ObjectStore, source: string): ObjectStore {
  return source === DATABASE ? store : subStore(store, `${SOURCES}/${encodeURIComponent(source)}`);
}
