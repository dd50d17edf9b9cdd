/**
 * The transforms of the totesys warehouse. Each is a pure function of one source row and the rows that
 * it is joined with. A warehouse table without a transform is a compile error.
 *
 * @module
 */
import type { SourceTable } from "../../schemas/source_tables.ts";
import type { Row } from "../../schemas/table.ts";
import type { WarehouseTable } from "../../schemas/warehouse_tables.ts";
import type { Transforms } from "../options.ts";
import { toDimCounterparty } from "./dim_counterparty.ts";
import { toDimCurrency } from "./dim_currency.ts";
import { toDimDate } from "./dim_date.ts";
import { toDimDesign } from "./dim_design.ts";
import { toDimLocation } from "./dim_location.ts";
import { toDimPaymentType } from "./dim_payment_type.ts";
import { toDimStaff } from "./dim_staff.ts";
import { toDimTransaction } from "./dim_transaction.ts";
import { toFactPayment } from "./fact_payment.ts";
import { toFactPurchaseOrders } from "./fact_purchase_orders.ts";
import { toFactSalesOrder } from "./fact_sales_order.ts";

/** A row of the source table with this name. */
export type SourceRow<Name> = Row<Extract<SourceTable, { name: Name }>>;

/** The type of a warehouse table's transform, derived from its spec. */
export type TransformOf<T extends WarehouseTable, Result = Row<T>> = T extends
  { from: infer From; join: infer Join }
  ? (row: SourceRow<From>, joined: { [Name in keyof Join]: SourceRow<Name> }) => Result
  : T extends { from: infer From } ? (row: SourceRow<From>) => Result
  : (date: string) => Result;

/** The transforms of totesys by table, each with its own type. */
export type TotesysTransforms = {
  readonly [T in WarehouseTable as T["name"]]: TransformOf<T>;
};

/** The transforms of totesys, each with its own type. */
export const transforms: TotesysTransforms = {
  dim_counterparty: toDimCounterparty,
  dim_currency: toDimCurrency,
  dim_date: toDimDate,
  dim_design: toDimDesign,
  dim_location: toDimLocation,
  dim_payment_type: toDimPaymentType,
  dim_staff: toDimStaff,
  dim_transaction: toDimTransaction,
  fact_payment: toFactPayment,
  fact_purchase_orders: toFactPurchaseOrders,
  fact_sales_order: toFactSalesOrder,
};

/** The transforms of totesys, as stages take them. */
export const totesysTransforms: Transforms = transforms as unknown as Transforms;
