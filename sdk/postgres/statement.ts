import type postgres from "postgres";

/** A statement and the values of its parameters. */
export interface Statement {
  /** The SQL. */
  readonly text: string;
  /** The values of `$1` and so on. */
  readonly values?: readonly unknown[];
}

const BEGINS = /^\s*(BEGIN|START TRANSACTION)\b/i;
/** `ROLLBACK TO SAVEPOINT` stays in the transaction. */
const ENDS = /^\s*(COMMIT|END|ROLLBACK(?!\s+TO))\b/i;

/** Returns whether a transaction is open after a statement, given whether one was open before. */
export function isInTransaction(before: boolean, text: string): boolean {
  return BEGINS.test(text) || (before && !ENDS.test(text));
}

/**
 * Makes postgres.js send a query in one round trip. It would first ask the server for the types of the
 * parameters and wait; but it sends every value as text, and the server infers the type from the
 * statement in either case.
 */
export function inOneTrip<T extends object>(query: T): T {
  return Object.defineProperty(query, "describeFirst", { get: () => false, set: () => {} });
}

/**
 * Waits for all of some queries and returns their rows, in order.
 *
 * @throws the error of the first one that failed.
 */
export async function allRows(
  queries: readonly PromiseLike<postgres.RowList<postgres.Row[]>>[],
): Promise<Record<string, unknown>[][]> {
  const settled = await Promise.allSettled(queries);
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
