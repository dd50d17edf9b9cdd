import type { Row, SourceTableSpec } from "../table.ts";

/** The tote bag designs. */
export const design = {
  name: "design",
  key: "design_id",
  meaning: "Tote bag designs",
  columns: {
    design_id: { type: "integer", meaning: "Identifier of the design" },
    created_at: { type: "timestamp", meaning: "Time the design was added (UTC)" },
    design_name: { type: "text", meaning: "Name of the design" },
    file_location: { type: "text", meaning: "Folder of the design's file" },
    file_name: { type: "text", meaning: "Name of the design's file" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `design`. */
export type Design = Row<typeof design>;
