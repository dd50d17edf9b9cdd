import type { DimensionSpec, Row } from "../table.ts";

/** Currencies with their ISO 4217 English names. */
export const dimCurrency = {
  name: "dim_currency",
  kind: "dimension",
  key: "currency_id",
  from: "currency",
  meaning: "Currencies that prices are agreed in, with their names",
  columns: {
    currency_id: { type: "integer" },
    currency_code: { type: "text" },
    currency_name: {
      type: "text",
      of: "currency_code",
      by: "isoCurrencyName",
      meaning: "English name of the currency in ISO 4217; the code if it has none",
    },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_currency`. */
export type DimCurrency = Row<typeof dimCurrency>;
