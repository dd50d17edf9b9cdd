/**
 * Reads and records the warehouse's maintenance state: progress of reconciliation, quarantine, and
 * what is due.
 *
 * @module
 */
import type { Connection, QueryRow } from "../postgres/connection.ts";

/** The progress of one comparison of all tables, which can take several runs. */
export interface ReconcilePass {
  /** The ingestion commit that the warehouse contained when the comparison began. */
  readonly ingestion_sequence: number;
  /** The warehouse tables compared so far. */
  readonly tables: readonly string[];
}

/** Returns the unfinished comparison, if there is one. */
export async function unfinishedPass(warehouse: Connection): Promise<ReconcilePass | undefined> {
  const [last] = await warehouse.query<ReconcilePass & { readonly finished: boolean } & QueryRow>(
    `SELECT ingestion_sequence::int AS ingestion_sequence, tables, finished
FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1`,
  );
  return last && !last.finished ? last : undefined;
}

/** Records a comparison's progress and what this run of it found, by table. */
export async function recordReconciliation(
  warehouse: Connection,
  { ingestion_sequence, tables }: ReconcilePass,
  { finished, deleted, missed, refused = null }: {
    readonly finished: boolean;
    readonly deleted: unknown;
    readonly missed: unknown;
    /** Why nothing was repaired although differences were found. */
    readonly refused?: string | null;
  },
): Promise<void> {
  const json = [tables, deleted, missed].map((part) => JSON.stringify(part));
  await warehouse.query(
    `INSERT INTO etl.reconciliation
  (ingestion_sequence, tables, finished, deleted, missed, refused)
VALUES ($1, $2::text::jsonb, $3, $4::text::jsonb, $5::text::jsonb, $6)`,
    [ingestion_sequence, json[0], finished, json[1], json[2], refused],
  );
}

/** A warehouse's maintenance state. */
export interface WarehouseStatus {
  /** Rows in quarantine. */
  readonly quarantined: number;
  /** Milliseconds since the last reconciliation, or since the first load; null before that. */
  readonly reconciled_ms_ago: number | null;
  /**
   * Whether a reconciliation is needed: every row was read again since the last one, a batch was
   * skipped, or a comparison is unfinished.
   */
  readonly reconcile_needed: boolean;
}

/** Reads a warehouse's maintenance state. */
export async function readWarehouseStatus(warehouse: Connection): Promise<WarehouseStatus> {
  const [status] = await warehouse.query<WarehouseStatus & QueryRow>(
    `SELECT (SELECT count(*) FROM etl.quarantine)::int AS quarantined,
  (extract(epoch FROM clock_timestamp() - coalesce(
    (SELECT max(done_at) FROM etl.reconciliation WHERE finished),
    (SELECT min(applied_at) FROM etl.applied_commit)
  )) * 1000)::float8 AS reconciled_ms_ago,
  EXISTS (SELECT FROM etl.applied_commit
    WHERE (skipped IS NOT NULL
      OR mode = 'full' AND sequence > (SELECT min(sequence) FROM etl.applied_commit))
    AND ingestion_sequence >
      (SELECT coalesce(max(ingestion_sequence), 0) FROM etl.reconciliation WHERE finished)
  ) OR coalesce(
    (SELECT NOT finished FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1), false
  ) AS reconcile_needed`,
  );
  return status;
}
