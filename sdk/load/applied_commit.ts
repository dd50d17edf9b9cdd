/**
 * Records which commits of each source a warehouse has applied, in the same transaction as their rows.
 * This makes loading exactly once.
 *
 * @module
 */
import { DATABASE } from "../derive/source_model.ts";
import { WarehouseError } from "../errors.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";

/** The last commit of a source that a warehouse has applied. */
export interface Applied {
  /** The commit's number in the processed zone's log. */
  readonly sequence: number;
  /** The run that wrote it: distinguishes two lakes with the same numbers. */
  readonly run: string;
}

/** The last commit of a source that a warehouse has applied, and when that was read. */
export interface LastApplied extends Applied {
  /** Time of its source snapshot (RFC 3339, UTC). */
  readonly taken_at: string;
  /** Milliseconds since then, by the warehouse's clock. */
  readonly age_ms: number;
}

/**
 * Returns the last applied commit of each of these sources that has one; undefined without a control
 * table. Earlier releases did not record the source: all their commits are of the database.
 */
export async function lastApplied(
  warehouse: Connection,
  sources: readonly string[],
): Promise<Map<string, LastApplied> | undefined> {
  const [table] = await warehouse.query<{ hasSources: boolean }>(
    `SELECT EXISTS (
  SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'source'
) AS "hasSources" FROM pg_class c WHERE oid = to_regclass('etl.applied_commit')`,
  );
  if (!table) return undefined;
  const rows = await warehouse.query<LastApplied & QueryRow & { source: string }>(
    `SELECT s.source, last.sequence::float8 AS sequence, last.run,
  to_char(last.taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS taken_at,
  greatest(0, extract(epoch FROM clock_timestamp() - last.taken_at) * 1000)::float8 AS age_ms
FROM jsonb_array_elements_text($1::text::jsonb) AS s(source) CROSS JOIN LATERAL (
  SELECT a.sequence, a.run, a.taken_at FROM etl.applied_commit a
  WHERE ${table.hasSources ? "a.source" : `'${DATABASE}'`} = s.source
  ORDER BY a.sequence DESC LIMIT 1
) last`,
    [JSON.stringify(sources)],
  );
  return new Map(rows.map(({ source, ...last }) => [source, last]));
}

/** Records a commit as applied, in the transaction that applies it. */
export function recordApplied(commit: ProcessedCommit, source: string): Statement {
  const text =
    `INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at, mode, skipped, source)
VALUES ($1, $2, $3, $4, $5, $6, $7)`;
  const { sequence, ingestion_sequence, run, taken_at, mode, skipped = null } = commit;
  return { text, values: [sequence, ingestion_sequence, run, taken_at, mode, skipped, source] };
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
