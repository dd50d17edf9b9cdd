/**
 * Which rows a batch reads, as SQL. Pure: text in, text out.
 *
 * A watermark on `last_updated` would lose rows that commit late, rows whose writer left it alone,
 * and ties. Postgres itself knows better: every row version carries the transaction that wrote it
 * (`xmin`), and a snapshot says which transactions it showed.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import type { SourceSnapshot } from "../lake/commit.ts";
import { sourceTable } from "../derive/source_table.ts";
import { identifier } from "../postgres/sql.ts";
import { POSITION_COLUMNS } from "./source_position.ts";
import { alreadyReadOf, boundOf, type Checkpoint, orderedKey, type Plan } from "./plan.ts";

/** Selects where the source stands, and by place in `tables` whether any of its rows changed. */
export function probeStatement(tables: readonly SourceTableSpec[], since: Checkpoint): string {
  const flags = tables.map((table, place) => {
    const isNew = alreadyReadOf(table, since) === "all"
      ? changedSince("t", since.snapshot)
      : "true";
    return `EXISTS (SELECT FROM ${identifier(table.name)} t WHERE ${isNew}) AS changed_${place}`;
  });
  return `SELECT ${POSITION_COLUMNS},\n  ${
    flags.join(",\n  ")
  }\nFROM pg_current_snapshot() AS snapshot`;
}

/**
 * Selects the transactions, from a snapshot's `xmin` on, whose rows the snapshot shows. Their rows
 * have been read; those of the transactions still open among them have not. The rows themselves are
 * asked, because only they know the ids of subtransactions.
 */
export function visibleStatement(tables: readonly SourceTableSpec[], xmin: string): string {
  const scans = tables.map(({ name }) =>
    `SELECT xmin::text::bigint AS xid FROM ${identifier(name)} t WHERE ${writtenFrom("t", xmin)}`
  );
  return `${scans.join("\nUNION\n")}\nORDER BY xid`;
}

/** A batch: what is read of each table, beside the changes since the batch before. */
export interface Scope {
  /** The tables. */
  readonly model: Model;
  /** What earlier batches have read, if there are any to go on from. */
  readonly since: Checkpoint | undefined;
  /** What each table gives. */
  readonly plan: Plan;
}

/**
 * The rows a batch needs of a table, as a condition on `t`: those that are its share of the plan;
 * those that a warehouse table joins with a row that is; and the other side of every join, so that
 * the batch can be transformed alone.
 */
export function selection(table: SourceTableSpec, scope: Scope): string {
  const joins = joinsOf(scope.model);
  const own = ownOrJoined("t", table, joins, scope);
  if (own.includes("true")) return "true";
  const asParent = joins.filter(({ parent }) => parent === table).map(({ child, column }) =>
    `t.${identifier(table.key)} IN (SELECT c.${identifier(column)}` +
    ` FROM ${identifier(child.name)} c WHERE ${either(ownOrJoined("c", child, joins, scope))})`
  );
  return either([...own, ...asParent]);
}

function ownOrJoined(
  alias: string,
  table: SourceTableSpec,
  joins: readonly Join[],
  scope: Scope,
): string[] {
  if (isUnread(table, scope)) return [];
  return [
    ...share(alias, table, scope),
    ...joins.filter(({ child }) => child === table).map(({ parent, column }) =>
      `${alias}.${identifier(column)} IN (SELECT p.${identifier(parent.key)}` +
      ` FROM ${identifier(parent.name)} p WHERE ${either(share("p", parent, scope))})`
    ),
  ];
}

/** A table that is yet to be begun gives nothing, changes of what it is joined with or not. */
function isUnread({ name }: SourceTableSpec, { plan }: Scope): boolean {
  const { alreadyRead, backfill } = plan.get(name)!;
  return alreadyRead === "nothing" && backfill === "none";
}

/** The rows of a table that are its own share of the plan. */
function share(alias: string, table: SourceTableSpec, { since, plan }: Scope): string[] {
  const { alreadyRead, backfill } = plan.get(table.name)!;
  const key = orderedKey(table, alias);
  const before = typeof alreadyRead === "object"
    ? `${key} <= ${boundOf(table, "known")}`
    : undefined;
  const conditions: string[] = [];
  if (alreadyRead !== "nothing") {
    const changed = changedSince(alias, since!.snapshot);
    conditions.push(before ? `(${before} AND ${changed})` : changed);
  }
  if (backfill !== "none") {
    const from = before ? [`${key} > ${boundOf(table, "known")}`] : [];
    const to = backfill === "rest" ? [] : [`${key} <= ${boundOf(table, "fresh")}`];
    const range = [...from, ...to];
    conditions.push(range.length === 2 ? `(${range.join(" AND ")})` : range[0] ?? "true");
  }
  return conditions;
}

function either(conditions: readonly string[]): string {
  return conditions.join(" OR ") || "false";
}

/** A join that a warehouse table makes: rows of `child` look up `parent` by `column`. */
export interface Join {
  /** The table whose rows look up. */
  readonly child: SourceTableSpec;
  /** The table looked up. */
  readonly parent: SourceTableSpec;
  /** The column of `child` that holds the key of `parent`. */
  readonly column: string;
}

/** Every join of a model. */
export function joinsOf(model: Model): Join[] {
  return model.warehouse.flatMap((table) =>
    table.kind === "calendar" ? [] : Object.entries(table.join ?? {}).map(([parent, column]) => ({
      child: sourceTable(model, table.from),
      parent: sourceTable(model, parent),
      column,
    }))
  );
}

/**
 * Whether a row version was not yet visible in a snapshot: written by a transaction at or after its
 * `xmin`, and not by one of those it already showed.
 */
function changedSince(alias: string, { xmin, visible }: SourceSnapshot): string {
  const written = writtenFrom(alias, xmin);
  if (visible.length === 0) return written;
  return `(${written} AND ${alias}.xmin <> ALL ('{${visible.map(digits).join(",")}}'::xid[]))`;
}

/**
 * Whether a row version was written by the given transaction or a later one. Ages are compared as
 * unsigned 32-bit numbers, so that it stays true when the transaction counter wraps around.
 */
function writtenFrom(alias: string, xid: string): string {
  const from = `'${digits(BigInt.asUintN(32, BigInt(xid)))}'::xid`;
  // As a subquery, the age of the bound is computed once and not for every row.
  return `(age(${alias}.xmin)::bigint & 4294967295) <= (SELECT age(${from})::bigint & 4294967295)`;
}

/** A transaction id as SQL. COPY takes no parameters, so these digits are checked to be digits. */
function digits(xid: number | bigint): string {
  const text = String(xid);
  if (!/^\d+$/.test(text)) throw new TypeError(`not a transaction id: ${text}`);
  return text;
}
