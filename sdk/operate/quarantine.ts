/**
 * Lists the rows in quarantine: rows that failed validation, and orphans that refer to a missing
 * row.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import { refuseNewerWarehouse } from "../load/migrate.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { relationExists } from "../postgres/relation.ts";

/** A row in quarantine. */
export interface QuarantineEntry {
  /** The warehouse table that the row belongs to. */
  readonly table: string;
  /** The row's key in that table, as text. */
  readonly key: string;
  /** Why the row is in quarantine. */
  readonly reason: string;
  /**
   * Whether the row is valid but refers to a missing row. A load releases it once that row arrives.
   */
  readonly orphaned: boolean;
  /** Time of the source snapshot that quarantined the row (RFC 3339, UTC). */
  readonly since: string;
  /** The last processed commit that contained the row. */
  readonly sequence: number;
  /** The row's values: of the source row, or of the warehouse row when `orphaned`. */
  readonly content: unknown;
}

/** The filter of {@linkcode listQuarantine}. */
export interface QuarantineFilter {
  /** Lists only rows of this warehouse table. */
  readonly table?: string;
  /** Lists only rows with this key. */
  readonly key?: string;
}

const STAGE = { stage: "quarantine" };

/** The most rows that {@linkcode listQuarantine} returns. */
export const QUARANTINE_LISTED = 1000;

/**
 * Returns the rows in quarantine, oldest first, at most 1,000.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be read, or nothing has been loaded into it
 * yet.
 */
export async function listQuarantine(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  { table, key }: QuarantineFilter = {},
): Promise<QuarantineEntry[]> {
  await using connection = connect(warehouse);
  const wrap = wrapError(WarehouseError, "cannot read the quarantine", STAGE);
  if (await relationExists(connection, "etl.quarantine").catch(wrap)) {
    await refuseNewerWarehouse(connection, STAGE.stage).catch(wrap);
    return await readEntries(connection, table, key).catch(wrap);
  }
  throw new WarehouseError("nothing has been loaded into this warehouse yet", {
    ...STAGE,
    next: { operations: [{ name: "run" }] },
  });
}

/** An older release named the column `waiting`; the next load migrates it. */
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
