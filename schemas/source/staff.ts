import type { Row, SourceTableSpec } from "../table.ts";

/** The people who make sales and purchases. */
export const staff = {
  name: "staff",
  key: "staff_id",
  columns: {
    staff_id: { type: "integer" },
    first_name: { type: "text" },
    last_name: { type: "text" },
    department_id: { type: "integer", references: "department" },
    email_address: { type: "text" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `staff`. */
export type Staff = Row<typeof staff>;
