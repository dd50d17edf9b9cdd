import type { Row, SourceTableSpec } from "../table.ts";

/** The tote bag designs. */
export const design = {
  name: "design",
  key: "design_id",
  columns: {
    design_id: { type: "integer" },
    created_at: { type: "timestamp" },
    design_name: { type: "text" },
    file_location: { type: "text" },
    file_name: { type: "text" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `design`. */
export type Design = Row<typeof design>;
