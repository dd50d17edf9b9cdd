import type { Row, SourceTableSpec } from "../table.ts";

/** Postal addresses, of counterparties and of deliveries. */
export const address = {
  name: "address",
  key: "address_id",
  meaning: "Postal addresses of counterparties and deliveries",
  columns: {
    address_id: { type: "integer", meaning: "Identifier of the address" },
    address_line_1: { type: "text", meaning: "First line of the address", personal: true },
    address_line_2: {
      type: "text",
      nullable: true,
      meaning: "Second line of the address, if it has one",
      personal: true,
    },
    district: {
      type: "text",
      nullable: true,
      meaning: "District or county, if given",
      personal: true,
    },
    city: { type: "text", meaning: "City or town", personal: true },
    postal_code: { type: "text", meaning: "Postal code", personal: true },
    country: { type: "text", meaning: "English name of the country" },
    phone: { type: "text", meaning: "Phone number at the address", personal: true },
    created_at: { type: "timestamp", meaning: "Time the address was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `address`. */
export type Address = Row<typeof address>;
