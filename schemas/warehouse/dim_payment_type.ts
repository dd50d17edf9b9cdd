import type { DimensionSpec, Row } from "../table.ts";

/** The purposes of payments. */
export const dimPaymentType = {
  name: "dim_payment_type",
  kind: "dimension",
  key: "payment_type_id",
  from: "payment_type",
  meaning: "Kinds of payment",
  columns: {
    payment_type_id: { type: "integer" },
    payment_type_name: { type: "text" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_payment_type`. */
export type DimPaymentType = Row<typeof dimPaymentType>;
