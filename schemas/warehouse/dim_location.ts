import type { DimensionSpec, Row } from "../table.ts";

/** Places totes are delivered to. `location_id` is the source's `address_id`. */
export const dimLocation = {
  name: "dim_location",
  kind: "dimension",
  key: "location_id",
  from: "address",
  meaning: "Addresses that orders are delivered to",
  columns: {
    location_id: { type: "integer", of: "address_id" },
    address_line_1: { type: "text" },
    address_line_2: { type: "text", nullable: true },
    district: { type: "text", nullable: true },
    city: { type: "text" },
    postal_code: { type: "text" },
    country: { type: "text" },
    phone: { type: "text" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_location`. */
export type DimLocation = Row<typeof dimLocation>;
