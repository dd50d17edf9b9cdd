/**
 * Records which commits a warehouse has applied, in the same transaction as their rows. This makes
 * loading exactly once.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";
import type { Statement } from "../postgres/statement.ts";

/** The last commit that a warehouse has applied. */
export interface Applied {
  /** The commit's number in the processed zone's log. */
  readonly sequence: number;
  /** The run that wrote it: distinguishes two lakes with the same numbers. */
  readonly run: string;
}

/** Returns the last applied commit; null before the first, undefined without a control table. */
export async function lastApplied(warehouse: Connection): Promise<Applied | null | undefined> {
  if (!await relationExists(warehouse, "etl.applied_commit")) return undefined;
  const [row] = await warehouse.query<{ sequence: string; run: string }>(
    "SELECT sequence, run FROM etl.applied_commit ORDER BY sequence DESC LIMIT 1",
  );
  return row ? { sequence: Number(row.sequence), run: row.run } : null;
}

/** Records a commit as applied, in the transaction that applies it. */
export function recordApplied(commit: ProcessedCommit): Statement {
  const text =
    `INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at, mode, skipped)
VALUES ($1, $2, $3, $4, $5, $6)`;
  const { sequence, ingestion_sequence, run, taken_at, mode, skipped = null } = commit;
  return { text, values: [sequence, ingestion_sequence, run, taken_at, mode, skipped] };
}

/** Returns the log's commit that a warehouse applied last; undefined when it is not in this log. */
export async function appliedCommit(
  log: CommitLog<ProcessedCommit>,
  { sequence, run }: Applied,
): Promise<ProcessedCommit | undefined> {
  const commit = await log.find(sequence);
  return commit?.run === run ? commit : undefined;
}

/**
 * Refuses another lake: both count 1, 2, 3, and continuing would mix two histories.
 *
 * @throws {WarehouseError} when the warehouse was not loaded from this log.
 */
export async function refuseOtherLake(
  log: CommitLog<ProcessedCommit>,
  applied: Applied,
): Promise<void> {
  if (await appliedCommit(log, applied)) return;
  throw new WarehouseError(
    `the warehouse was loaded from another lake: its commit ${applied.sequence} is of run ` +
      `${applied.run}, which this processed zone does not have`,
    {
      stage: "load",
      next: "set `processed` to that lake, or `warehouse` to an empty database",
    },
  );
}
