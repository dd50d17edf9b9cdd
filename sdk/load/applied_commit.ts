/**
 * Which commits a warehouse has applied. It is written in the same transaction as their rows, and that
 * is what makes loading exactly once.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";

/** The last commit a warehouse has taken in. */
export interface Applied {
  /** Its place in the processed zone's log. */
  readonly sequence: number;
  /** The run that wrote it: tells apart two lakes that count alike. */
  readonly run: string;
}

/** The last commit applied; null before the first, undefined when there is no control table yet. */
export async function lastApplied(warehouse: Connection): Promise<Applied | null | undefined> {
  if (!await relationExists(warehouse, "etl.applied_commit")) return undefined;
  const [row] = await warehouse.query<{ sequence: string; run: string }>(
    "SELECT sequence, run FROM etl.applied_commit ORDER BY sequence DESC LIMIT 1",
  );
  return row ? { sequence: Number(row.sequence), run: row.run } : null;
}

/** Records a commit as applied, in the transaction that applies it. */
export async function recordApplied(warehouse: Connection, commit: ProcessedCommit): Promise<void> {
  await warehouse.query(
    `INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at, mode, skipped)
VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      commit.sequence,
      commit.ingestion_sequence,
      commit.run,
      commit.taken_at,
      commit.mode,
      commit.skipped ?? null,
    ],
  );
}

/** The commit of this log that a warehouse has taken in last; undefined when it is not of this log. */
export async function appliedCommit(
  log: CommitLog<ProcessedCommit>,
  { sequence, run }: Applied,
): Promise<ProcessedCommit | undefined> {
  const head = await log.head();
  if (!head || head.sequence < sequence) return undefined;
  const commit = await log.read(sequence);
  return commit.run === run ? commit : undefined;
}

/**
 * Two lakes both count 1, 2, 3: going on from another one would mix two histories.
 *
 * @throws {WarehouseError} when the log is not the one the warehouse was loaded from.
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
