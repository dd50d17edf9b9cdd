import type { DimensionSpec, Row } from "../table.ts";

/** Staff with the department they work in. */
export const dimStaff = {
  name: "dim_staff",
  kind: "dimension",
  key: "staff_id",
  from: "staff",
  meaning: "Members of staff with their department",
  grain: "one row per member of staff",
  columns: {
    staff_id: { type: "integer" },
    first_name: { type: "text" },
    last_name: { type: "text" },
    department_name: { type: "text", of: "department.department_name" },
    location: { type: "text", of: "department.location", nullable: true },
    email_address: { type: "text" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_staff`. */
export type DimStaff = Row<typeof dimStaff>;
