import type { PurchaseOrder } from "../../schemas/source/purchase_order.ts";
import type { FactPurchaseOrders } from "../../schemas/warehouse/fact_purchase_orders.ts";
import { dateOf, timeOf } from "./timestamp.ts";

/** Returns the fact row of a purchase order. */
export function toFactPurchaseOrders(order: PurchaseOrder): FactPurchaseOrders {
  return {
    purchase_order_id: order.purchase_order_id,
    created_date: dateOf(order.created_at),
    created_time: timeOf(order.created_at),
    last_updated_date: dateOf(order.last_updated),
    last_updated_time: timeOf(order.last_updated),
    staff_id: order.staff_id,
    counterparty_id: order.counterparty_id,
    item_code: order.item_code,
    item_quantity: order.item_quantity,
    item_unit_price: order.item_unit_price,
    currency_id: order.currency_id,
    agreed_delivery_date: order.agreed_delivery_date,
    agreed_payment_date: order.agreed_payment_date,
    agreed_delivery_location_id: order.agreed_delivery_location_id,
  };
}
