import type { Row, SourceTableSpec } from "../table.ts";

/** Postal addresses, of counterparties and of deliveries. */
export const address = {
  name: "address",
  key: "address_id",
  columns: {
    address_id: { type: "integer" },
    address_line_1: { type: "text" },
    address_line_2: { type: "text", nullable: true },
    district: { type: "text", nullable: true },
    city: { type: "text" },
    postal_code: { type: "text" },
    country: { type: "text" },
    phone: { type: "text" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `address`. */
export type Address = Row<typeof address>;
