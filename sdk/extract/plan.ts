/**
 * Plans which rows of each table a batch reads: the changes of a table that has been read to its end,
 * and the next rows, in key order, of one that has not. Every commit reads a bounded number of rows, so
 * that an interrupted first load resumes after the last commit.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { sqlType } from "../derive/ddl.ts";
import { type DatabaseCommit, ownEntry } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";

/** The state after earlier batches: the position of the source, and the columns of each table. */
export type Checkpoint = Pick<DatabaseCommit, "snapshot" | "columns" | "partial">;

/** The rows of a table that a batch reads, without the rows that are read for joins. */
export interface TableScan {
  /**
   * The rows that earlier batches have read, up to the greatest key; this batch reads their
   * changes.
   */
  readonly alreadyRead: "all" | "nothing" | { readonly through: string };
  /** The rows that this batch reads for the first time, up to the greatest key. */
  readonly backfill: "none" | "rest" | { readonly through: string };
}

/** The rows that a batch reads, by source table. */
export type Plan = ReadonlyMap<string, TableScan>;

/** Returns what earlier batches have read of a table. */
export function alreadyReadOf(
  table: SourceTableSpec,
  since: Checkpoint | undefined,
): TableScan["alreadyRead"] {
  const read = ownEntry(since?.columns ?? {}, table.name) ?? [];
  if (!Object.keys(table.columns).every((column) => read.includes(column))) return "nothing";
  const through = ownEntry(since!.partial, table.name);
  return through === undefined ? "all" : { through };
}

/** Returns the plan that reads every row that has not been read. */
export function fullPlan(model: Model, since: Checkpoint | undefined): Plan {
  return new Map(model.source.map((table) => {
    const alreadyRead = alreadyReadOf(table, since);
    return [table.name, { alreadyRead, backfill: alreadyRead === "all" ? "none" : "rest" }];
  }));
}

/**
 * Plans a batch that reads about `rows` rows for the first time, if there are as many: tables in the
 * model's order, so that rows come after those they refer to.
 */
export async function planBatch(
  source: Connection,
  model: Model,
  since: Checkpoint | undefined,
  rows: number,
): Promise<Plan> {
  const plan = new Map<string, TableScan>();
  let left = rows;
  for (const table of model.source) {
    const alreadyRead = alreadyReadOf(table, since);
    if (alreadyRead === "all" || left === 0) {
      plan.set(table.name, { alreadyRead, backfill: "none" });
      continue;
    }
    const part = await nextPart(source, table, alreadyRead, left);
    left -= part.rows;
    plan.set(table.name, { alreadyRead, backfill: left === 0 ? { through: part.last } : "rest" });
  }
  return plan;
}

async function nextPart(
  source: Connection,
  table: SourceTableSpec,
  alreadyRead: TableScan["alreadyRead"],
  limit: number,
): Promise<{ rows: number; last: string }> {
  const key = orderedKey(table, "t");
  const [part] = await source.query<{ rows: number; last: string }>(
    `SELECT count(*)::int AS rows, max(key)::text AS last FROM (
  SELECT ${key} AS key FROM ${identifier(table.name)} t
  WHERE ${typeof alreadyRead === "string" ? "true" : `${key} > $2::${keyType(table)}`}
  ORDER BY ${key} LIMIT $1
) part`,
    typeof alreadyRead === "string" ? [limit] : [limit, alreadyRead.through],
  );
  return part;
}

/** Returns the greatest key read of each table that is read in part, as a commit records it. */
export function partialOf(plan: Plan): Record<string, string> {
  return Object.fromEntries([...plan].flatMap(([name, { alreadyRead, backfill }]) => {
    if (typeof backfill === "object") return [[name, backfill.through]];
    return backfill === "none" && typeof alreadyRead === "object"
      ? [[name, alreadyRead.through]]
      : [];
  }));
}

/** Returns whether this batch or an earlier one has read rows of the table. */
export function isBegun({ alreadyRead, backfill }: TableScan): boolean {
  return alreadyRead !== "nothing" || backfill !== "none";
}

/** Returns whether later batches have rows to read for the first time. */
export function hasBackfill(plan: Plan): boolean {
  return [...plan.values()].some(({ alreadyRead, backfill }) =>
    typeof backfill === "object" || (alreadyRead !== "all" && backfill === "none")
  );
}

/** Returns the key of a table as SQL that sorts by it: text by its bytes, whatever the locale. */
export function orderedKey(table: SourceTableSpec, alias: string): string {
  const key = comparableKey(table, alias);
  return table.columns[table.key].type === "text" ? `${key} COLLATE "C"` : key;
}

/** Returns the key of a table as SQL of the type {@linkcode keyType}. */
export function comparableKey(table: SourceTableSpec, alias: string): string {
  const key = `${alias}.${identifier(table.key)}`;
  return table.columns[table.key].type === "text" ? `${key}::text` : key;
}

/** Returns the SQL type to cast the text of a key to. */
export function keyType(table: SourceTableSpec): string {
  const column = table.columns[table.key];
  return column.type === "text" ? "text" : sqlType(column);
}

/** Stores the bounds of a plan in settings of the transaction, where {@linkcode boundOf} finds them. */
export async function setBoundSettings(
  source: Connection,
  { source: tables }: Model,
  plan: Plan,
): Promise<void> {
  await source.batch(tables.flatMap((table) => {
    const { alreadyRead, backfill } = plan.get(table.name)!;
    const bounds = [[alreadyRead, "read"], [backfill, "backfill"]] as const;
    return bounds.flatMap(([bound, place]) =>
      typeof bound === "string" ? [] : {
        text: "SELECT set_config($1, $2, true)",
        values: [tableSetting(table, place), bound.through],
      }
    );
  }));
}

/**
 * Returns a bound as SQL. COPY takes no parameters, so the bound comes from a setting of the transaction.
 * In a subquery it is read once, not for every row, and an index can look it up.
 */
export function boundOf(table: SourceTableSpec, place: "read" | "backfill"): string {
  return `(SELECT current_setting('${tableSetting(table, place)}')::${keyType(table)})`;
}

/** Returns the name of a table's setting, in hex: a setting allows fewer characters than a table. */
export function tableSetting({ name }: SourceTableSpec, purpose: string): string {
  return `etl.${purpose}_${new TextEncoder().encode(name).toHex()}`;
}
