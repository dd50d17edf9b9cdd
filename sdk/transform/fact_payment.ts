import type { Payment } from "../../schemas/source/payment.ts";
import type { FactPayment } from "../../schemas/warehouse/fact_payment.ts";
import { dateOf, timeOf } from "./timestamp.ts";

/** Returns the fact row of a payment, without its account numbers. */
export function toFactPayment(payment: Payment): FactPayment {
  return {
    payment_id: payment.payment_id,
    created_date: dateOf(payment.created_at),
    created_time: timeOf(payment.created_at),
    last_updated_date: dateOf(payment.last_updated),
    last_updated_time: timeOf(payment.last_updated),
    transaction_id: payment.transaction_id,
    counterparty_id: payment.counterparty_id,
    payment_amount: payment.payment_amount,
    currency_id: payment.currency_id,
    payment_type_id: payment.payment_type_id,
    paid: payment.paid,
    payment_date: payment.payment_date,
  };
}
