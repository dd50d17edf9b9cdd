import type { Row, SourceTableSpec } from "../table.ts";

/** Exchange rates, from the source `rates`: what one unit of the base costs in the quote currency. */
export const exchangeRate = {
  name: "exchange_rate",
  key: "exchange_rate_id",
  columns: {
    /** Date, base and quote: `2026-11-30/eur/gbp`. */
    exchange_rate_id: { type: "text" },
    rate_date: { type: "date" },
    /** Currency codes are those of ISO 4217, in capital letters. */
    base_currency: { type: "text" },
    quote_currency: { type: "text" },
    rate: { type: "numeric" },
    /** The host that published the rate. */
    provider: { type: "text" },
    /** The rate of the last date before this one that has a rate; NULL for the first. */
    previous_rate: { type: "numeric", nullable: true },
    /** The host that agrees with a rate that jumped; NULL when nobody was asked, or nobody agreed. */
    confirmed_by: { type: "text", nullable: true },
  },
} as const satisfies SourceTableSpec;

/** A row of `exchange_rate`. */
export type ExchangeRate = Row<typeof exchangeRate>;
