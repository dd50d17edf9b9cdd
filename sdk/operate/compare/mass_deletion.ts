import { MassDeletionError } from "../../errors.ts";

/** Percent of a table's rows that a scheduled reconciliation deletes without confirmation. */
export const DELETION_LIMIT = 20;

/** Up to this many deleted rows are accepted, regardless of the percentage limit. */
const ALWAYS_ACCEPTED = 100;

/**
 * Refuses to delete a large share of a table: a source restored from a backup looks the same.
 *
 * @throws {MassDeletionError} when more than `limit` percent of the table's rows, and more than
 * 100, are missing in the source.
 */
export function refuseMassDeletion(
  table: string,
  deleted: number,
  rows: number,
  limit = 100,
): void {
  if (deleted <= ALWAYS_ACCEPTED || deleted <= rows * limit / 100) return;
  throw new MassDeletionError(
    `refused to delete ${deleted} of ${rows} rows of ${table}: they are missing in the source, ` +
      `and the limit is ${limit}%`,
    {
      stage: "reconcile",
      table,
      next: { condition: "they were deleted on purpose", operations: [{ name: "reconcile" }] },
    },
  );
}
