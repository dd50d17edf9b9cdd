/**
 * Small stars for the loader's tests: rows, batches in a processed zone, and the warehouse's
 * contents.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import {
  type AnyRow,
  type DimCurrency,
  type DimStaff,
  type FactSalesOrder,
  keyOf,
  type Model,
  totesys,
} from "../../schemas/mod.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { type DataObject, keyColumns, type ProcessedCommit } from "../../sdk/lake/commit.ts";
import { processedZone } from "../../sdk/lake/zone.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { writeParquet } from "../../sdk/lake/parquet/write_parquet.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import type { QuarantinedRow } from "../../sdk/transform/quarantine.ts";
import { calendarRow } from "../support/models.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { takenAt } from "../transform/batches.ts";

/** The rows of a batch, by warehouse table. */
export type Star = Readonly<Record<string, readonly AnyRow[]>>;

/** A processed zone and a warehouse to load it into. */
export interface Loading {
  /** The processed zone. */
  readonly processed: ObjectStore;
  /** The warehouse's URL, as superuser. */
  readonly warehouse: string;
  /** Connections to the warehouse. */
  readonly sql: postgres.Sql;
}

const PATIENCE_MS = 180_000;

/** Declares a test with an empty processed zone and an empty warehouse. */
export function test(name: string, body: (loading: Loading) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await using database = await testDatabase("warehouse");
    const { processed } = lake;
    await withTimeout(PATIENCE_MS, body({ processed, warehouse: database.url, sql: database.sql }));
  });
}

/** Creates a second, empty warehouse. */
export async function anotherWarehouse(
  body: (warehouse: string, sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase("warehouse");
  await body(database.url, database.sql);
}

/** What a batch can hold in addition to rows, by warehouse table. */
export interface BatchExtras {
  /** Rows the transform refused. */
  readonly quarantined?: Readonly<Record<string, readonly QuarantinedRow[]>>;
  /** Keys of rows that were deleted in the source. */
  readonly deleted?: Readonly<Record<string, readonly number[]>>;
  /** The tables whose first load is not finished. */
  readonly incomplete?: readonly string[];
  /** The mode. Default: `full` for the first batch, `delta` for others. */
  readonly mode?: ProcessedCommit["mode"];
  /** The time of the snapshot. Default: a minute after that of the batch before. */
  readonly taken_at?: string;
}

/** Writes a batch to the processed zone, like a transform. */
export async function put(
  store: ObjectStore,
  star: Star,
  model: Model = totesys,
  extras: BatchExtras = {},
): Promise<ProcessedCommit> {
  const { log } = processedZone(store);
  const sequence = ((await log.head())?.sequence ?? 0) + 1;
  const run = `20261121T030000Z-${crypto.randomUUID().slice(0, 6)}`;
  const { taken_at = takenAt(sequence) } = extras;
  const write = async (
    table: string,
    extension: string,
    chunks: AsyncIterable<Uint8Array>,
    rows: number,
  ) => {
    const key = dataKey({ table, taken_at, sequence, run, extension });
    return { [table]: (await writeObject(store, key, chunks, () => rows))! };
  };
  const specOf = (table: string) => model.warehouse.find(({ name }) => name === table)!;
  const tables: Record<string, DataObject> = {};
  for (const [table, rows] of Object.entries(star)) {
    const chunks = writeParquet(specOf(table), once(rows), "none");
    Object.assign(tables, await write(table, "parquet", chunks, rows.length));
  }
  const deleted: Record<string, DataObject> = {};
  for (const [table, keys] of Object.entries(extras.deleted ?? {})) {
    const spec = keyOf(specOf(table));
    const chunks = writeParquet(
      spec,
      once(keys.map((key) => ({ [spec.key]: String(key) }))),
      "none",
    );
    Object.assign(deleted, await write(table, "deleted.parquet", chunks, keys.length));
  }
  const quarantined: Record<string, DataObject> = {};
  for (const [table, rows] of Object.entries(extras.quarantined ?? {})) {
    const lines = rows.map((row) => JSON.stringify(row) + "\n").join("");
    const chunks = once(new TextEncoder().encode(lines));
    Object.assign(quarantined, await write(table, "quarantine.jsonl", chunks, rows.length));
  }
  const commit: ProcessedCommit = {
    format: FORMAT,
    zone: "processed",
    sequence,
    run,
    ingestion_sequence: sequence,
    ingestion_run: run,
    mode: extras.mode ?? (sequence === 1 ? "full" : "delta"),
    transform_version: "1.0a1b2c3d",
    taken_at,
    incomplete: extras.incomplete ?? [],
    keys: keyColumns(model.warehouse, tables, deleted, quarantined),
    tables,
    deleted,
    quarantined,
  };
  await log.append(commit);
  return commit;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}

/** Returns a sales order: 10 totes at 3.94. */
export function sale(sales_order_id: number, changes: Partial<FactSalesOrder> = {}) {
  return {
    sales_order_id,
    created_date: "2022-11-03",
    created_time: "14:20:49.962",
    last_updated_date: "2022-11-03",
    last_updated_time: "14:20:49.962",
    sales_staff_id: 1,
    counterparty_id: 1,
    units_sold: 10,
    unit_price: "3.94",
    currency_id: 1,
    design_id: 1,
    agreed_payment_date: "2022-11-08",
    agreed_delivery_date: "2022-11-07",
    agreed_delivery_location_id: 1,
    ...changes,
  } satisfies FactSalesOrder;
}

/** Returns sales orders with ids from 1. */
export function sales(count: number, changes: Partial<FactSalesOrder> = {}): FactSalesOrder[] {
  return Array.from({ length: count }, (_, i) => sale(i + 1, changes));
}

/** Returns a currency. */
export function currency(currency_id = 1, currency_name = "Pound Sterling"): DimCurrency {
  return { currency_id, currency_code: "GBP", currency_name };
}

/** Returns a member of staff. */
export function staffMember(staff_id = 1, department_name = "Sales"): DimStaff {
  return {
    staff_id,
    first_name: "Jeremie",
    last_name: "Franey",
    department_name,
    location: null,
    email_address: "",
  };
}

/** Returns one row of every dimension, and the dates that {@linkcode sale} refers to. */
export function dimensions(): Star {
  const dates = ["2022-11-03", "2022-11-07", "2022-11-08"];
  const address = {
    address_line_1: "line 1",
    address_line_2: null,
    district: null,
    city: "city",
    postal_code: "",
    country: "country",
    phone: "phone",
  };
  return {
    dim_date: dates.map(calendarRow),
    dim_currency: [currency()],
    dim_design: [{ design_id: 1, design_name: "Wooden", file_location: "/", file_name: "w.json" }],
    dim_location: [{ location_id: 1, ...address }],
    dim_payment_type: [{ payment_type_id: 1, payment_type_name: "SALES_RECEIPT" }],
    dim_counterparty: [{
      counterparty_id: 1,
      counterparty_legal_name: "Fahey and Sons",
      counterparty_legal_address_line_1: "line 1",
      counterparty_legal_address_line_2: null,
      counterparty_legal_district: null,
      counterparty_legal_city: "city",
      counterparty_legal_postal_code: "",
      counterparty_legal_country: "country",
      counterparty_legal_phone_number: "phone",
    }],
    dim_staff: [staffMember()],
    dim_transaction: [{
      transaction_id: 1,
      transaction_type: "SALE",
      sales_order_id: 1,
      purchase_order_id: null,
    }],
  };
}

/** Returns all dimensions and these sales. */
export function star(rows: readonly FactSalesOrder[]): Star {
  return { ...dimensions(), fact_sales_order: rows };
}

/**
 * Returns the warehouse's contents, with history, surrogate keys and quarantine: the tables of the database,
 * and those of other sources that exist. Only the time when a commit was applied is left out, because it
 * can differ.
 */
export async function contents(
  sql: postgres.Sql,
  model: Model = totesys,
): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const table of everyTable(model)) {
    const names = table.kind === "fact" ? [table.name, `${table.name}_history`] : [table.name];
    for (const name of names) {
      const [{ exists }] = await sql`SELECT to_regclass(${`"${name}"`}) IS NOT NULL AS exists`;
      if (!exists && !model.warehouse.includes(table)) continue;
      const rows = await sql`SELECT t::text AS row FROM ${sql(name)} t ORDER BY 1`;
      tables[name] = rows.map(({ row }) => row);
    }
  }
  const applied = await sql`
    SELECT source, sequence, ingestion_sequence, run, taken_at::text FROM etl.applied_commit
    ORDER BY source, sequence`;
  const quarantine = await sql`SELECT q::text AS row FROM etl.quarantine q ORDER BY 1`;
  return {
    ...tables,
    quarantine: quarantine.map(({ row }) => row),
    applied: applied.map((row) => ({ ...row })),
  };
}

/** Returns the quarantine as text: `fact_sales_order 3: design_id refers to …`. */
export async function quarantined(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`SELECT table_name, key, reason FROM etl.quarantine ORDER BY 1, key`;
  return rows.map(({ table_name, key, reason }) => `${table_name} ${key}: ${reason}`);
}

/** Returns the versions of a sales order, oldest first. */
export async function versionsOf(sql: postgres.Sql, id: number): Promise<Version[]> {
  const rows = await sql<Version[]>`
    SELECT sales_record_id::int AS record, units_sold AS units, unit_price AS price,
      to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS valid_from,
      to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS valid_to
    FROM fact_sales_order_versions v WHERE sales_order_id = ${id} ORDER BY v.valid_from`;
  return rows.map((row) => ({ ...row }));
}

/** A version of a sales order. */
export interface Version {
  /** Its surrogate key. */
  readonly record: number;
  /** Totes sold. */
  readonly units: number;
  /** Their price. */
  readonly price: string;
  /** The start of its validity. */
  readonly valid_from: string;
  /** The end of its validity; null for the current version. */
  readonly valid_to: string | null;
}

/** Returns the catalog's foreign keys as `child.column -> parent.key true`; true when valid. */
export async function foreignKeys(sql: postgres.Sql): Promise<string[]> {
  const found = await sql`
    SELECT conrelid::regclass::text AS child, a.attname AS column,
      confrelid::regclass::text AS parent, b.attname AS key, convalidated AS valid
    FROM pg_constraint
    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
    JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
    WHERE contype = 'f'`;
  return found.map((row) => `${row.child}.${row.column} -> ${row.parent}.${row.key} ${row.valid}`)
    .sort();
}

/** Asserts that the catalog has a valid foreign key for every reference of the model. */
export async function assertKeys({ sql }: Loading): Promise<void> {
  const expected = totesys.warehouse.flatMap((table) =>
    Object.entries(table.columns).filter(([, { references }]) => references)
      .map(([column, { references }]) => {
        const { key } = totesys.warehouse.find(({ name }) => name === references)!;
        return `${table.name}.${column} -> ${references}.${key} true`;
      })
  );
  assertEquals(await foreignKeys(sql), expected.sort());
}

/** Returns the warehouse's URL for a new role that can only create tables in it. */
export async function ordinaryOwner({ sql, warehouse }: Loading): Promise<string> {
  const url = new URL(warehouse);
  const role = `loader_${crypto.randomUUID().slice(0, 8)}`;
  const database = url.pathname.slice(1);
  await sql.unsafe(`CREATE ROLE "${role}" LOGIN PASSWORD 'plain'`);
  await sql.unsafe(`GRANT CREATE ON DATABASE "${database}" TO "${role}"`);
  await sql.unsafe(`GRANT CREATE, USAGE ON SCHEMA public TO "${role}"`);
  url.username = role;
  url.password = "plain";
  return url.href;
}

/** Drops the role of such a URL and everything it owns. */
export async function dropOwner({ sql }: Loading, url: string): Promise<void> {
  const role = new URL(url).username;
  await sql.unsafe(`DROP OWNED BY "${role}" CASCADE`);
  await sql.unsafe(`DROP ROLE "${role}"`);
}

/** Asserts that foreign keys that were disabled during a load hold. */
export async function assertNoOrphans({ sql }: Loading): Promise<void> {
  for (const table of totesys.warehouse) {
    for (const [column, { references }] of Object.entries(table.columns)) {
      if (references === undefined) continue;
      const { key } = totesys.warehouse.find(({ name }) => name === references)!;
      const [{ n }] = await sql`
        SELECT count(*)::int AS n FROM ${sql(table.name)} t
        LEFT JOIN ${sql(references)} p ON p.${sql(key)} = t.${sql(column)}
        WHERE p.${sql(key)} IS NULL`;
      assertEquals(n, 0, `${table.name}.${column}`);
    }
  }
}
