import type { Row, SourceTableSpec } from "../table.ts";

/** The people who make sales and purchases. */
export const staff = {
  name: "staff",
  key: "staff_id",
  meaning: "Members of staff who make sales and purchases",
  grain: "one row per member of staff",
  columns: {
    staff_id: { type: "integer", meaning: "Identifier of the member of staff" },
    first_name: { type: "text", meaning: "First name", personal: true },
    last_name: { type: "text", meaning: "Last name", personal: true },
    department_id: {
      type: "integer",
      references: "department",
      meaning: "Department of the member of staff",
    },
    email_address: { type: "text", meaning: "Work e-mail address", personal: true },
    created_at: { type: "timestamp", meaning: "Time the member of staff was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `staff`. */
export type Staff = Row<typeof staff>;
