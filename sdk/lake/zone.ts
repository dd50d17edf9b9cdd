import type { Commit, DatabaseCommit, IngestionCommit, ProcessedCommit } from "./commit.ts";
import { CommitLog } from "./commit_log.ts";
import type { ObjectStore } from "./store.ts";

/** A zone of the lake. Nothing is read until it is used. */
export interface Zone<C extends Commit> {
  /** The store that holds its objects and its log. */
  readonly store: ObjectStore;
  /** The commits that name its objects. */
  readonly log: CommitLog<C>;
}

/** Returns the ingestion zone that a store holds: rows as the source had them, in JSON Lines. */
export function ingestionZone(store: ObjectStore): Zone<IngestionCommit> {
  return { store, log: new CommitLog(store, "ingestion") };
}

/** Returns the ingestion zone that a store holds of a database. */
export function databaseZone(store: ObjectStore): Zone<DatabaseCommit> {
  return { store, log: new CommitLog(store, "ingestion") };
}

/** Returns the processed zone that a store holds: rows of the warehouse, in Parquet. */
export function processedZone(store: ObjectStore): Zone<ProcessedCommit> {
  return { store, log: new CommitLog(store, "processed") };
}
