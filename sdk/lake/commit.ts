/**
 * The commits of the two zones. A zone is its log of commits: an object that no commit names does
 * not exist.
 *
 * @module
 */
import type { TableSpec } from "../../schemas/table.ts";

/** A data object as a commit names it. */
export interface DataObject {
  /** Its key in the zone's store. */
  readonly key: string;
  /** Rows in it. */
  readonly rows: number;
  /** Its size in bytes. */
  readonly bytes: number;
  /** The SHA-256 of its bytes, in lower-case hex. */
  readonly sha256: string;
}

/**
 * A point in the source's history: exactly which transactions a batch saw. Transaction ids are
 * 64-bit (`xid8`) and travel as decimal digits.
 */
export interface SourceSnapshot {
  /**
   * The source's system identifier and timeline, `system/timeline`: the same for as long as it is the
   * same cluster and was neither restored nor failed over.
   */
  readonly system: string;
  /** The database: its name and its oid, `name#oid`. A copy under the same name has another. */
  readonly database: string;
  /** When the snapshot was taken: RFC 3339, UTC, microseconds. Later in every later commit. */
  readonly taken_at: string;
  /** Every transaction before this one had ended. */
  readonly xmin: string;
  /** No transaction from this one on had ended. */
  readonly xmax: string;
  /**
   * The transactions, subtransactions included, from `xmin` on whose rows this snapshot already
   * showed, as 32-bit ids. Empty when nothing was in progress.
   */
  readonly visible: readonly number[];
}

/**
 * `full`: starts over, and relies on nothing before it: every row of every table, or the first part of
 * them. `delta`: the rows changed since the commit before, and the next part of what is still to be
 * read. `reconcile`: what a comparison of the source with the warehouse found amiss; the next delta
 * starts where it would have started without it.
 */
export type Mode = "full" | "delta" | "reconcile";

/** What one extraction brought into the ingestion zone. */
export interface IngestionCommit {
  /** The format of the commit: see `upgrades/`. */
  readonly format: 2;
  /** The zone. */
  readonly zone: "ingestion";
  /** Its place in the log: 1, 2, 3 and so on without gaps. */
  readonly sequence: number;
  /** The run that wrote it. */
  readonly run: string;
  /** What kind of batch it is. */
  readonly mode: Mode;
  /** What the source looked like. */
  readonly snapshot: SourceSnapshot;
  /**
   * The columns read of every source table, with rows in this batch or without. A table or a column
   * that joins the model later, and a table that could not be read, is not here, and so is read whole
   * when it can be.
   */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** The key column of each table that has an object here. Empty in a commit of format 1. */
  readonly keys: Readonly<Record<string, string>>;
  /**
   * The tables among them that are read in parts and have not been read to their end: the greatest key
   * that has been, as Postgres prints it.
   */
  readonly partial: Readonly<Record<string, string>>;
  /** The JSONL object of each table that has rows in this batch, by source table. */
  readonly tables: Readonly<Record<string, DataObject>>;
  /** The tombstones: a JSONL object of the keys that are gone, by source table. */
  readonly deleted: Readonly<Record<string, DataObject>>;
}

/** What one ingestion commit became in the processed zone. */
export interface ProcessedCommit {
  /** The format of the commit: see `upgrades/`. */
  readonly format: 2;
  /** The zone. */
  readonly zone: "processed";
  /** Its place in the log: 1, 2, 3 and so on without gaps. */
  readonly sequence: number;
  /** The run that wrote it. */
  readonly run: string;
  /** The ingestion commit it was made from. */
  readonly ingestion_sequence: number;
  /** The run that wrote that commit: tells apart two zones that count alike. */
  readonly ingestion_run: string;
  /** That commit's mode. */
  readonly mode: Mode;
  /** The version of the specs and transforms that made it, see `transformVersion`. */
  readonly transform_version: string;
  /** When the source looked like this: the ingestion commit's `snapshot.taken_at`. */
  readonly taken_at: string;
  /** The warehouse tables whose first rows are still coming, in commits after this one. */
  readonly incomplete: readonly string[];
  /** The key column of each table that has an object here. Empty in a commit of format 1. */
  readonly keys: Readonly<Record<string, string>>;
  /**
   * Why nothing was made of an ingestion commit that could not be read, or had too many bad rows, when
   * a later one of mode `full` brings its rows again.
   */
  readonly skipped?: string;
  /** The Parquet object of each table that has rows in this batch, by warehouse table. */
  readonly tables: Readonly<Record<string, DataObject>>;
  /** The tombstones: a Parquet object of the keys that are gone, by warehouse table. */
  readonly deleted: Readonly<Record<string, DataObject>>;
  /** The rows that could not become rows of a warehouse table: a JSONL object each, by that table. */
  readonly quarantined: Readonly<Record<string, DataObject>>;
}

/** A commit of either zone. */
export type Commit = IngestionCommit | ProcessedCommit;

/** Whether a first load is under way after a commit: later ones bring the other parts of some tables. */
export function isPartial({ partial }: Pick<IngestionCommit, "partial">): boolean {
  return Object.keys(partial).length > 0;
}

/** The time of the source that a warehouse shows after these commits; null while tables are half there. */
export function shownAsOf(commits: readonly ProcessedCommit[]): string | null {
  const last = commits.at(-1);
  return last && last.incomplete.length === 0 ? last.taken_at : null;
}

/** Returns the key column of each table that has an object in any of these records. */
export function keyColumns(
  tables: readonly TableSpec[],
  ...records: readonly Readonly<Record<string, DataObject>>[]
): Record<string, string> {
  const named = tables.filter(({ name }) => records.some((record) => Object.hasOwn(record, name)));
  return Object.fromEntries(named.map(({ name, key }) => [name, key]));
}

/**
 * What a commit says of a table, if it does. A plain look-up would find something for a table called
 * `constructor` or `toString` in every commit.
 */
export function ownEntry<T>(tables: Readonly<Record<string, T>>, table: string): T | undefined {
  return Object.hasOwn(tables, table) ? tables[table] : undefined;
}
