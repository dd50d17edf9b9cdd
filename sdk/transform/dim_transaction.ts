import type { Transaction } from "../../schemas/source/transaction.ts";
import type { DimTransaction } from "../../schemas/warehouse/dim_transaction.ts";

/** Returns the dimension row of a transaction. */
export function toDimTransaction(transaction: Transaction): DimTransaction {
  return {
    transaction_id: transaction.transaction_id,
    transaction_type: transaction.transaction_type,
    sales_order_id: transaction.sales_order_id,
    purchase_order_id: transaction.purchase_order_id,
  };
}
