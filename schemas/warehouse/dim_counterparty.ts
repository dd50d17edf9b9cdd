import type { DimensionSpec, Row } from "../table.ts";

/** Counterparties with their legal address. */
export const dimCounterparty = {
  name: "dim_counterparty",
  kind: "dimension",
  key: "counterparty_id",
  from: "counterparty",
  join: { address: "legal_address_id" },
  columns: {
    counterparty_id: { type: "integer" },
    counterparty_legal_name: { type: "text" },
    counterparty_legal_address_line_1: { type: "text" },
    counterparty_legal_address_line_2: { type: "text", nullable: true },
    counterparty_legal_district: { type: "text", nullable: true },
    counterparty_legal_city: { type: "text" },
    counterparty_legal_postal_code: { type: "text" },
    counterparty_legal_country: { type: "text" },
    counterparty_legal_phone_number: { type: "text" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_counterparty`. */
export type DimCounterparty = Row<typeof dimCounterparty>;
