import { address } from "./source/address.ts";
import { counterparty } from "./source/counterparty.ts";
import { currency } from "./source/currency.ts";
import { department } from "./source/department.ts";
import { design } from "./source/design.ts";
import { payment } from "./source/payment.ts";
import { paymentType } from "./source/payment_type.ts";
import { purchaseOrder } from "./source/purchase_order.ts";
import { salesOrder } from "./source/sales_order.ts";
import { staff } from "./source/staff.ts";
import { transaction } from "./source/transaction.ts";

/** Every source table, referenced tables before the tables that refer to them. */
export const sourceTables = [
  address,
  currency,
  department,
  design,
  paymentType,
  counterparty,
  staff,
  salesOrder,
  purchaseOrder,
  transaction,
  payment,
] as const;

/** The spec of one of the source tables. */
export type SourceTable = (typeof sourceTables)[number];
