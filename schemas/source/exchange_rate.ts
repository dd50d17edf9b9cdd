import type { Row, SourceTableSpec } from "../table.ts";

/** Exchange rates, from the source `rates`: what one unit of the base costs in the quote currency. */
export const exchangeRate = {
  name: "exchange_rate",
  key: "exchange_rate_id",
  meaning: "Published exchange rates by day and pair of currencies",
  grain: "one row per day, base currency and quote currency",
  columns: {
    exchange_rate_id: {
      type: "text",
      meaning: "Date, base and quote currency: 2026-11-30/eur/gbp",
    },
    rate_date: { type: "date", meaning: "Day the rate is for" },
    base_currency: { type: "text", meaning: "Currency that is priced (ISO 4217 code)" },
    quote_currency: { type: "text", meaning: "Currency of the price (ISO 4217 code)" },
    rate: {
      type: "numeric",
      meaning: "Price of one unit of the base currency, in the quote currency",
    },
    provider: { type: "text", meaning: "Host that published the rate" },
    previous_rate: {
      type: "numeric",
      nullable: true,
      meaning: "Rate of the last earlier day that has one; NULL for the first",
    },
    confirmed_by: {
      type: "text",
      nullable: true,
      meaning: "Host that confirmed a rate that jumped; NULL if none did or none was asked",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `exchange_rate`. */
export type ExchangeRate = Row<typeof exchangeRate>;
