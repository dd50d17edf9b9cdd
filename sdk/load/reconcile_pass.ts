/**
 * Reads and records the progress of reconciliation.
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
