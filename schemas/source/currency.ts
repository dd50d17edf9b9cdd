import type { Row, SourceTableSpec } from "../table.ts";

/** The currencies prices are agreed in. */
export const currency = {
  name: "currency",
  key: "currency_id",
  columns: {
    currency_id: { type: "integer" },
    currency_code: { type: "text", maxLength: 3 },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `currency`. */
export type Currency = Row<typeof currency>;
