import type { Model } from "../../../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../../../schemas/table.ts";
import { DATABASE, everyTable, sourceNames } from "../../../../sdk/derive/source_model.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";

/** The changes of a table. */
export interface TableChanges {
  readonly table: string;
  readonly last_change: string;
  /** Rows by hours ago: `{"0": 12, "5": 1}`. */
  readonly by_hour: Readonly<Record<string, number>> | null;
}

/** Days back in which a change is found. */
const DAYS = 90;

/** Reads which tables changed, and when. */
export async function readChanges(warehouse: Warehouse, now: Date): Promise<TableChanges[]> {
  const text = `SELECT name AS table, ${utc("max(at)")} AS last_change,
  jsonb_object_agg(hour, rows) FILTER (WHERE hour BETWEEN 0 AND 23) AS by_hour
FROM (
  SELECT t.key AS name, max(started_at) AS at, sum(t.value::bigint) AS rows,
    floor(extract(epoch FROM $1::timestamptz - started_at) / 3600)::integer AS hour
  FROM etl.run, jsonb_each_text(tables) t
  WHERE tables <> '{}' AND started_at <= $1 GROUP BY name, hour
  UNION ALL
  SELECT t.key, max(hour), 0, NULL FROM etl.run_hour, jsonb_each_text(tables) t
  WHERE tables <> '{}' AND hour > $1::timestamptz - interval '${DAYS} days' GROUP BY t.key
) changes GROUP BY name`;
  return await ask<TableChanges>(warehouse, { text, values: [now.toISOString()] });
}

/** The rows of a table. */
export interface TableRows {
  readonly table: string;
  readonly exists: boolean;
  /** Whether it has a key. A fact has none until its first rows are complete. */
  readonly is_keyed: boolean;
  readonly rows: number | null;
  readonly rows_exact: boolean;
}

/**
 * Reads the rows of every table: the loader's count or, until it has counted, an estimate of the database. A
 * counter of the server is the newer one, but begins again after a crash; the statistics can be days old.
 */
export async function readRowCounts(warehouse: Warehouse, model: Model): Promise<TableRows[]> {
  const names = everyTable(model).map(({ name }) => ({ name, quoted: identifier(name) }));
  const select = (counts: string) => ({
    text: `SELECT w.name AS table, t.oid IS NOT NULL AS exists, EXISTS (
    SELECT FROM pg_index WHERE indrelid = t.oid AND indisunique
  ) AS is_keyed, coalesce(
    c.rows, greatest(t.reltuples::bigint, pg_stat_get_live_tuples(t.oid))
  )::float8 AS rows,
  c.rows IS NOT NULL AS rows_exact
FROM jsonb_to_recordset($1::text::jsonb) AS w(name text, quoted text)
LEFT JOIN pg_class t ON t.oid = to_regclass(w.quoted)
LEFT JOIN ${counts} c ON c.table_name = w.name`,
    values: [JSON.stringify(names)],
  });
  const counted = await ask<TableRows>(warehouse, select("etl.row_count"));
  if (counted.length > 0) return counted;
  return await ask<TableRows>(warehouse, select("(SELECT '' AS table_name, 0 AS rows) "));
}

/** A table of the model, and the source that it is loaded from. */
export interface ModelTable {
  readonly spec: WarehouseTableSpec;
  readonly source: string;
}

/** Returns every table of a model: those of the database first. */
export function modelTables(model: Model): ModelTable[] {
  return sourceNames(model).flatMap((source) => {
    const tables = source === DATABASE ? model.warehouse : model.sources![source].warehouse;
    return tables.map((spec) => ({ spec, source }));
  });
}
