/**
 * The verifications of a warehouse, in `etl.verification`: the dated proof that it equals its sources.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { PipelineOptions } from "../options.ts";
import type { QueryRow } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { isUndefined } from "../postgres/relation.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import type { TableVerification, VerifyResult } from "./compare/verify.ts";

/** A recorded verification. */
export interface RecordedVerification {
  /** When it was done (RFC 3339, UTC). */
  readonly done_at: string;
  /** Whether every row and column of every table was the same. */
  readonly equal: boolean;
  /** Rows that the sources imply, over all tables. */
  readonly source_rows: number;
  /** Rows in the warehouse, over all tables. */
  readonly warehouse_rows: number;
  /** Rows that differed in any way. */
  readonly differences: number;
  /** The same by table. */
  readonly tables: readonly Omit<TableVerification, "examples">[];
}

const STAGE = { stage: "verify" };

/**
 * Records the result of a verification, without its examples, which quote rows. Does nothing before the first
 * load, which creates the table.
 *
 * @throws {ConfigurationError} when the connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be written.
 */
export async function recordVerification(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  { equal, tables }: VerifyResult,
): Promise<void> {
  await using connection = acquireConnection(warehouse);
  const counts = tables.map(({ examples: _, ...counts }) => counts);
  await connection.query(
    `INSERT INTO etl.verification (equal, source_rows, warehouse_rows, differences, tables)
SELECT $1::boolean, coalesce(sum(source_rows), 0), coalesce(sum(warehouse_rows), 0),
  coalesce(sum(differences), 0), $2::text::jsonb
FROM jsonb_to_recordset($2::text::jsonb)
  AS t(source_rows bigint, warehouse_rows bigint, differences bigint)`,
    [equal, JSON.stringify(counts)],
  ).catch((error) => {
    if (!isUndefined(error)) {
      wrapError(WarehouseError, "cannot record the verification", STAGE)(error);
    }
  });
}

/** The statement that selects the last {@linkcode RecordedVerification}. */
export const SELECT_VERIFICATION = `SELECT
  to_char(done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS done_at, equal,
  source_rows::float8 AS source_rows, warehouse_rows::float8 AS warehouse_rows,
  differences::float8 AS differences, tables
FROM etl.verification ORDER BY etl.verification.done_at DESC LIMIT 1`;

/**
 * Returns the last recorded verification; null without one.
 *
 * @throws {ConfigurationError} when the connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function lastVerification(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
): Promise<RecordedVerification | null> {
  await using connection = acquireConnection(warehouse);
  const rows = await connection.query<RecordedVerification & QueryRow>(SELECT_VERIFICATION).catch(
    (error) => {
      if (isUndefined(error)) return [];
      return wrapError(WarehouseError, "cannot read the verifications", STAGE)(error);
    },
  );
  return rows[0] ?? null;
}
