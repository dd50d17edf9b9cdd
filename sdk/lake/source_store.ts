import { DATABASE } from "../derive/source_model.ts";
import { storesOfRun } from "./log_memory.ts";
import type { ObjectStore } from "./store.ts";
import { subStore } from "./sub_store.ts";

/** The folder of the sources that are not the pipeline's database. No table's folder has this name. */
const SOURCES = "_sources";

/** The folders of each store: a process knows the newest commit of a log by its store. */
const folders = new WeakMap<ObjectStore, Map<string, ObjectStore>>();

/**
 * Returns the part of a zone's store that holds the objects and the log of a source: the store itself for
 * the database, `_sources/rates` for the source `rates`. The same call returns the same object.
 */
export function sourceStore(store: ObjectStore, source: string): ObjectStore {
  if (source === DATABASE) return store;
  const known = folders.get(store) ?? new Map<string, ObjectStore>();
  folders.set(store, known);
  const folder = known.get(source) ?? subStore(store, `${SOURCES}/${encodeURIComponent(source)}`);
  known.set(source, folder);
  return folder;
}

/** Returns both zones as a run of this source sees them: see {@linkcode storesOfRun}. */
export function storesOfSourceRun(
  stores: Readonly<Record<"ingestion" | "processed", ObjectStore>>,
  source: string,
): Record<"ingestion" | "processed", ObjectStore> {
  const zones = storesOfRun(stores);
  const inside = storesOfRun({
    ingestion: sourceStore(stores.ingestion, source),
    processed: sourceStore(stores.processed, source),
  });
  folders.set(zones.ingestion, new Map([[source, inside.ingestion]]));
  folders.set(zones.processed, new Map([[source, inside.processed]]));
  return zones;
}
