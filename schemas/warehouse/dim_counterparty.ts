import type { DimensionSpec, Row } from "../table.ts";

/** Counterparties with their legal address. */
export const dimCounterparty = {
  name: "dim_counterparty",
  kind: "dimension",
  key: "counterparty_id",
  from: "counterparty",
  meaning:
    "Companies that tote bags are sold to or supplies are bought from, with their legal address",
  columns: {
    counterparty_id: { type: "integer" },
    counterparty_legal_name: { type: "text" },
    counterparty_legal_address_line_1: { type: "text", of: "address.address_line_1" },
    counterparty_legal_address_line_2: {
      type: "text",
      of: "address.address_line_2",
      nullable: true,
    },
    counterparty_legal_district: { type: "text", of: "address.district", nullable: true },
    counterparty_legal_city: { type: "text", of: "address.city" },
    counterparty_legal_postal_code: { type: "text", of: "address.postal_code" },
    counterparty_legal_country: { type: "text", of: "address.country" },
    counterparty_legal_phone_number: { type: "text", of: "address.phone" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_counterparty`. */
export type DimCounterparty = Row<typeof dimCounterparty>;
