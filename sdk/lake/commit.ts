/**
 * The commits of the two zones. A zone is its log of commits: an object that no commit names does not
 * exist. docs/lake-format.md specifies every field.
 *
 * @module
 */
import type { TableSpec } from "../../schemas/table.ts";

/** A data object, as a commit names it. */
export interface DataObject {
  /** The key in the zone's store. */
  readonly key: string;
  /** Rows in the object. */
  readonly rows: number;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 of the bytes, in lower-case hex. */
  readonly sha256: string;
}

/** A moment in the history of a source. */
export interface SourceMoment {
  /** Its time (RFC 3339, UTC, microseconds). Later in every later commit. */
  readonly taken_at: string;
}

/**
 * A point in the history of a database: which transactions a batch saw. Transaction ids have 64 bits
 * (`xid8`) and are decimal digits.
 */
export interface SourceSnapshot extends SourceMoment {
  /**
   * The system identifier and timeline of the source, `system/timeline`. Changes when the cluster is
   * another one, was restored, or failed over.
   */
  readonly system: string;
  /** The name and oid of the database, `name#oid`. A copy under the same name has another oid. */
  readonly database: string;
  /** Every transaction before this one had ended. */
  readonly xmin: string;
  /** No transaction from this one on had ended. */
  readonly xmax: string;
  /**
   * Transactions and subtransactions from `xmin` on whose rows the snapshot showed, as 32-bit ids. Empty
   * when no transaction was in progress.
   */
  readonly visible: readonly number[];
}

/**
 * The kind of rows in a commit. `full`: every row of every table, or the first part of them; it does not
 * depend on earlier commits. `delta`: the rows that changed since the commit before, and the next part
 * of an unfinished table. `reconcile`: the differences that a comparison of the source with the
 * warehouse found; the next delta starts where it would have started without this commit.
 */
export type CommitMode = "full" | "delta" | "reconcile";

/**
 * What became of a document that a source delivered: the answer of an API, or a file. `read`: its rows are
 * in the commit. `duplicate`: it has the content of another document, and its rows were not read again.
 * `refused`: it cannot be read, and is in quarantine as a whole. `missing`: it was never published.
 */
export type DocumentOutcome = "read" | "duplicate" | "refused" | "missing";

/** A document that a source delivered, as a commit records it. */
export interface DocumentRecord {
  /** Its name, unique within its source: `2026-11-30/eur`, `targets/2026-11.csv`. */
  readonly name: string;
  /** What tells its versions apart before it is read: the ETag of a file, the provider of a response. */
  readonly version: string;
  /** Size in bytes, as delivered; 0 if it is missing. */
  readonly bytes: number;
  /** SHA-256 of its bytes, as delivered, in lower-case hex; empty if it is missing. */
  readonly sha256: string;
  /** The source table of its rows. */
  readonly table: string;
  /** Rows that were read from it. */
  readonly rows: number;
  /** What became of it. */
  readonly outcome: DocumentOutcome;
  /** Why, unless it was read: `line 7: the row has 3 fields, not 4`. */
  readonly reason?: string;
  /** The object that holds its bytes, if they are kept. */
  readonly body?: DataObject;
}

/** A batch that was written to the ingestion zone, from any source. */
export interface IngestionCommit {
  /** The format of the commit: see `upgrades/`. */
  readonly format: 2;
  /** The zone. */
  readonly zone: "ingestion";
  /** The number of the commit: 1, 2, 3 and so on, without gaps. */
  readonly sequence: number;
  /** The run that wrote it. */
  readonly run: string;
  /** The kind of rows that the commit contains. */
  readonly mode: CommitMode;
  /** The state of the source. A {@linkcode DatabaseCommit} has more of it. */
  readonly snapshot: SourceMoment;
  /** The documents that the rows come from. Undefined when the source is a database. */
  readonly documents?: readonly DocumentRecord[];
  /** An object with the documents of every commit up to a number, as JSON Lines. */
  readonly ledger?: { readonly through: number; readonly object: DataObject };
  /**
   * The columns that have been read of every source table, also of tables without rows in this batch.
   * A table is missing here before its first rows are read, after it gains a column, and while it
   * cannot be read. It is then read from scratch.
   */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** The key column of each table that has an object here. Empty in a commit of format 1. */
  readonly keys: Readonly<Record<string, string>>;
  /** The tables whose first rows have not all been read: the greatest key read, as Postgres prints it. */
  readonly partial: Readonly<Record<string, string>>;
  /** The JSONL object of each source table that has rows in this batch. */
  readonly tables: Readonly<Record<string, DataObject>>;
  /** The tombstones: the JSONL object of each source table with the keys of deleted rows. */
  readonly deleted: Readonly<Record<string, DataObject>>;
}

/** A batch that an extraction from a database wrote. */
export interface DatabaseCommit extends IngestionCommit {
  /** The state of the source. */
  readonly snapshot: SourceSnapshot;
}

/** The result of transforming one ingestion commit. */
export interface ProcessedCommit {
  /** The format of the commit: see `upgrades/`. */
  readonly format: 2;
  /** The zone. */
  readonly zone: "processed";
  /** The number of the commit: 1, 2, 3 and so on, without gaps. */
  readonly sequence: number;
  /** The run that wrote it. */
  readonly run: string;
  /** The ingestion commit that it was made from. */
  readonly ingestion_sequence: number;
  /** The run that wrote the ingestion commit. Distinguishes zones with the same numbers. */
  readonly ingestion_run: string;
  /** The mode of the ingestion commit. */
  readonly mode: CommitMode;
  /** The version of the specs and transforms that made it: see `transformVersion`. */
  readonly transform_version: string;
  /** Time of the source snapshot: `snapshot.taken_at` of the ingestion commit. */
  readonly taken_at: string;
  /** The warehouse tables whose first rows are not all in this and earlier commits. */
  readonly incomplete: readonly string[];
  /** The key column of each table that has an object here. Empty in a commit of format 1. */
  readonly keys: Readonly<Record<string, string>>;
  /**
   * Why the ingestion commit was skipped: it is damaged or has too many invalid rows, and a later one
   * of mode `full` contains its rows again. Undefined when it was not.
   */
  readonly skipped?: string;
  /** The Parquet object of each warehouse table that has rows in this batch. */
  readonly tables: Readonly<Record<string, DataObject>>;
  /** The tombstones: the Parquet object of each warehouse table with the keys of deleted rows. */
  readonly deleted: Readonly<Record<string, DataObject>>;
  /** The JSONL object of each warehouse table with the source rows that could not be transformed. */
  readonly quarantined: Readonly<Record<string, DataObject>>;
}

/** A commit of either zone. */
export type Commit = IngestionCommit | ProcessedCommit;

/** A commit that was applied as empty, because it is damaged or has too many invalid rows. */
export interface SkippedCommit {
  /** The zone of the commit. */
  readonly zone: Commit["zone"];
  /** Its number in the log of that zone. */
  readonly sequence: number;
  /** The problem. */
  readonly reason: string;
}

/** A data object and its table. */
export interface TableObject {
  /** The table, of the source or of the warehouse. */
  readonly table: string;
  /** The object. */
  readonly object: DataObject;
}

/** Returns every data object that a commit names. */
export function objectsOf(commit: Commit): TableObject[] {
  const records = [commit.tables, commit.deleted];
  if (commit.zone === "processed") records.push(commit.quarantined);
  return records.flatMap((objects) =>
    Object.entries(objects).map(([table, object]) => ({ table, object }))
  );
}

/** Returns whether a first load is unfinished after a commit: some tables still have unread parts. */
export function isPartial({ partial }: Pick<IngestionCommit, "partial">): boolean {
  return Object.keys(partial).length > 0;
}

/**
 * Returns the time of the source that a warehouse shows after these commits. Null when there are none,
 * or when some tables are incomplete.
 */
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
 * Returns the entry of a table, or undefined. Plain property access would find an inherited value for a
 * table called `constructor` or `toString`.
 */
export function ownEntry<T>(tables: Readonly<Record<string, T>>, table: string): T | undefined {
  return Object.hasOwn(tables, table) ? tables[table] : undefined;
}
