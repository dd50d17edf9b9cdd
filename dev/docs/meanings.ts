import type { exchangeRate } from "../../schemas/source/exchange_rate.ts";
import type { salesTarget } from "../../schemas/source/sales_target.ts";
import type { SourceTable } from "../../schemas/source_tables.ts";
import type { factExchangeRate } from "../../schemas/warehouse/fact_exchange_rate.ts";
import type { factSalesTarget } from "../../schemas/warehouse/fact_sales_target.ts";
import type { WarehouseTable } from "../../schemas/warehouse_tables.ts";

type TableOfOtherSource =
  | typeof exchangeRate
  | typeof salesTarget
  | typeof factExchangeRate
  | typeof factSalesTarget;

/** What one row of each totesys table is. The compiler asks for a line when a table is added. */
export const totesysMeanings: {
  readonly [T in SourceTable | WarehouseTable | TableOfOtherSource as T["name"]]: string;
} = {
  address: "a postal address, of a counterparty or of a delivery",
  counterparty: "a company that tote bags are sold to or supplies are bought from",
  currency: "a currency that prices are agreed in",
  exchange_rate: "what one unit of a base currency cost in another currency on a day",
  sales_target: "what a member of staff should sell in a month, in one currency",
  department: "a department of the company",
  design: "a tote bag design",
  payment: "a payment, received or made, or still due",
  payment_type: "a kind of payment, such as a sales receipt or a purchase refund",
  purchase_order: "an order for something that the company buys",
  sales_order: "an order for tote bags of one design",
  staff: "a member of staff",
  transaction: "the link between payments and the order that they pay for",
  dim_counterparty: "a counterparty with its legal address",
  dim_currency: "a currency with its ISO 4217 English name",
  dim_date: "a calendar date that at least one fact refers to",
  dim_design: "a tote bag design",
  dim_location: "an address that orders are delivered to",
  dim_payment_type: "a kind of payment",
  dim_staff: "a member of staff with the name and location of the department",
  dim_transaction: "a sale or purchase that payments belong to",
  fact_exchange_rate: "an exchange rate of a day",
  fact_sales_target: "a sales target of a member of staff for a month",
  fact_payment: "a payment as it is now; bank account numbers stay in the source",
  fact_purchase_orders: "a purchase order as it is now",
  fact_sales_order: "a sales order as it is now",
};
