/**
 * Specs of the data: one literal per table of the source and the warehouse, and the types derived from
 * them. No I/O.
 *
 * ```ts
 * import { factSalesOrder, type FactSalesOrder } from "@totesys/sdk/schemas";
 *
 * Object.keys(factSalesOrder.columns).length; // 14
 * const price: FactSalesOrder["unit_price"] = "3.94"; // money is text, never a float
 * ```
 *
 * @module
 */
export * from "./columns.ts";
export * from "./file_spec.ts";
export * from "./origin.ts";
export type { Problems } from "./problems.ts";
export * from "./table.ts";
export * from "./source_tables.ts";
export * from "./warehouse_tables.ts";
export * from "./source/address.ts";
export * from "./source/counterparty.ts";
export * from "./source/currency.ts";
export * from "./source/department.ts";
export * from "./source/design.ts";
export * from "./source/exchange_rate.ts";
export * from "./source/payment.ts";
export * from "./source/payment_type.ts";
export * from "./source/purchase_order.ts";
export * from "./source/sales_order.ts";
export * from "./source/sales_target.ts";
export * from "./source/staff.ts";
export * from "./source/transaction.ts";
export * from "./warehouse/dim_counterparty.ts";
export * from "./warehouse/dim_currency.ts";
export * from "./warehouse/dim_date.ts";
export * from "./warehouse/dim_design.ts";
export * from "./warehouse/dim_location.ts";
export * from "./warehouse/dim_payment_type.ts";
export * from "./warehouse/dim_staff.ts";
export * from "./warehouse/dim_transaction.ts";
export * from "./warehouse/fact_exchange_rate.ts";
export * from "./warehouse/fact_payment.ts";
export * from "./warehouse/fact_purchase_orders.ts";
export * from "./warehouse/fact_sales_order.ts";
export * from "./warehouse/fact_sales_target.ts";
export * from "./model.ts";
