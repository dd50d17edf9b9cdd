/**
 * Changes the source as its users do, one change at a time. A row that an open transaction has locked
 * is skipped, never waited for.
 *
 * @module
 */
import type postgres from "postgres";
import { payment as paymentTable } from "../../schemas/source/payment.ts";
import { purchaseOrder } from "../../schemas/source/purchase_order.ts";
import { salesOrder } from "../../schemas/source/sales_order.ts";
import { transaction as transactionTable } from "../../schemas/source/transaction.ts";
import type { SourceTable } from "../../schemas/source_tables.ts";
import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";
import { deals, money } from "./deals.ts";
import { ADDRESSES, postalAddress } from "./dimensions.ts";
import type { Random } from "./random.ts";

/** A kind of change. */
export type ActivityKind =
  /** An order with its transaction and payment. */
  | "new_order"
  /** A payment is made, and `last_updated` moves. */
  | "stamped_update"
  /** An order changes, and `last_updated` stays: most changes in the real system. */
  | "silent_update"
  /** A department is renamed. */
  | "department_renamed"
  /** An address is corrected. */
  | "address_corrected"
  /** An order is inserted and a payment changed, and both are rolled back. */
  | "rollback"
  /** An order is deleted, with its transaction and payment. */
  | "deletion";

/** A transaction that has written and is still open. */
export interface OpenTransaction {
  /** Commits it and releases its connection. */
  commit(): Promise<void>;
  /** Rolls it back and releases its connection. */
  rollback(): Promise<void>;
}

type Sql = postgres.Sql | postgres.ReservedSql | postgres.TransactionSql;

/** The timestamp that the source's writers set: UTC, in milliseconds. */
const NOW = "date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'UTC')";

/** Makes one change, which is committed when this returns. */
export async function act(sql: postgres.Sql, random: Random, kind: ActivityKind): Promise<void> {
  if (kind !== "rollback") return void await sql.begin((tx) => ACTS[kind](tx, random));
  const open = await openTransaction(sql, random);
  await open.rollback();
}

/**
 * Writes an order and a payment with the current timestamp, and leaves the transaction open. With
 * `savepoint`, the order gets its own subtransaction, and a second savepoint is rolled back.
 */
export async function openTransaction(
  sql: postgres.Sql,
  random: Random,
  options: { readonly savepoint?: boolean } = {},
): Promise<OpenTransaction> {
  const tx = await sql.reserve();
  const end = async (how: "COMMIT" | "ROLLBACK") => {
    try {
      await tx.unsafe(how);
    } finally {
      tx.release();
    }
  };
  try {
    await tx`BEGIN`;
    if (options.savepoint) await tx`SAVEPOINT written`;
    await newOrder(tx, random);
    if (options.savepoint) {
      await tx`RELEASE written`;
      await tx`SAVEPOINT discarded`;
      await newOrder(tx, random);
      await tx`ROLLBACK TO discarded`;
    }
    await stampedUpdate(tx, random);
  } catch (error) {
    await end("ROLLBACK");
    throw error;
  }
  return { commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
}

const ACTS: Readonly<
  Record<Exclude<ActivityKind, "rollback">, (sql: Sql, random: Random) => Promise<void>>
> = {
  new_order: newOrder,
  stamped_update: stampedUpdate,
  silent_update: silentUpdate,
  department_renamed: departmentRenamed,
  address_corrected: addressCorrected,
  deletion,
};

async function newOrder(sql: Sql, random: Random): Promise<void> {
  const design = await pick(sql, random, "design");
  const isSale = random.chance(70);
  const [{ sale, purchase, transaction, payment }] = deals(random, {
    sales: isSale ? 1 : 0,
    purchases: isSale ? 0 : 1,
    designs: [design],
    step: 0,
    from: Date.now(),
  });
  const order_id = sale
    ? await insert(sql, salesOrder, sale)
    : await insert(sql, purchaseOrder, purchase!);
  const transaction_id = await insert(sql, transactionTable, {
    ...transaction,
    [sale ? "sales_order_id" : "purchase_order_id"]: order_id,
  });
  const last_updated = payment.created_at;
  await insert(sql, paymentTable, { ...payment, transaction_id, paid: false, last_updated });
}

async function stampedUpdate(sql: Sql, random: Random): Promise<void> {
  const id = await pick(sql, random, "payment");
  await sql`
    UPDATE payment SET paid = NOT paid, last_updated = ${sql.unsafe(NOW)},
      payment_date = to_char(${sql.unsafe(NOW)}, 'YYYY-MM-DD')
    WHERE payment_id = ${id}`;
}

async function silentUpdate(sql: Sql, random: Random): Promise<void> {
  const isSale = random.chance(70);
  const id = await pick(sql, random, isSale ? "sales_order" : "purchase_order");
  if (isSale) {
    const raise = money(random.int(1, 99));
    await sql`
      UPDATE sales_order SET units_sold = units_sold + 1, unit_price = unit_price + ${raise}
      WHERE sales_order_id = ${id}`;
  } else {
    const location = random.int(1, ADDRESSES);
    await sql`
      UPDATE purchase_order
      SET item_quantity = item_quantity + 1, agreed_delivery_location_id = ${location}
      WHERE purchase_order_id = ${id}`;
  }
}

async function departmentRenamed(sql: Sql, random: Random): Promise<void> {
  const id = await pick(sql, random, "department");
  const name = `${random.faker().commerce.department()} ${random.code(3)}`;
  await sql`
    UPDATE department SET department_name = ${name}, last_updated = ${sql.unsafe(NOW)}
    WHERE department_id = ${id}`;
}

async function addressCorrected(sql: Sql, random: Random): Promise<void> {
  const id = await pick(sql, random, "address");
  await sql`UPDATE address SET ${sql(postalAddress(random))} WHERE address_id = ${id}`;
}

async function deletion(sql: Sql, random: Random): Promise<void> {
  const id = await pick(sql, random, "payment");
  const [{ transaction_id }] = await sql`
    DELETE FROM payment WHERE payment_id = ${id} RETURNING transaction_id`;
  const [order] = await sql`
    DELETE FROM transaction WHERE transaction_id = ${transaction_id}
    RETURNING sales_order_id, purchase_order_id`;
  await sql`DELETE FROM sales_order WHERE sales_order_id = ${order.sales_order_id}`;
  await sql`DELETE FROM purchase_order WHERE purchase_order_id = ${order.purchase_order_id}`;
}

/** Locks a random unlocked row of a table and returns its key. */
async function pick(sql: Sql, random: Random, table: SourceTable["name"]): Promise<number> {
  const key = sql(`${table}_id`);
  const per_million = random.int(0, 999_999);
  const [bounds] = await sql`SELECT min(${key}) AS least, max(${key}) AS most FROM ${sql(table)}`;
  const start = bounds.least + Math.floor((bounds.most - bounds.least) * per_million / 1_000_000);
  for (const side of [sql`>= ${start}`, sql`< ${start}`]) {
    const [row] = await sql`
      SELECT ${key} AS id FROM ${sql(table)} WHERE ${key} ${side}
      ORDER BY ${key} LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`;
    if (row) return row.id;
  }
  throw new Error(`the source has no row of ${table} that is free: fill it first`);
}

/** Inserts a row under a new key and returns the key. */
async function insert(sql: Sql, table: SourceTableSpec, row: AnyRow): Promise<number> {
  const columns = Object.keys(table.columns).filter((name) => name !== table.key);
  const [{ id }] = await sql`
    INSERT INTO ${sql(table.name)} ${sql(row, columns)} RETURNING ${sql(table.key)} AS id`;
  return id;
}
