import type { Row, SourceTableSpec } from "../table.ts";

/** The company's departments. */
export const department = {
  name: "department",
  key: "department_id",
  meaning: "Departments of the company",
  columns: {
    department_id: { type: "integer", meaning: "Identifier of the department" },
    department_name: { type: "text", meaning: "Name of the department" },
    location: {
      type: "text",
      nullable: true,
      meaning: "Place where the department works, if known",
    },
    manager: {
      type: "text",
      nullable: true,
      meaning: "Name of the manager, if there is one",
      personal: true,
    },
    created_at: { type: "timestamp", meaning: "Time the department was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `department`. */
export type Department = Row<typeof department>;
