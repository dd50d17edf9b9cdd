import type { PaymentType } from "../../schemas/source/payment_type.ts";
import type { DimPaymentType } from "../../schemas/warehouse/dim_payment_type.ts";

/** Returns the dimension row of a payment type. */
export function toDimPaymentType(paymentType: PaymentType): DimPaymentType {
  return {
    payment_type_id: paymentType.payment_type_id,
    payment_type_name: paymentType.payment_type_name,
  };
}
