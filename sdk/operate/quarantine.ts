import { WarehouseError } from "../errors.ts";
import { refuseNewerWarehouse } from "../load/migrate.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { relationExists } from "../postgres/relation.ts";

/** A row in quarantine. */
export interface QuarantineEntry {
  /** The warehouse table it was meant for. */
  readonly table: string;
  /** Its key there, as text. */
  readonly key: string;
  /** What is wrong. */
  readonly reason: string;
  /** True when the row is valid and refers to a row that is missing. */
  readonly orphaned: boolean;
  /** Since when, as the source's snapshots count time (RFC 3339, UTC). */
  readonly since: string;
  /** The processed commit that last brought it. */
  readonly sequence: number;
  /** The row: as the source has it, or, when it waits, as the warehouse will. */
  readonly content: unknown;
}

/** Which rows to list. */
export interface QuarantineFilter {
  /** Only of this warehouse table. */
  readonly table?: string;
  /** Only the row with this key. */
  readonly key?: string;
}

const STAGE = { stage: "quarantine" };

/** As many rows are listed at most. */
export const QUARANTINE_LISTED = 1000;

/**
 * Lists the rows in quarantine, those there longest first, 1 000 at the most.
 *
 * @throws {WarehouseError} when the warehouse cannot be read, or nothing has been loaded into it yet.
 */
export async function listQuarantine(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  { table, key }: QuarantineFilter = {},
): Promise<QuarantineEntry[]> {
  await using connection = connect(warehouse);
  const failing = wrapError(WarehouseError, "cannot read the quarantine", STAGE);
  if (await relationExists(connection, "etl.quarantine").catch(failing)) {
    await refuseNewerWarehouse(connection, STAGE.stage).catch(failing);
    return await readEntries(connection, table, key).catch(failing);
  }
  throw new WarehouseError("nothing has been loaded into this warehouse yet", {
    ...STAGE,
    next: { operations: [{ name: "run" }] },
  });
}

/** Until the next load migrates it, the warehouse of an older release calls the column `waiting`. */
const ORPHANED = "coalesce(to_jsonb(q) -> 'orphaned', to_jsonb(q) -> 'waiting')::boolean";

async function readEntries(warehouse: Connection, table?: string, key?: string) {
  const rows = await warehouse.query(
    `SELECT table_name AS table, key, reason, ${ORPHANED} AS orphaned, content,
  sequence::int AS sequence,
  to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since
FROM etl.quarantine q
WHERE ($1::text IS NULL OR table_name = $1) AND ($2::text IS NULL OR key = $2)
ORDER BY q.since, table_name, key LIMIT ${QUARANTINE_LISTED}`,
    [table ?? null, key ?? null],
  );
  return rows as unknown as QuarantineEntry[];
}
