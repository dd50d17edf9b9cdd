import type { SalesOrder } from "../../schemas/source/sales_order.ts";
import type { FactSalesOrder } from "../../schemas/warehouse/fact_sales_order.ts";
import { dateOf, timeOf } from "./timestamp.ts";

/** Returns the fact row of a sales order. */
export function toFactSalesOrder(order: SalesOrder): FactSalesOrder {
  return {
    sales_order_id: order.sales_order_id,
    created_date: dateOf(order.created_at),
    created_time: timeOf(order.created_at),
    last_updated_date: dateOf(order.last_updated),
    last_updated_time: timeOf(order.last_updated),
    sales_staff_id: order.staff_id,
    counterparty_id: order.counterparty_id,
    units_sold: order.units_sold,
    unit_price: order.unit_price,
    currency_id: order.currency_id,
    design_id: order.design_id,
    agreed_payment_date: order.agreed_payment_date,
    agreed_delivery_date: order.agreed_delivery_date,
    agreed_delivery_location_id: order.agreed_delivery_location_id,
  };
}
