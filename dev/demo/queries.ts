/**
 * What an analyst asks the warehouse.
 *
 * @module
 */
import type postgres from "postgres";
import { table } from "../../functions/format.ts";
import { grouped, print } from "./output.ts";

/** Prints every version of the order that has most of them. */
export async function printHistory(sql: postgres.Sql): Promise<void> {
  const versions = await sql`
    SELECT sales_record_id, units_sold, unit_price, last_updated_date || ' ' || last_updated_time AS
      last_updated, to_char(valid_from, 'HH24:MI:SS.MS') AS valid_from,
      coalesce(to_char(valid_to, 'HH24:MI:SS.MS'), 'now') AS valid_to, sales_order_id
    FROM fact_sales_order_versions WHERE sales_order_id = (
      SELECT sales_order_id FROM fact_sales_order_history JOIN fact_sales_order USING (sales_order_id)
      GROUP BY sales_order_id ORDER BY count(*) DESC, sales_order_id LIMIT 1)
    ORDER BY fact_sales_order_versions.valid_from`;
  if (versions.length === 0) return print("no order changed.");
  print(`sales order ${versions[0].sales_order_id}`);
  print(table(
    ["version", "units", "price", "last_updated", "valid from", "valid to"],
    versions.map((v) => [
      Number(v.sales_record_id),
      v.units_sold,
      v.unit_price,
      v.last_updated,
      v.valid_from,
      v.valid_to,
    ]),
  ));
}

/** Prints the revenue of the days around one without rates, and the date of the rate that counts. */
export async function printRevenue(sql: postgres.Sql, missing: string): Promise<void> {
  const days = await sql`
    SELECT created_date::text AS date, currency_code AS currency,
      sum(units_sold * unit_price)::text AS revenue,
      round(min(rate), 6)::text AS rate, min(rate_date)::text AS rate_date,
      round(sum(units_sold * unit_price_converted), 2)::text AS converted
    FROM fact_sales_order_converted JOIN dim_currency USING (currency_id)
    WHERE created_date BETWEEN ${missing}::date - 1 AND ${missing}::date + 1 AND currency_code <> 'GBP'
    GROUP BY created_date, currency_code ORDER BY currency_code DESC, created_date`;
  print(table(
    ["date", "currency", "revenue", "rate", "published", "in GBP"],
    days.map((d) => [
      d.date,
      d.currency,
      grouped(d.revenue),
      d.rate,
      d.rate_date,
      grouped(d.converted),
    ]),
  ));
}

/** The query of docs/sources.md, for some of the staff. */
export async function printTargets(sql: postgres.Sql): Promise<void> {
  const staff = await sql`
    WITH newest AS (
      SELECT DISTINCT ON (sales_staff_id, month, currency_code)
        sales_staff_id, month, target_converted
      FROM fact_sales_target_converted
      ORDER BY sales_staff_id, month, currency_code, valid_from DESC, sales_target_id DESC
    ), targets AS (
      SELECT sales_staff_id, month, sum(target_converted) AS target
      FROM newest GROUP BY sales_staff_id, month
    ), sales AS (
      SELECT sales_staff_id, date_trunc('month', created_date)::date AS month,
        sum(units_sold * unit_price_converted) AS actual
      FROM fact_sales_order_converted GROUP BY 1, 2
    )
    SELECT first_name || ' ' || last_name AS name, round(target, 2)::text AS target,
      round(coalesce(actual, 0), 2)::text AS actual,
      round(100 * coalesce(actual, 0) / target)::int AS percent
    FROM targets LEFT JOIN sales USING (sales_staff_id, month)
    JOIN dim_staff ON staff_id = sales_staff_id
    ORDER BY month, staff_id LIMIT 4`;
  print(table(
    ["staff", "target in GBP", "actual in GBP", "percent"],
    staff.map((s) => [s.name, grouped(s.target), grouped(s.actual), s.percent]),
  ));
}
