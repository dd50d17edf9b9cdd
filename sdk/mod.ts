/**
 * The pipeline from a totesys database to its star-schema warehouse, through an immutable lake.
 *
 * Every stage is one function, and so is a whole tick:
 *
 * ```ts ignore
 * import { openStore, run, verify } from "@totesys/sdk";
 *
 * const ends = { source: "postgres://…/totesys", warehouse: "postgres://…/warehouse" };
 * const ingestion = openStore("file:///var/lake/ingestion");
 * const processed = openStore("file:///var/lake/processed");
 * await run({ ...ends, ingestion, processed }); // extract, transform, load
 * (await verify(ends)).equal; // true
 * ```
 *
 * In a notebook, the transforms are there one by one, typed from the table specs:
 *
 * ```ts
 * import { toDimDate } from "@totesys/sdk";
 *
 * toDimDate("2024-11-15").day_name; // "Friday"
 * ```
 *
 * @module
 */
export * from "../schemas/mod.ts";
export * from "./errors.ts";
export * from "./extract/extract.ts";
export type { SchemaChange } from "./extract/schema_changes.ts";
export * from "./lake/commit.ts";
export * from "./lake/commit_log.ts";
export type { Skipped } from "./lake/damage.ts";
export * from "./lake/file_store.ts";
export * from "./lake/open_store.ts";
export * from "./lake/parquet_reader.ts";
export * from "./lake/store.ts";
export * from "./lake/zone.ts";
export type { WarehouseStatus } from "./load/warehouse_status.ts";
export * from "./load/load.ts";
export type { Difference } from "./operate/compare/row_differences.ts";
export * from "./operate/alerts.ts";
export * from "./operate/failure_alert.ts";
export * from "./operate/freshness.ts";
export * from "./operate/quarantine.ts";
export * from "./operate/replay/replay.ts";
export * from "./operate/replay/preview.ts";
export type { Target } from "./operate/replay/target.ts";
export * from "./operate/compare/reconcile.ts";
export * from "./options.ts";
export { DELETION_LIMIT } from "./operate/compare/mass_deletion.ts";
export * from "./operate/run.ts";
export * from "./operate/status.ts";
export * from "./operate/compare/verify.ts";
export * from "./progress.ts";
export * from "./remedy.ts";
export * from "./transform/dim_counterparty.ts";
export * from "./transform/dim_currency.ts";
export * from "./transform/dim_date.ts";
export * from "./transform/dim_design.ts";
export * from "./transform/dim_location.ts";
export * from "./transform/dim_payment_type.ts";
export * from "./transform/dim_staff.ts";
export * from "./transform/dim_transaction.ts";
export * from "./transform/fact_payment.ts";
export * from "./transform/fact_purchase_orders.ts";
export * from "./transform/fact_sales_order.ts";
export * from "./transform/transform.ts";
export * from "./transform/transforms.ts";
