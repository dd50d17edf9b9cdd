/**
 * Selects the rows of a batch, as SQL. Does no I/O.
 *
 * A watermark on `last_updated` loses rows that commit late, rows whose update leaves the column alone,
 * and ties. Postgres is exact: every row version has the id of the transaction that wrote it (`xmin`),
 * and a snapshot says which transactions it shows.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import type { SourceSnapshot } from "../lake/commit.ts";
import { identifier } from "../postgres/sql.ts";
import { anyOf, withAncestors } from "./ancestors.ts";
import { joinGraph, type JoinTree } from "./join_graph.ts";
import { POSITION_COLUMNS } from "./source_position.ts";
import { alreadyReadOf, boundOf, type Checkpoint, orderedKey, type Plan } from "./plan.ts";

/**
 * Returns the statement that selects the position of the source, and for each table whether it has
 * changed and how many rows it has: one scan answers both.
 */
export function probeStatement(tables: readonly SourceTableSpec[], since: Checkpoint): string {
  const scans = tables.map((table, place) => {
    const isNew = alreadyReadOf(table, since) === "all"
      ? changedSince("t", since.snapshot)
      : "true";
    return `(SELECT count(*)::float8 AS rows_${place}, count(*) FILTER (WHERE ${isNew}) > 0` +
      ` AS changed_${place} FROM ${identifier(table.name)} t) scan_${place}`;
  });
  const found = tables.map((_, place) => `scan_${place}.*`).join(", ");
  const from = ["pg_current_snapshot() AS snapshot", ...scans].join(",\n  ");
  return `SELECT ${POSITION_COLUMNS},\n  ${found}\nFROM ${from}`;
}

/** Returns the statement that counts the rows of each table. */
export function countStatement(tables: readonly SourceTableSpec[]): string {
  const counts = tables.map(({ name }, place) =>
    `(SELECT count(*) FROM ${identifier(name)})::float8 AS rows_${place}`
  );
  return `SELECT ${counts.join(",\n  ")}`;
}

/**
 * Returns the statement that selects the transactions, from a snapshot's `xmin` on, whose rows the
 * snapshot shows: rows of transactions that are still open are not among them. It reads the rows
 * themselves, because only they have the ids of subtransactions.
 */
export function visibleStatement(tables: readonly SourceTableSpec[], xmin: string): string {
  const scans = tables.map(({ name }) =>
    `SELECT xmin::text::bigint AS xid FROM ${identifier(name)} t WHERE ${writtenFrom("t", xmin)}`
  );
  return `${scans.join("\nUNION\n")}\nORDER BY xid`;
}

/** The scope of a batch. */
export interface Scope {
  /** The tables. */
  readonly model: Model;
  /** The state after earlier batches; undefined when this one reads every row. */
  readonly since: Checkpoint | undefined;
  /** The rows that it reads of each table. */
  readonly plan: Plan;
}

/**
 * Returns the rows of a table that a batch reads, as a condition on `t`: the rows that the plan selects,
 * the rows whose warehouse rows those change, and every row that one of them is joined with. So the batch
 * can be transformed on its own.
 */
export function selection(table: SourceTableSpec, scope: Scope): string {
  return withAncestors(table, scope.model, (alias, table) => affected(alias, table, scope));
}

/** Returns the conditions of the rows that changed, or that are joined with a row that changed. */
function affected(alias: string, table: SourceTableSpec, scope: Scope): string[] {
  if (isUnread(table, scope)) return [];
  const own = planned(alias, table, scope);
  const { alreadyRead } = scope.plan.get(table.name)!;
  if (own.includes("true") || alreadyRead === "nothing") return own;
  const joined = joinedWithChanged(alias, joinGraph(scope.model).treesOf(table), scope);
  if (joined.length === 0 || alreadyRead === "all") return [...own, ...joined];
  // Later batches read the other rows, with what they are joined with then.
  const before = `${orderedKey(table, alias)} <= ${boundOf(table, "read")}`;
  return [...own, `(${before} AND (${anyOf(joined)}))`];
}

function joinedWithChanged(alias: string, trees: readonly JoinTree[], scope: Scope): string[] {
  return trees.map(({ column, parent, next }) => {
    const changed = [...planned("p", parent, scope), ...joinedWithChanged("p", next, scope)];
    if (changed.includes("true")) return `${alias}.${identifier(column)} IS NOT NULL`;
    return `${alias}.${identifier(column)} IN (SELECT p.${identifier(parent.key)}` +
      ` FROM ${identifier(parent.name)} p WHERE ${anyOf(changed)})`;
  });
}

/**
 * Returns whether a later batch reads a table's first rows. Such a table is left out, even if a
 * joined table changed.
 */
function isUnread({ name }: SourceTableSpec, { plan }: Scope): boolean {
  const { alreadyRead, backfill } = plan.get(name)!;
  return alreadyRead === "nothing" && backfill === "none";
}

/** Returns the conditions of the rows that the plan itself selects. */
function planned(alias: string, table: SourceTableSpec, { since, plan }: Scope): string[] {
  const { alreadyRead, backfill } = plan.get(table.name)!;
  const key = orderedKey(table, alias);
  const before = typeof alreadyRead === "object"
    ? `${key} <= ${boundOf(table, "read")}`
    : undefined;
  const conditions: string[] = [];
  if (alreadyRead !== "nothing") {
    const changed = changedSince(alias, since!.snapshot);
    conditions.push(before ? `(${before} AND ${changed})` : changed);
  }
  if (backfill !== "none") {
    const from = before ? [`${key} > ${boundOf(table, "read")}`] : [];
    const to = backfill === "rest" ? [] : [`${key} <= ${boundOf(table, "backfill")}`];
    const range = [...from, ...to];
    conditions.push(range.length === 2 ? `(${range.join(" AND ")})` : range[0] ?? "true");
  }
  return conditions;
}

/**
 * Returns the condition that a snapshot did not show a row version: a transaction from its `xmin` on
 * wrote it, and not one of those that it already showed.
 */
function changedSince(alias: string, { xmin, visible }: SourceSnapshot): string {
  const written = writtenFrom(alias, xmin);
  if (visible.length === 0) return written;
  return `(${written} AND ${alias}.xmin <> ALL ('{${visible.map(digits).join(",")}}'::xid[]))`;
}

/**
 * Returns the condition that the given transaction or a later one wrote a row version. Ages are compared
 * as unsigned 32-bit numbers, so that the transaction counter can wrap around.
 */
function writtenFrom(alias: string, xid: string): string {
  const from = `'${digits(BigInt.asUintN(32, BigInt(xid)))}'::xid`;
  // In a subquery the age of the bound is computed once, not for every row.
  return `(age(${alias}.xmin)::bigint & 4294967295) <= (SELECT age(${from})::bigint & 4294967295)`;
}

/** Returns a transaction id as SQL. COPY takes no parameters, so the digits are checked. */
function digits(xid: number | bigint): string {
  const text = String(xid);
  if (!/^\d+$/.test(text)) throw new TypeError(`not a transaction id: ${text}`);
  return text;
}
