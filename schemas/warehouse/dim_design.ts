import type { DimensionSpec, Row } from "../table.ts";

/** The tote bag designs. */
export const dimDesign = {
  name: "dim_design",
  kind: "dimension",
  key: "design_id",
  from: "design",
  meaning: "Tote bag designs",
  columns: {
    design_id: { type: "integer" },
    design_name: { type: "text" },
    file_location: { type: "text" },
    file_name: { type: "text" },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_design`. */
export type DimDesign = Row<typeof dimDesign>;
