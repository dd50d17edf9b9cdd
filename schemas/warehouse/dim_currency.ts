import type { DimensionSpec, Row } from "../table.ts";

/** Currencies with their ISO 4217 English names. */
export const dimCurrency = {
  name: "dim_currency",
  kind: "dimension",
  key: "currency_id",
  from: "currency",
  columns: {
    currency_id: { type: "integer" },
    currency_code: { type: "text" },
    currency_name: { type: "text", of: "currency_code", by: "isoCurrencyName" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_currency`. */
export type DimCurrency = Row<typeof dimCurrency>;
