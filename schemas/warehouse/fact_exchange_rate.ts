import type { ExchangeRate } from "../source/exchange_rate.ts";
import type { FactSpec } from "../table.ts";

/** The largest change from the rate before that needs no confirmation: a larger one is more often an error than news. */
export const LARGEST_JUMP = 0.2;
/** No currency has ever been worth more of another than this, nor less than one part in it. */
const LARGEST_RATE = 1e15;

/** Exchange rates; the grain is one date, base currency and quote currency. */
export const factExchangeRate = {
  name: "fact_exchange_rate",
  kind: "fact",
  surrogate: "exchange_rate_record_id",
  key: "exchange_rate_id",
  from: "exchange_rate",
  meaning: "Exchange rates by day and pair of currencies",
  grain: "one row per day, base currency and quote currency",
  columns: {
    exchange_rate_id: {
      type: "text",
      meaning: "Date, base and quote currency: 2026-11-30/eur/gbp",
    },
    rate_date: { type: "date", references: "dim_date", meaning: "Day the rate is for" },
    base_currency: { type: "text", meaning: "Currency that is priced (ISO 4217 code)" },
    quote_currency: { type: "text", meaning: "Currency of the price (ISO 4217 code)" },
    rate: {
      type: "numeric",
      meaning: "Price of one unit of the base currency, in the quote currency",
    },
    provider: { type: "text", meaning: "Host that published the rate" },
  },
  row: {
    version: 1,
    make: (row: ExchangeRate): FactExchangeRate => {
      refuseAbsurd(row);
      refuseJump(row);
      const { previous_rate: _, confirmed_by: __, ...columns } = row;
      return columns;
    },
  },
} as const satisfies FactSpec;

/** A row of `fact_exchange_rate`. */
export type FactExchangeRate = {
  readonly exchange_rate_id: string;
  readonly rate_date: string;
  readonly base_currency: string;
  readonly quote_currency: string;
  readonly rate: string;
  readonly provider: string;
};

function refuseAbsurd({ rate }: ExchangeRate): void {
  const size = Number(rate);
  if (size >= 1 / LARGEST_RATE && size <= LARGEST_RATE) return;
  throw new RangeError(`rate ${rate} is not a positive number that a currency can cost`);
}

function refuseJump({ rate, previous_rate, confirmed_by }: ExchangeRate): void {
  if (previous_rate === null || confirmed_by !== null) return;
  const change = Number(rate) / Number(previous_rate) - 1;
  if (Math.abs(change) <= LARGEST_JUMP) return;
  throw new RangeError(
    `rate ${rate} differs by ${
      (change * 100).toFixed(1)
    } % from ${previous_rate}, the rate before, ` +
      "and no other provider has it",
  );
}
