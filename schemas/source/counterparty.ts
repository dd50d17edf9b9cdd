import type { Row, SourceTableSpec } from "../table.ts";

/** The companies totes are sold to and bought from. */
export const counterparty = {
  name: "counterparty",
  key: "counterparty_id",
  columns: {
    counterparty_id: { type: "integer" },
    counterparty_legal_name: { type: "text" },
    legal_address_id: { type: "integer", references: "address" },
    commercial_contact: { type: "text", nullable: true },
    delivery_contact: { type: "text", nullable: true },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `counterparty`. */
export type Counterparty = Row<typeof counterparty>;
