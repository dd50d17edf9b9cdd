/**
 * Conditions on the transaction that wrote a row version, as SQL. Does no I/O.
 *
 * A snapshot has 64-bit ids of transactions, and a row version has their lower 32 bits.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 * @module
 */
import type { SourceSnapshot } from "../lake/commit.ts";

/** Up to this many transactions are listed one by one. The list is a part of each statement. */
export const MOST_LISTED = 1000;
/** Postgres makes a hash table of a list from this many elements on. */
const LEAST_HASHED = 9;
/** Smaller ids are not those of transactions. */
const FIRST_NORMAL = 3n;

/**
 * Returns the condition that a snapshot did not show a row version: a transaction from its `xmin` on
 * wrote it, and not one of those that it already showed. `xmax`, if given, is that of the snapshot in
 * which the condition is evaluated: no row version is newer.
 */
export function changedSince(
  alias: string,
  { xmin, visible }: Pick<SourceSnapshot, "xmin" | "visible">,
  xmax?: string,
): string {
  const written = writtenFrom(alias, xmin, { xmax, without: visible });
  if (visible.length === 0 || isListed(xmin, xmax)) return written;
  return `(${written} AND ${alias}.xmin <> ALL ('{${visible.map(digits).join(",")}}'::xid[]))`;
}

/**
 * Returns the condition that the given transaction or a later one wrote a row version. Few of them are
 * listed, `without` some, which Postgres compares in parallel. Otherwise ages are compared, as unsigned
 * 32-bit numbers, so that the transaction counter can wrap around.
 */
export function writtenFrom(
  alias: string,
  xmin: string,
  { xmax, without = [] }: { readonly xmax?: string; readonly without?: readonly number[] } = {},
): string {
  if (isListed(xmin, xmax)) {
    return `${alias}.xmin = ANY ('${transactionsBetween(xmin, xmax, without)}'::xid[])`;
  }
  const from = `'${digits(BigInt.asUintN(32, BigInt(xmin)))}'::xid`;
  // In a subquery the age of the bound is computed once, not for every row.
  return `(age(${alias}.xmin)::bigint & 4294967295) <= (SELECT age(${from})::bigint & 4294967295)`;
}

function isListed(xmin: string, xmax: string | undefined): xmax is string {
  return xmax !== undefined && BigInt(xmax) - BigInt(xmin) <= MOST_LISTED;
}

/** Returns the ids from `xmin` on, before `xmax` and without some, as the literal of an `xid[]`. */
export function transactionsBetween(
  xmin: string | bigint,
  xmax: string | bigint,
  without: readonly number[] = [],
): string {
  const left = new Set(without);
  const ids: string[] = [];
  for (let xid = BigInt(xmin); xid < BigInt(xmax); xid++) {
    const id = BigInt.asUintN(32, xid);
    if (id >= FIRST_NORMAL && !left.has(Number(id))) ids.push(digits(id));
  }
  while (ids.length > 0 && ids.length < LEAST_HASHED) ids.push(ids[0]);
  return `{${ids.join(",")}}`;
}

/** Returns a transaction id as SQL. COPY takes no parameters, so the digits are checked. */
export function digits(xid: number | bigint): string {
  const text = String(xid);
  if (!/^\d+$/.test(text)) throw new TypeError(`not a transaction id: ${text}`);
  return text;
}
