import type { Row, SourceTableSpec } from "../table.ts";

/** The company's departments. */
export const department = {
  name: "department",
  key: "department_id",
  columns: {
    department_id: { type: "integer" },
    department_name: { type: "text" },
    location: { type: "text", nullable: true },
    manager: { type: "text", nullable: true },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `department`. */
export type Department = Row<typeof department>;
