import { MassDeletionError } from "../../errors.ts";

/** Percent of a table's rows that can be deleted at once before a person has to confirm it. */
export const DELETION_LIMIT = 20;

/** Up to this many deleted rows are always believed, whatever share of their table they are. */
const ALWAYS_BELIEVED = 100;

/**
 * Refuses to delete a suspicious share of a table: a restored backup or a wrong source looks the same.
 *
 * @throws {MassDeletionError} when more than `limit` percent of the table's rows are missing in the source.
 */
export function refuseMassDeletion(
  table: string,
  deleted: number,
  rows: number,
  limit = 100,
): void {
  if (deleted <= ALWAYS_BELIEVED || deleted <= rows * limit / 100) return;
  throw new MassDeletionError(`${deleted} of ${rows} rows of ${table} are gone from the source`, {
    stage: "reconcile",
    table,
    next: { condition: "they were deleted on purpose", operations: [{ name: "reconcile" }] },
  });
}
