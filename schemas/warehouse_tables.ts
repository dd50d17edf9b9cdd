import { dimCounterparty } from "./warehouse/dim_counterparty.ts";
import { dimCurrency } from "./warehouse/dim_currency.ts";
import { dimDate } from "./warehouse/dim_date.ts";
import { dimDesign } from "./warehouse/dim_design.ts";
import { dimLocation } from "./warehouse/dim_location.ts";
import { dimPaymentType } from "./warehouse/dim_payment_type.ts";
import { dimStaff } from "./warehouse/dim_staff.ts";
import { dimTransaction } from "./warehouse/dim_transaction.ts";
import { factPayment } from "./warehouse/fact_payment.ts";
import { factPurchaseOrders } from "./warehouse/fact_purchase_orders.ts";
import { factSalesOrder } from "./warehouse/fact_sales_order.ts";

/** Every warehouse table, dimensions before the facts that refer to them. */
export const warehouseTables = [
  dimDate,
  dimCurrency,
  dimDesign,
  dimLocation,
  dimPaymentType,
  dimCounterparty,
  dimStaff,
  dimTransaction,
  factSalesOrder,
  factPurchaseOrders,
  factPayment,
] as const;

/** The spec of one of the warehouse tables. */
export type WarehouseTable = (typeof warehouseTables)[number];
