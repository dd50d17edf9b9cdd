import type { DatabaseCommit } from "../lake/commit.ts";
import type { SchemaChange } from "./schema_changes.ts";

/**
 * How an extraction ended. `committed`: the changes are in the ingestion zone. `unchanged`: nothing
 * changed since the last commit, and nothing was written. `overtaken`: another run committed first, from
 * its own snapshot; the next extraction starts there.
 */
export type ExtractOutcome = "committed" | "unchanged" | "overtaken";

/** The result of an extraction. */
export type ExtractResult =
  & {
    /** How it ended. */
    readonly outcome: ExtractOutcome;
    /** Differences between the source and the specs. A table that one stops was not read. */
    readonly schema: readonly SchemaChange[];
  }
  & (
    | {
      readonly outcome: "committed";
      /** The last of its commits. */
      readonly commit: DatabaseCommit;
      /** All its commits, in order: a first load of many rows has several. */
      readonly commits: readonly DatabaseCommit[];
      /** Why every row was read; undefined when only the changes since the last commit were. */
      readonly full_because?: string;
    }
    | { readonly outcome: "unchanged" }
    | {
      readonly outcome: "overtaken";
      /** Number of the other run's commit. */
      readonly sequence: number;
    }
  );

/** The rows of each table in the snapshot that an extraction ended with. */
export interface SourceCounts {
  /** The commit after which only deletes can have happened until then. */
  readonly sequence: number;
  /** Number of rows, by table. Has no table whose first rows have not all been read. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Returns the result of an extraction that was not overtaken. */
export function outcomeOf(
  schema: readonly SchemaChange[],
  commits: readonly DatabaseCommit[],
  full_because: string | undefined,
): ExtractResult {
  const commit = commits.at(-1);
  return commit
    ? { outcome: "committed", commit, commits, full_because, schema }
    : { outcome: "unchanged", schema };
}
