/**
 * Selects the rows of a batch, as SQL. Does no I/O.
 *
 * A watermark on `last_updated` loses rows that commit late, rows whose update leaves the column alone,
 * and ties. Postgres is exact: every row version has the id of the transaction that wrote it (`xmin`),
 * and a snapshot says which transactions it shows.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { identifier } from "../postgres/sql.ts";
import { anyOf, withAncestors } from "./ancestors.ts";
import { joinGraph, type JoinTree } from "./join_graph.ts";
import { boundOf, type Checkpoint, orderedKey, type Plan } from "./plan.ts";
import { changedSince, writtenFrom } from "./transactions.ts";

/**
 * Returns the statement that selects the transactions, from a snapshot's `xmin` on, whose rows the
 * snapshot shows: rows of transactions that are still open are not among them. It reads the rows
 * themselves, because only they have the ids of subtransactions.
 */
export function visibleStatement(
  tables: readonly SourceTableSpec[],
  { xmin, xmax }: { readonly xmin: string; readonly xmax?: string },
): string {
  const written = writtenFrom("t", xmin, { xmax });
  const scans = tables.map(({ name }) =>
    `SELECT xmin::text::bigint AS xid FROM ${identifier(name)} t WHERE ${written}`
  );
  return `${scans.join("\nUNION\n")}\nORDER BY xid`;
}

/** The scope of a batch. */
export interface Scope {
  readonly model: Model;
  /** The state after earlier batches; undefined when this one reads every row. */
  readonly since: Checkpoint | undefined;
  /** The rows that it reads of each table. */
  readonly plan: Plan;
  /** The `xmax` of the snapshot that it reads, if that is known. */
  readonly xmax?: string;
  /** The tables in which nothing changed. */
  readonly unchanged?: ReadonlySet<string>;
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
  return trees.flatMap(({ column, parent, next }) => {
    const changed = [...planned("p", parent, scope), ...joinedWithChanged("p", next, scope)];
    if (changed.length === 0) return [];
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
function planned(alias: string, table: SourceTableSpec, scope: Scope): string[] {
  const { since, plan, xmax, unchanged } = scope;
  const { alreadyRead, backfill } = plan.get(table.name)!;
  const key = orderedKey(table, alias);
  const before = typeof alreadyRead === "object"
    ? `${key} <= ${boundOf(table, "read")}`
    : undefined;
  const conditions: string[] = [];
  if (alreadyRead !== "nothing" && !unchanged?.has(table.name)) {
    const changed = changedSince(alias, since!.snapshot, xmax);
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
