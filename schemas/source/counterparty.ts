import type { Row, SourceTableSpec } from "../table.ts";

/** The companies totes are sold to and bought from. */
export const counterparty = {
  name: "counterparty",
  key: "counterparty_id",
  meaning: "Companies that tote bags are sold to or supplies are bought from",
  columns: {
    counterparty_id: { type: "integer", meaning: "Identifier of the company" },
    counterparty_legal_name: { type: "text", meaning: "Legal name of the company" },
    legal_address_id: {
      type: "integer",
      references: "address",
      meaning: "Legal address of the company",
    },
    commercial_contact: {
      type: "text",
      nullable: true,
      meaning: "Name of the contact for sales and purchases, if known",
      personal: true,
    },
    delivery_contact: {
      type: "text",
      nullable: true,
      meaning: "Name of the contact for deliveries, if known",
      personal: true,
    },
    created_at: { type: "timestamp", meaning: "Time the company was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `counterparty`. */
export type Counterparty = Row<typeof counterparty>;
