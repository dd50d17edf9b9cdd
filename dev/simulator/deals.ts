/**
 * Generates deals: an order, its transaction and its payment.
 *
 * @module
 */
import type { Payment } from "../../schemas/source/payment.ts";
import type { PurchaseOrder } from "../../schemas/source/purchase_order.ts";
import type { SalesOrder } from "../../schemas/source/sales_order.ts";
import type { Transaction } from "../../schemas/source/transaction.ts";
import { BEGINNING, date, DAY_MS, HOUR_MS, type Millis, timestamp } from "./clock.ts";
import { ADDRESSES, COUNTERPARTIES, STAFF } from "./dimensions.ts";
import { Ids } from "./ids.ts";
import type { Random } from "./random.ts";

/** An order with its transaction and payment. It is either a sale or a purchase. */
export interface Deal {
  /** The order, if it is a sale. */
  readonly sale?: SalesOrder;
  /** The order, if it is a purchase. */
  readonly purchase?: PurchaseOrder;
  /** Its transaction. */
  readonly transaction: Transaction;
  /** Its payment, made or due. */
  readonly payment: Payment;
}

/** The deals to generate. */
export interface DealPlan {
  /** Number of sales. */
  readonly sales: number;
  /** Number of purchases. */
  readonly purchases: number;
  /** The keys of the designs. */
  readonly designs: ArrayLike<number>;
  /** Average milliseconds between deals. */
  readonly step: Millis;
  /** Time of the first deal; the beginning of the real records when omitted. */
  readonly from?: Millis;
}

const SALES_RECEIPT = 1;
const PURCHASE_PAYMENT = 3;
const PAID_PERCENT = 61;

/** Generates the deals in the order of their keys. */
export function* deals(random: Random, plan: DealPlan): Generator<Deal> {
  const [saleIds, purchaseIds] = [new Ids(random), new Ids(random)];
  const [transactionIds, paymentIds] = [new Ids(random), new Ids(random)];
  let { sales, purchases } = plan;
  let at = plan.from ?? BEGINNING + HOUR_MS;
  while (sales + purchases > 0) {
    const isSale = random.int(1, sales + purchases) <= sales;
    const terms = agreeTerms(random, at);
    const sale = isSale ? sell(random, saleIds.next(), terms, plan.designs) : undefined;
    const purchase = isSale ? undefined : buy(random, purchaseIds.next(), terms);
    const transaction = record(transactionIds.next(), terms, sale, purchase);
    yield {
      sale,
      purchase,
      transaction,
      payment: pay(random, paymentIds.next(), terms, transaction.transaction_id, sale, purchase),
    };
    if (isSale) sales--;
    else purchases--;
    at += random.int(0, 2 * plan.step);
  }
}

/** The columns that both kinds of order share. */
interface Terms {
  readonly at: Millis;
  readonly shared: Omit<PurchaseOrder, "purchase_order_id" | `item_${string}`>;
}

function agreeTerms(random: Random, at: Millis): Terms {
  // Writers race: some orders are a few milliseconds older than the one before.
  const created = random.chance(3) ? at - random.int(1, 5) : at;
  return {
    at: created,
    shared: {
      created_at: timestamp(created),
      last_updated: timestamp(created),
      staff_id: random.int(1, STAFF),
      counterparty_id: random.int(1, COUNTERPARTIES),
      currency_id: random.int(1, 3),
      agreed_delivery_date: date(created + random.int(1, 6) * DAY_MS),
      agreed_payment_date: date(created + random.int(1, 6) * DAY_MS),
      agreed_delivery_location_id: random.int(1, ADDRESSES),
    },
  };
}

function sell(random: Random, id: number, terms: Terms, designs: ArrayLike<number>): SalesOrder {
  return {
    sales_order_id: id,
    ...terms.shared,
    design_id: designs[random.int(0, designs.length - 1)],
    units_sold: random.int(1_000, 99_999),
    unit_price: money(random.int(200, 400)),
  };
}

function buy(random: Random, id: number, terms: Terms): PurchaseOrder {
  return {
    purchase_order_id: id,
    ...terms.shared,
    item_code: random.code(7),
    item_quantity: random.int(1, 999),
    item_unit_price: money(random.int(300, 99_999)),
  };
}

function record(
  transaction_id: number,
  { shared: { created_at, last_updated } }: Terms,
  sale?: SalesOrder,
  purchase?: PurchaseOrder,
): Transaction {
  return {
    transaction_id,
    transaction_type: sale ? "SALE" : "PURCHASE",
    sales_order_id: sale?.sales_order_id ?? null,
    purchase_order_id: purchase?.purchase_order_id ?? null,
    created_at,
    last_updated,
  };
}

function pay(
  random: Random,
  payment_id: number,
  { at, shared }: Terms,
  transaction_id: number,
  sale?: SalesOrder,
  purchase?: PurchaseOrder,
): Payment {
  const paid = random.chance(PAID_PERCENT);
  const paidAt = at + random.int(12 * HOUR_MS, 6 * DAY_MS);
  const [quantity, price] = sale
    ? [sale.units_sold, sale.unit_price]
    : [purchase!.item_quantity, purchase!.item_unit_price];
  return {
    payment_id,
    created_at: shared.created_at,
    last_updated: paid ? timestamp(paidAt) : shared.last_updated,
    transaction_id,
    counterparty_id: shared.counterparty_id,
    payment_amount: money(quantity * Number(price.replace(".", ""))),
    currency_id: shared.currency_id,
    payment_type_id: sale ? SALES_RECEIPT : PURCHASE_PAYMENT,
    paid,
    payment_date: paid ? date(paidAt) : shared.agreed_payment_date,
    company_ac_number: random.int(10_000_000, 99_999_999),
    counterparty_ac_number: random.int(10_000_000, 99_999_999),
  };
}

/** Returns an amount in pence as decimal text. */
export function money(pence: number): string {
  const digits = String(pence).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
