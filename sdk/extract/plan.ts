/**
 * Which rows of each table a batch reads. A table that has been read whole gives its changes. One
 * that has not is read in key order, in parts of bounded size, each in a commit of its own, so that a
 * first load that is interrupted goes on where it was.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { sqlType } from "../derive/ddl.ts";
import { type IngestionCommit, ownEntry } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";

/** What earlier batches have read: the point they came to, and the columns of each table. */
export type Checkpoint = Pick<IngestionCommit, "snapshot" | "columns" | "partial">;

/** What a batch reads of a table, as far as the table itself decides. */
export interface TableScan {
  /** How much has been read before: its changes are read now. A string is the greatest key read. */
  readonly alreadyRead: "all" | "nothing" | { readonly through: string };
  /** Whether rows that have not been read before are read now, and the greatest key of them. */
  readonly backfill: "none" | "rest" | { readonly through: string };
}

/** The share of each table in a batch. */
export type Plan = ReadonlyMap<string, TableScan>;

/** What earlier batches have read of a table. */
export function alreadyReadOf(
  table: SourceTableSpec,
  since: Checkpoint | undefined,
): TableScan["alreadyRead"] {
  const read = ownEntry(since?.columns ?? {}, table.name) ?? [];
  if (!Object.keys(table.columns).every((column) => read.includes(column))) return "nothing";
  const through = ownEntry(since!.partial, table.name);
  return through === undefined ? "all" : { through };
}

/** The plan that reads everything there is to read. */
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
  known: TableScan["alreadyRead"],
  limit: number,
): Promise<{ rows: number; last: string }> {
  const key = orderedKey(table, "t");
  const [part] = await source.query<{ rows: number; last: string }>(
    `SELECT count(*)::int AS rows, max(key)::text AS last FROM (
  SELECT ${key} AS key FROM ${identifier(table.name)} t
  WHERE ${typeof known === "string" ? "true" : `${key} > $2::${keyType(table)}`}
  ORDER BY ${key} LIMIT $1
) part`,
    typeof known === "string" ? [limit] : [limit, known.through],
  );
  return part;
}

/** What a commit says of the tables that a plan has begun and not finished. */
export function partialOf(plan: Plan): Record<string, string> {
  return Object.fromEntries([...plan].flatMap(([name, { alreadyRead, backfill }]) => {
    if (typeof backfill === "object") return [[name, backfill.through]];
    return backfill === "none" && typeof alreadyRead === "object"
      ? [[name, alreadyRead.through]]
      : [];
  }));
}

/** Whether the batch, with those before it, has read something of the table. */
export function isBegun({ alreadyRead, backfill }: TableScan): boolean {
  return alreadyRead !== "nothing" || backfill !== "none";
}

/** Whether rows are left that no batch has read yet. */
export function hasBackfill(plan: Plan): boolean {
  return [...plan.values()].some(({ alreadyRead, backfill }) =>
    typeof backfill === "object" || (alreadyRead !== "all" && backfill === "none")
  );
}

/** The key of a table in the order that parts follow; text by its bytes, whatever the locale. */
export function orderedKey(table: SourceTableSpec, alias: string): string {
  const key = `${alias}.${identifier(table.key)}`;
  return table.columns[table.key].type === "text" ? `${key}::text COLLATE "C"` : key;
}

/** The type that a key's text is read as. */
export function keyType(table: SourceTableSpec): string {
  const column = table.columns[table.key];
  return column.type === "text" ? "text" : sqlType(column);
}

/** Keeps the bounds of a plan's parts where the statements of this transaction find them. */
export async function setBoundSettings(
  source: Connection,
  { source: tables }: Model,
  plan: Plan,
): Promise<void> {
  for (const table of tables) {
    const { alreadyRead, backfill } = plan.get(table.name)!;
    for (const [bound, place] of [[alreadyRead, "known"], [backfill, "fresh"]] as const) {
      if (typeof bound === "string") continue;
      const values = [tableSetting(table, place), bound.through];
      await source.query("SELECT set_config($1, $2, true)", values);
    }
  }
}

/** COPY takes no parameters: a bound is read from a setting of the transaction. */
export function boundOf(table: SourceTableSpec, place: "known" | "fresh"): string {
  return `current_setting('${tableSetting(table, place)}')::${keyType(table)}`;
}

/** A setting's name cannot hold everything that a table's can. */
export function tableSetting({ name }: SourceTableSpec, purpose: string): string {
  return `etl.${purpose}_${new TextEncoder().encode(name).toHex()}`;
}
