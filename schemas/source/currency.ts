import type { Row, SourceTableSpec } from "../table.ts";

/** The currencies prices are agreed in. */
export const currency = {
  name: "currency",
  key: "currency_id",
  meaning: "Currencies that prices are agreed in",
  columns: {
    currency_id: { type: "integer", meaning: "Identifier of the currency" },
    currency_code: {
      type: "text",
      maxLength: 3,
      meaning: "ISO 4217 code of the currency, such as GBP",
    },
    created_at: { type: "timestamp", meaning: "Time the currency was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `currency`. */
export type Currency = Row<typeof currency>;
