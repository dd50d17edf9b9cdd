/**
 * Generates a made-up source database, row by row, in bounded memory.
 *
 * @module
 */
import type { SourceTable } from "../../schemas/source_tables.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { DAY_MS, HOUR_MS, type Millis } from "./clock.ts";
import { type Deal, deals } from "./deals.ts";
import * as dimensions from "./dimensions.ts";
import { Ids } from "./ids.ts";
import { Random } from "./random.ts";

/** The amount of data to generate. */
export interface GenerateOptions {
  /** Number of sales orders; the other tables are in proportion. */
  readonly rows: number;
  /** The same seed gives the same rows. */
  readonly seed: number;
  /** Time of the first deal; the beginning of the real records when omitted. */
  readonly from?: Millis;
}

/** A table's rows; each iteration generates the same ones again. */
export type Rows = Iterable<AnyRow>;

const PURCHASES_PER_100_SALES = 40;
const SALES_PER_DESIGN = 25;
const MIN_DESIGNS = 20;
const SPAN_MS = 730 * DAY_MS;

/** Returns the rows of every source table; foreign keys refer to existing rows. */
export function generate({ rows, seed, from }: GenerateOptions): Record<SourceTable["name"], Rows> {
  const purchases = Math.round(rows * PURCHASES_PER_100_SALES / 100);
  const designs = designIds(
    stream(seed, 0),
    Math.max(MIN_DESIGNS, Math.ceil(rows / SALES_PER_DESIGN)),
  );
  const plan = { sales: rows, purchases, designs, step: step(rows + purchases), from };
  // Four tables come from the same deals, so each iterates over all deals.
  const fromDeals = (row: (deal: Deal) => AnyRow | undefined) =>
    again(function* () {
      for (const deal of deals(stream(seed, 1), plan)) {
        const made = row(deal);
        if (made) yield made;
      }
    });
  return {
    address: dimensions.addresses(stream(seed, 2)),
    currency: dimensions.currencies(),
    department: dimensions.departments(stream(seed, 3)),
    design: again(() =>
      dimensions.designs(stream(seed, 4), Array.from(designs), step(designs.length))
    ),
    payment_type: dimensions.paymentTypes(),
    counterparty: dimensions.counterparties(stream(seed, 5)),
    staff: dimensions.staff(stream(seed, 6)),
    sales_order: fromDeals(({ sale }) => sale),
    purchase_order: fromDeals(({ purchase }) => purchase),
    transaction: fromDeals(({ transaction }) => transaction),
    payment: fromDeals(({ payment }) => payment),
  };
}

/** Returns a table's own random stream, so that more rows of one table do not change another. */
function stream(seed: number, table: number): Random {
  return new Random(Math.imul(seed + 1, 0x9e3779b1) + Math.imul(table, 0x85ebca6b));
}

function designIds(random: Random, count: number): Int32Array {
  const ids = new Ids(random);
  return Int32Array.from({ length: count }, () => ids.next());
}

/** Milliseconds between rows: hours for few rows, and at most the two years of the real data. */
function step(count: number): number {
  return Math.min(3 * HOUR_MS, Math.floor(SPAN_MS / Math.max(1, count)));
}

function again(rows: () => Iterable<AnyRow>): Rows {
  return { [Symbol.iterator]: () => rows()[Symbol.iterator]() };
}
