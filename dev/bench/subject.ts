/**
 * The table that a benchmark loads: orders, or rows with much text.
 *
 * @module
 */
import type { TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { dimDesign } from "../../schemas/warehouse/dim_design.ts";
import { factSalesOrder } from "../../schemas/warehouse/fact_sales_order.ts";
import { design } from "../../schemas/source/design.ts";
import { salesOrder } from "../../schemas/source/sales_order.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";
import { fillFromSimulator } from "../simulator/fill.ts";

/** A table of the source, filled with many rows. */
export interface Subject {
  /** Its rows, as people call them. */
  readonly what: string;
  /** The source's table. */
  readonly source: TableSpec;
  /** The warehouse's table that it becomes. */
  readonly warehouse: WarehouseTableSpec;
  /** A warehouse table without constraints is filled with these columns. */
  readonly columns: readonly string[];
  /** The statement, without a WHERE, that selects them from the source. */
  readonly select: string;
  /** Inserts this many rows into an empty source. */
  readonly insert: string;
  /** Changes a row without touching `last_updated`, which only an exact extraction notices. */
  readonly change: string;
}

/** The keys of the inserted rows begin after this one. */
export const FIRST_KEY = 1_000_000;

/** One million sales orders by default: narrow rows with numbers and dates. */
export const orders: Subject = {
  what: "sales orders",
  source: salesOrder,
  warehouse: factSalesOrder,
  columns: [factSalesOrder.surrogate, ...Object.keys(factSalesOrder.columns), "valid_from"],
  select: `SELECT sales_order_id, sales_order_id, created_at::date, created_at::time,
    last_updated::date, last_updated::time, staff_id, counterparty_id, units_sold, unit_price,
    currency_id, design_id, agreed_payment_date, agreed_delivery_date, agreed_delivery_location_id,
    now()
  FROM sales_order`,
  insert: `INSERT INTO sales_order
    SELECT ${FIRST_KEY} + n, at, at, d.ids[1 + n % cardinality(d.ids)], 1 + n % 20, 1 + n % 20,
      1 + (n * 7919::bigint) % 99999, round((1 + n * 31::bigint % 400) / 100.0, 2), 1 + n % 3,
      to_char(at + interval '5 days', 'YYYY-MM-DD'), to_char(at + interval '3 days', 'YYYY-MM-DD'),
      1 + n % 30
    FROM (SELECT array_agg(design_id) AS ids FROM design) d, generate_series(1, $1::int) n,
      LATERAL (SELECT date_trunc('milliseconds',
        timestamp '2022-11-03 14:20:52.186' + n * interval '61.123 seconds') AS at) t`,
  change: "units_sold = units_sold + 1",
};

/** Rows of 20 kB of text that hardly compresses: each is a window on 40 kB of hex digits. */
export const wide: Subject = {
  what: "designs of 20 kB",
  source: design,
  warehouse: dimDesign,
  columns: Object.keys(dimDesign.columns),
  select: "SELECT design_id, design_name, file_location, file_name FROM design",
  insert:
    `INSERT INTO design (design_id, created_at, last_updated, design_name, file_name, file_location)
    SELECT ${FIRST_KEY} + n, at, at, 'design ' || n, 'design-' || n || '.json',
      substr(text.digits, 1 + (n * 7919::bigint % 20000)::int, 20000)
    FROM (SELECT string_agg(md5(i::text), '') AS digits FROM generate_series(1, 1250) i) text,
      generate_series(1, $1::int) n,
      LATERAL (SELECT timestamp '2022-11-03 14:20:52.186' + n * interval '61 seconds' AS at) t`,
  change: "design_name = design_name || '!'",
};

/** Fills a source with all its tables: the subject by SQL, which takes seconds, for many rows. */
export async function buildSource(url: string, subject: Subject, rows: number): Promise<void> {
  await buildSmallSource(url);
  await insertRows(url, subject, rows);
}

/** Creates the source's tables, and fills them with few rows from the simulator. */
export function buildSmallSource(url: string): Promise<void> {
  return fillFromSimulator(url, { rows: 100, seed: 42 });
}

/** Adds the subject's rows to a small source. */
export async function insertRows(url: string, subject: Subject, rows: number): Promise<void> {
  await using source = connect(url);
  await source.query(subject.insert, [rows]);
  await source.query("VACUUM (FREEZE, ANALYZE)");
}

/** Changes the next rows of the subject, from the first to the last and then again. */
export class Changes {
  /** Of a subject with so many rows. `block` counts the changes that were made before. */
  constructor(readonly subject: Subject, readonly rows: number, public block = 0) {}

  /** Changes so many rows and returns the condition that selects them. */
  async make(url: string, count: number): Promise<string> {
    const blocks = Math.floor(this.rows / count);
    const first = FIRST_KEY + 1 + (this.block++ % blocks) * count;
    const { source, change } = this.subject;
    const condition = `${identifier(source.key)} BETWEEN ${first} AND ${first + count - 1}`;
    await using connection = connect(url);
    await connection.query(`UPDATE ${identifier(source.name)} SET ${change} WHERE ${condition}`);
    return condition;
  }

  /** Deletes the last rows. */
  async deleteLast(url: string, count: number): Promise<void> {
    const [table, key] = [this.subject.source.name, this.subject.source.key].map(identifier);
    await using connection = connect(url);
    await connection.query(
      `DELETE FROM ${table} WHERE ${key} IN
        (SELECT ${key} FROM ${table} ORDER BY ${key} DESC LIMIT ${count})`,
    );
  }
}

/** Returns the statement that fills a copy of the subject's warehouse table. */
export function copyInto({ warehouse, columns }: Subject): string {
  return `COPY ${identifier(warehouse.name)} (${identifiers(columns)}) FROM STDIN`;
}
